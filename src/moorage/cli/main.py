"""The command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moorage import __version__
from moorage.cli import admin, tls
from moorage.cli.check_config import check_config
from moorage.cli.collect import collect
from moorage.cli.options import Config, Data, fail, settings_of, warn_of

app = typer.Typer(
    name="moorage",
    help="An OCI registry for images, Helm charts, OPA policies and operator bundles.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(admin.app, name="admin")
app.add_typer(tls.app, name="tls")
app.command("check-config")(check_config)
app.command()(collect)


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
    if settings.preferred_url_scheme == "https" and not (
        tls_cert or settings.external_tls_termination or settings.trusted_proxies
    ):
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
    app()
