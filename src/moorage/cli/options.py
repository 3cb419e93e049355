"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from moorage.quay_config import Problem
    from moorage.settings import Settings

Config = Annotated[
    Path | None, typer.Option("--config", help="config.yaml with Quay's keys", dir_okay=True)
]
Data = Annotated[
    Path | None, typer.Option("--data", help="data folder (default: ./data)", file_okay=False)
]


def settings_of(config: Path | None, data: Path | None, **flags: Any) -> Settings:
    """The settings; prints every problem and exits with 2 when there are any."""
    from moorage.quay_config import Severity
    from moorage.settings import SettingsError, load_settings

    config = config_file(config)
    try:
        wrong = [one for one in problems_of(config) if one.severity is Severity.ERROR]
        if wrong:
            raise SettingsError("\n".join(problem.message for problem in wrong))
        return load_settings(config, {"DATA_FOLDER": data, **flags})
    except SettingsError as error:
        fail(str(error), code=2)


def warn_of(config: Path | None) -> None:
    """Say of a configuration what does not keep it from being used."""
    from moorage.quay_config import Severity

    for problem in problems_of(config_file(config)):
        if problem.severity is not Severity.ERROR:
            typer.echo(str(problem), err=True)


def problems_of(config: Path | None) -> list[Problem]:
    """What there is to say about a file; nothing about no file. Raises SettingsError."""
    if config is None:
        return []
    from moorage.quay_config import check, located
    from moorage.settings import read_document

    problems = check(read_document(config))
    return located(problems, config.read_text(encoding="utf-8")) if problems else []


def config_file(config: Path | None) -> Path | None:
    """`--config` may name the file or, as with Quay's conf/stack, the folder it lies in."""
    return config / "config.yaml" if config is not None and config.is_dir() else config


def fail(message: str, code: int = 1) -> NoReturn:
    """Print an error and exit."""
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(code)
