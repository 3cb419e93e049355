"""`moorage pull`: a chart's archive, from a registry or a classic repository."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.client import (
    CaFile,
    CertFile,
    Devel,
    Insecure,
    Json,
    KeyFile,
    Keyring,
    PlainHttp,
    RegistryConfig,
    RepositoryCache,
    RepositoryConfig,
    RepositoryPassword,
    RepositoryUsername,
    Version,
    tls_of,
)
from moorage.cli.progress import progress_of
from moorage.cli.text import print_json
from moorage.remote.errors import RemoteError
from moorage.remote.paths import here

if TYPE_CHECKING:
    from moorage.remote.classic import ClassicRepository
    from moorage.remote.fetch import Fetched, Wanted

app = typer.Typer(add_completion=False, help="Get a chart's archive.")

UNDERSCORE = """\
{reference} contains an underscore.

OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry."""
FALLBACK = (
    'level=WARN msg="unable to find exact version requested; '
    'falling back to closest available version" chart={name} requested={wanted} selected={chosen}'
)

Repo = Annotated[str, typer.Option("--repo", help="URL of the repository that has CHART")]


@app.command("pull")
def pull(
    charts: Annotated[
        list[str], typer.Argument(metavar="CHART...", help="oci://HOST/NAME, REPO/CHART or a URL")
    ],
    version: Version = "",
    devel: Devel = False,
    destination: Annotated[
        Path, typer.Option("--destination", "-d", help="folder to write to")
    ] = Path("."),
    untar: Annotated[bool, typer.Option("--untar", help="unpack it")] = False,
    untardir: Annotated[Path, typer.Option("--untardir", help="folder to unpack to")] = Path("."),
    prov: Annotated[bool, typer.Option("--prov", help="get the signature, unchecked")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="check the signature")] = False,
    keyring: Keyring = None,
    repo: Repo = "",
    username: RepositoryUsername = "",
    password: RepositoryPassword = "",
    pass_credentials: Annotated[bool, typer.Option("--pass-credentials")] = False,
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    plain_http: PlainHttp = False,
    registry_config: RegistryConfig = None,
    repository_config: RepositoryConfig = None,
    repository_cache: RepositoryCache = None,
    json: Json = False,
) -> None:
    """Get a chart's archive, or unpack it."""
    from moorage.remote.fetch import Fetcher, Wanted

    paths = here(
        registry_config=registry_config,
        repository_config=repository_config,
        repository_cache=repository_cache,
    )
    repository = repository_of(repo, username, password, pass_credentials)
    tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
    for chart in charts:
        wanted = Wanted(chart, version, devel, repository, prov or verify)
        target = destination if not untar else untardir
        _require_room(wanted.chart, target, destination, untar)
        with progress_of(chart, None) as progress:
            fetched = Fetcher(paths, tls, progress).fetch(wanted)
        if not json:
            announce(fetched, wanted)
        signed = verified(fetched, keyring) if verify else []
        placed = _unpack(fetched, target) if untar else _place(fetched, destination)
        if json:
            document = {"chart": chart, "path": str(placed), "digest": fetched.digest}
            print_json(document | {"reference": fetched.reference, "signature": signed})
        else:
            for line in signed:
                typer.echo(line)


def repository_of(
    repo: str, username: str, password: str, pass_credentials: bool
) -> ClassicRepository | None:
    """What --repo and the options beside it say."""
    if not repo:
        return None
    from moorage.remote.classic import ClassicRepository

    return ClassicRepository("", repo, username, password, passes_credentials=pass_credentials)


def announce(fetched: Fetched, wanted: Wanted, *, err: bool = False) -> None:
    """What Helm 4 says of a chart from a registry, and of a version that it chose."""
    if fetched.is_of_old_type:
        typer.echo("Warning: chart media type application/tar+gzip is deprecated", err=err)
    if fetched.reference:
        typer.echo(f"Pulled: {fetched.reference}\nDigest: {fetched.digest}", err=err)
    if "_" in fetched.reference:
        typer.echo(UNDERSCORE.format(reference=fetched.reference), err=err)
    if fetched.chosen_version and wanted.version not in ("", fetched.chosen_version):
        chart = wanted.chart.rpartition("/")[2]
        text = FALLBACK.format(name=chart, wanted=wanted.version, chosen=fetched.chosen_version)
        typer.echo(text, err=True)


def verified(fetched: Fetched, keyring: Path | None) -> list[str]:
    """The lines that name the signer. Raises ProvenanceInvalid, and removes the archive then."""
    from moorage.charts.errors import ChartError
    from moorage.charts.provenance import verify
    from moorage.cli.verify import keys_of
    from moorage.remote.blobs import Blob

    assert fetched.provenance is not None
    try:
        keys = keys_of(keyring)
        digest = Blob.of(fetched.path).digest
        return verify(fetched.provenance, digest, fetched.file_name, keys).lines()
    except ChartError:
        fetched.path.unlink()
        raise


def _require_room(chart: str, target: Path, destination: Path, untar: bool) -> None:
    """Before anything is fetched."""
    if not untar and not destination.is_dir():
        raise RemoteError(f"{destination} is not a folder", f"make it: mkdir -p {destination}")
    name = chart.rpartition("/")[2].partition("@")[0].partition(":")[0]
    if untar and "." not in name and (target / name).exists():
        raise RemoteError(
            f"failed to untar: a file or directory with the name {target / name} already exists",
            "remove it, or name another folder with --untardir",
        )


def _unpack(fetched: Fetched, target: Path) -> Path:
    from moorage.charts.folder import unpack_archive

    try:
        return unpack_archive(fetched.path, target)
    finally:
        fetched.path.unlink()


def _place(fetched: Fetched, destination: Path) -> Path:
    """Move the archive, and write its signature beside it."""
    placed = destination / fetched.file_name
    _move(fetched.path, placed)
    if fetched.provenance is not None:
        placed.with_name(f"{placed.name}.prov").write_bytes(fetched.provenance)
    return placed


def _move(source: Path, target: Path) -> None:
    try:
        os.replace(source, target)
    except OSError:  # another file system
        scratch = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(source, scratch)
        os.replace(scratch, target)
        source.unlink()
