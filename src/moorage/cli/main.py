"""The command line. Commands are imported when they are called: a start costs what it needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from moorage import __version__
from moorage.charts.errors import ChartError
from moorage.cli.options import Config, Data, fail, settings_of, warn_of
from moorage.cli.plain import take_plain_values
from moorage.remote.errors import RemoteError

LAZY = {
    "chart": "moorage.cli.chart",
    "registry": "moorage.cli.registry",
    "repo": "moorage.cli.repo",
    "pull": "moorage.cli.pull",
    "push": "moorage.cli.push",
    "package": "moorage.cli.package",
    "show": "moorage.cli.show",
    "search": "moorage.cli.search",
    "verify": "moorage.cli.verify",
    "lint": "moorage.cli.lint",
    "import-charts": "moorage.cli.import_charts",
    "completion": "moorage.cli.completion",
    "admin": "moorage.cli.admin",
    "check-config": "moorage.cli.check_config",
    "collect": "moorage.cli.collect",
    "operator": "moorage.cli.operator",
    "tls": "moorage.cli.tls",
}
"""Command -> the module whose `app` it is."""


class LazyGroup(TyperGroup):
    """The commands of this module, and those of `LAZY`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        take_plain_values(self, ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *LAZY]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in LAZY:
            return super().get_command(ctx, cmd_name)
        from importlib import import_module

        command = typer.main.get_command(import_module(LAZY[cmd_name]).app)
        command.name = cmd_name
        for part in (command, *getattr(command, "commands", {}).values()):
            take_plain_values(part, ctx)
        return command


app = typer.Typer(
    name="moorage",
    cls=LazyGroup,
    help="An OCI registry for images, Helm charts, OPA policies and operator bundles; "
    "and a client for charts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    config: Config = None,
    data: Data = None,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes")] = 1,
    tls_cert: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    tls_key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
) -> None:
    """Run the registry."""
    from moorage.cli.serve import serve as run

    settings = settings_of(config, data)
    warn_of(config)
    if tls_cert is None and tls_key is None:
        tls_cert, tls_key = _pair_beside(config)
    if (tls_cert is None) != (tls_key is None):
        fail("--tls-cert and --tls-key go together", code=2)
    if settings.needs_certificate and not tls_cert:
        fail(
            "PREFERRED_URL_SCHEME: got https without a certificate: put ssl.cert and ssl.key "
            "beside config.yaml, or set EXTERNAL_TLS_TERMINATION",
            code=2,
        )
    run(settings, host, port, workers, tls_cert, tls_key)


@app.command()
def migrate(config: Config = None, data: Data = None) -> None:
    """Bring the database to this release's schema."""
    from moorage.db.migrate import HEAD
    from moorage.wiring import migrate_database

    before = migrate_database(settings_of(config, data))
    typer.echo(f"schema {before or 'empty'} -> {HEAD}")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _pair_beside(config: Path | None) -> tuple[Path | None, Path | None]:
    """ssl.cert and ssl.key in the folder of config.yaml, as Quay takes them."""
    if config is None:
        return None, None
    folder = config if config.is_dir() else config.parent
    cert, key = folder / "ssl.cert", folder / "ssl.key"
    return (cert if cert.is_file() else None), (key if key.is_file() else None)


def main() -> None:
    try:
        app()
    except (ChartError, RemoteError) as error:
        _report(error.message, error.hint)
    except OSError as error:
        if sys.argv[1:2] == ["serve"]:
            raise
        _report(f"{error.filename or 'files'}: {error.strerror or error}", "")


def _report(message: str, hint: str) -> None:
    """The error in Helm's form, and below it what to do."""
    indented = "".join(f"\n  {line}" for line in hint.splitlines())
    # Servers write a part of it: nothing of that may steer a terminal.
    text = f"Error: {message}{indented}"
    shown = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
    print(shown, file=sys.stderr)
    sys.exit(1)
