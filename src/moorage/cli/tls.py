"""`moorage tls init`: a private CA and a server certificate, for those who have none."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from moorage.cli.options import Config, Data, fail, settings_of

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Certificates.")


@app.callback()
def _group() -> None:
    """Certificates."""


@app.command("init")
def init(
    hosts: Annotated[list[str], typer.Argument(help="host names or addresses of the registry")],
    config: Config = None,
    data: Data = None,
    force: Annotated[bool, typer.Option(help="replace files that exist")] = False,
) -> None:
    """Make rootCA.pem, ssl.cert and ssl.key in DATA/tls."""
    from moorage.tls import make_certificates

    folder = settings_of(config, data).data_folder / "tls"
    names = [host.strip().lower() for host in hosts]
    for name in names:
        if not _is_host(name):
            fail(f"{name} is not a host name or an address (no scheme, port or path)", code=2)
    if (folder / "ssl.key").exists() and not force:
        fail(f"{folder}/ssl.key exists: use --force to replace it")
    make_certificates(folder, names)
    typer.echo(_advice(folder))


def _is_host(name: str) -> bool:
    import re

    try:
        ip_address(name)
    except ValueError:
        return bool(re.fullmatch(r"(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", name))
    return True


def _advice(folder: Path) -> str:
    ca = folder / "rootCA.pem"
    return f"""\
{ca}      give this to the clients' machines
{folder}/ssl.cert and ssl.key   serve them:

  moorage serve --host 0.0.0.0 --port 443 --tls-cert {folder}/ssl.cert --tls-key {folder}/ssl.key

Trust the CA on Debian and Ubuntu:
  sudo cp {ca} /usr/local/share/ca-certificates/moorage.crt
  sudo update-ca-certificates

Trust the CA on RHEL and Fedora:
  sudo cp {ca} /etc/pki/ca-trust/source/anchors/moorage.pem
  sudo update-ca-trust extract"""
