"""`moorage registry login|logout`: credentials that Helm of every version finds too."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from moorage.cli.client import (
    CaFile,
    CertFile,
    Insecure,
    KeyFile,
    PlainHttp,
    RegistryConfig,
    Username,
    credential_files,
    tls_of,
)
from moorage.remote.errors import Denied, RemoteError
from moorage.remote.paths import here
from moorage.remote.reference import require_host

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Log in to a registry, and out.")

Host = Annotated[str, typer.Argument(metavar="HOST", help="HOST[:PORT] of the registry")]


@app.command("login")
def login(
    host: Host,
    username: Username = "",
    password: Annotated[str, typer.Option("--password", "-p", help="better: stdin")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="read the password from stdin")
    ] = False,
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    plain_http: PlainHttp = False,
    registry_config: RegistryConfig = None,
) -> None:
    """Log in; what is missing is asked for."""
    from moorage.remote.client import Registry
    from moorage.remote.credentials import Credential
    from moorage.remote.transport import Transport

    require_host(host)
    if password:
        warning = "WARNING: Using --password via the CLI is insecure. Use --password-stdin."
        typer.echo(warning, err=True)
    username, password = _asked_for(username, password, password_stdin)
    tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
    registry = Registry(host, None, Transport(tls))
    try:
        kept = registry.log_in(Credential(username, password))
    except Denied as error:
        url = registry.transport.url(registry.host, "/v2/")
        raise Denied(f'Get "{url}": {error.message}', error.hint) from None
    credential_files(here(registry_config=registry_config)).store(host, kept)
    typer.echo("Login succeeded")


@app.command("logout")
def logout(host: Host, registry_config: RegistryConfig = None) -> None:
    """Forget the credentials of a registry."""
    require_host(host)
    if credential_files(here(registry_config=registry_config)).erase(host):
        typer.echo("Logout succeeded")
    else:
        typer.echo(f"Not logged in to {host}")


def _asked_for(username: str, password: str, password_stdin: bool) -> tuple[str, str]:
    if password_stdin:
        password = sys.stdin.read().rstrip("\r\n")
    elif not (username and password) and not sys.stdin.isatty():
        raise RemoteError(
            "a user name and a password are needed, and there is no terminal to ask on",
            "use --username NAME --password-stdin",
        )
    username = username or typer.prompt("Username")
    password = password or typer.prompt("Password", hide_input=True)
    return username, password
