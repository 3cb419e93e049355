"""What the chart client's commands share: options, where files lie, how a registry is reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.remote.paths import HelmPaths, here

if TYPE_CHECKING:
    from moorage.remote.client import Registry
    from moorage.remote.credentials import CredentialFiles
    from moorage.remote.transport import Tls

CaFile = Annotated[Path | None, typer.Option("--ca-file", help="trust servers with this CA (PEM)")]
CertFile = Annotated[Path | None, typer.Option("--cert-file", help="client certificate (PEM)")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="key of the client certificate")]
Insecure = Annotated[
    bool,
    typer.Option(
        "--insecure-skip-tls-verify", "--insecure", help="do not check the server's certificate"
    ),
]
PlainHttp = Annotated[bool, typer.Option("--plain-http", help="use HTTP without TLS")]
RegistryConfig = Annotated[Path | None, typer.Option("--registry-config", help="credentials file")]
RepositoryConfig = Annotated[
    Path | None, typer.Option("--repository-config", help="list of repositories")
]
RepositoryCache = Annotated[
    Path | None, typer.Option("--repository-cache", help="folder of indexes")
]
Json = Annotated[bool, typer.Option("--json", help="print JSON, for scripts")]
Username = Annotated[str, typer.Option("--username", "-u", help="user of the registry")]
RepositoryUsername = Annotated[str, typer.Option("--username", help="user of the repository")]
RepositoryPassword = Annotated[str, typer.Option("--password", help="its password")]
Version = Annotated[
    str, typer.Option("--version", help="a version, or a range as ^1.2; default: the newest")
]
Devel = Annotated[bool, typer.Option("--devel", help="take pre-releases too")]
Keyring = Annotated[
    Path | None, typer.Option("--keyring", help="public keys (~/.gnupg/pubring.gpg)")
]


def tls_of(
    ca_file: Path | None = None,
    cert_file: Path | None = None,
    key_file: Path | None = None,
    insecure: bool = False,
    plain_http: bool = False,
) -> Tls:
    from moorage.remote.transport import Tls

    return Tls(ca_file, cert_file, key_file, insecure, plain_http)


def credential_files(paths: HelmPaths) -> CredentialFiles:
    from moorage.remote.credentials import CredentialFiles

    return CredentialFiles(paths.registry_configs, paths.other_credentials)


def connect(host: str, tls: Tls, registry_config: Path | None = None) -> Registry:
    """A registry, with the credentials that are stored for it."""
    from moorage.remote.client import Registry
    from moorage.remote.transport import Transport

    credential = credential_files(here(registry_config=registry_config)).find(host)
    return Registry(host, credential, Transport(tls))


def default_keyring() -> Path:
    return Path.home() / ".gnupg" / "pubring.gpg"
