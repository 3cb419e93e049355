"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from moorage.settings import Settings

Config = Annotated[
    Path | None, typer.Option("--config", help="config.yaml with Quay's keys", dir_okay=True)
]
Data = Annotated[
    Path | None, typer.Option("--data", help="data folder (default: ./data)", file_okay=False)
]


def settings_of(config: Path | None, data: Path | None, **flags: Any) -> Settings:
    """The settings; prints every problem and exits with 2 when there are any."""
    from moorage.settings import SettingsError, load_settings

    if config is not None and config.is_dir():
        config = config / "config.yaml"
    try:
        return load_settings(config, {"DATA_FOLDER": data, **flags})
    except SettingsError as error:
        fail(str(error), code=2)


def fail(message: str, code: int = 1) -> NoReturn:
    """Print an error and exit."""
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(code)
