"""`moorage check-config`: every problem of a configuration at once, before it is used."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.options import Data, config_file, fail, problems_of

if TYPE_CHECKING:
    from moorage.settings import Settings

app = typer.Typer(add_completion=False)


@app.command("check-config")
def check_config(
    file: Annotated[
        Path | None, typer.Argument(help="config.yaml, or the folder it lies in")
    ] = None,
    online: Annotated[bool, typer.Option(help="also try database and storage")] = False,
    schema: Annotated[bool, typer.Option(help="print the JSON schema of all keys instead")] = False,
    data: Data = None,
) -> None:
    """Check a config.yaml with Quay's keys; exits with 1 when it cannot be used."""
    from moorage.quay_config import Severity
    from moorage.settings import Settings, SettingsError, load_settings

    if schema:
        return typer.echo(json.dumps(Settings.model_json_schema(), indent=2))
    config = config_file(file)
    try:
        problems = problems_of(config)
    except SettingsError as error:
        fail(str(error))
    for problem in problems:
        typer.echo(str(problem))
    has_errors = any(problem.severity is Severity.ERROR for problem in problems)
    settings = None
    if not has_errors:
        try:
            settings = load_settings(config, {"DATA_FOLDER": data})
        except SettingsError as error:
            typer.echo("\n".join(f"error: {text}" for text in str(error).splitlines()))
            has_errors = True
    if online and settings is not None:
        has_errors = not _try(settings)
    if has_errors:
        raise typer.Exit(1)
    typer.echo("the configuration can be used")


def _try(settings: Settings) -> bool:
    """Whether database and storage answer; says of each what came."""
    outcomes = {"database": _try_database, "storage": _try_storage}
    is_good = True
    for name, attempt in outcomes.items():
        problem = attempt(settings)
        typer.echo(f"{name}: {'answers' if problem is None else f'error: {problem}'}")
        is_good = is_good and problem is None
    return is_good


def _try_database(settings: Settings) -> str | None:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    from moorage.db.engine import open_database

    async def run() -> None:
        database = open_database(settings.database_url)
        try:
            await database.read(lambda tx: tx.execute(text("SELECT 1")).first())
        finally:
            await database.close()

    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(run())
    except (OSError, SQLAlchemyError, ValueError) as error:
        # The address may hold a password: the driver's words are shown, not ours.
        return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return None


def _try_storage(settings: Settings) -> str | None:
    from moorage.oci.errors import RegistryError
    from moorage.wiring import create_folders, open_store

    try:
        create_folders(settings)
        asyncio.run(open_store(settings).check())
    except (OSError, RegistryError, ValueError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return None
