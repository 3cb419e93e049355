"""`moorage repo ...`: classic chart repositories."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.client import (
    CaFile,
    CertFile,
    Insecure,
    Json,
    KeyFile,
    RepositoryCache,
    RepositoryConfig,
    RepositoryPassword,
    RepositoryUsername,
)
from moorage.cli.text import print_json, table
from moorage.remote.errors import RemoteError
from moorage.remote.paths import here

if TYPE_CHECKING:
    from moorage.remote.classic import ClassicRepository, RepositoryList

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Classic chart repositories.")

PARALLEL = 8
NONE = "no repositories found. You must add one before updating"


def _names(incomplete: str) -> list[str]:
    """For the shell's completion."""
    return [one.name for one in _listed().all() if one.name.startswith(incomplete)]


Names = Annotated[list[str] | None, typer.Argument(metavar="NAME...", autocompletion=_names)]


@app.command("add")
def add(
    name: str,
    url: str,
    username: RepositoryUsername = "",
    password: RepositoryPassword = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="read the password from stdin")
    ] = False,
    pass_credentials: Annotated[
        bool, typer.Option("--pass-credentials", help="to every host the index names")
    ] = False,
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    force_update: Annotated[
        bool, typer.Option("--force-update", help="replace one of that name")
    ] = False,
    repository_config: RepositoryConfig = None,
    repository_cache: RepositoryCache = None,
) -> None:
    """Add a chart repository."""
    from moorage.remote.classic import ClassicRepository

    if "/" in name or not name:
        raise RemoteError(
            f"repository name ({name}) contains '/', please specify a different name without '/'"
        )
    if password_stdin:
        password = sys.stdin.read().rstrip("\r\n")
    ca, cert, key = (str(p.absolute()) if p else "" for p in (ca_file, cert_file, key_file))
    wanted = ClassicRepository(
        name, url, username, password, ca, cert, key, insecure, pass_credentials
    )
    listed = _listed(repository_config, repository_cache)
    known = next((one for one in listed.all() if one.name == name), None)
    if known is not None and not force_update:
        if known != wanted:
            raise RemoteError(
                f"repository name ({name}) already exists, please specify a different name",
                f"or replace it with --force-update; it is {known.url} now",
            )
        typer.echo(f'"{name}" already exists with the same configuration, skipping')
        return
    _fetch(listed, wanted)
    listed.put(wanted)
    typer.echo(f'"{name}" has been added to your repositories')


@app.command("update")
@app.command("up", hidden=True)
def update(
    names: Names = None,
    repository_config: RepositoryConfig = None,
    repository_cache: RepositoryCache = None,
) -> None:
    """Fetch the indexes of all repositories, or of those named."""
    listed = _listed(repository_config, repository_cache)
    known = listed.all()
    if not known:
        raise RemoteError(NONE, "moorage repo add NAME URL")
    wanted = [listed.get(name) for name in names] if names else known
    typer.echo("Hang tight while we grab the latest from your chart repositories...")
    with ThreadPoolExecutor(PARALLEL) as pool:
        results = list(pool.map(lambda one: _updated(listed, one), wanted))
    failed = [problem for problem in results if problem is not None]
    if failed:
        raise RemoteError(f"failed to update the following repositories: {failed}")
    typer.echo("Update Complete. ⎈Happy Helming!⎈")


@app.command("list")
@app.command("ls", hidden=True)
def list_repositories(
    output: Annotated[str, typer.Option("--output", "-o", help="table, json")] = "table",
    json: Json = False,
    repository_config: RepositoryConfig = None,
) -> None:
    """List the repositories."""
    known = _listed(repository_config).all()
    if json or output == "json":
        print_json([{"name": one.name, "url": one.url} for one in known])
    elif not known:
        typer.echo("no repositories to show", err=True)
    else:
        typer.echo(table(("NAME", "URL"), [(one.name, one.url) for one in known], 0))


@app.command("remove")
@app.command("rm", hidden=True)
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", autocompletion=_names)],
    repository_config: RepositoryConfig = None,
    repository_cache: RepositoryCache = None,
) -> None:
    """Remove repositories, and their cached indexes."""
    listed = _listed(repository_config, repository_cache)
    if not listed.all():
        raise RemoteError("no repositories configured")
    for name in names:
        if not listed.remove(name):
            raise RemoteError(f'no repo named "{name}" found', "see: moorage repo list")
        typer.echo(f'"{name}" has been removed from your repositories')


@app.command("index")
def index(
    folder: Annotated[Path, typer.Argument(help="folder with archives")],
    url: Annotated[str, typer.Option("--url", help="URL of the folder")] = "",
    merge: Annotated[Path | None, typer.Option("--merge", help="an index to go on from")] = None,
    json: Json = False,
) -> None:
    """Write index.yaml for the archives in a folder."""
    from moorage.charts.index import INDEX_FILE, Index, index_folder
    from moorage.remote.files import write_whole

    if not folder.is_dir():
        raise RemoteError(f"{folder} is not a folder")
    now = datetime.fromtimestamp(time.time(), UTC).isoformat().replace("+00:00", "Z")
    made = index_folder(folder, url, now)
    if merge is not None and merge.exists():
        made = made.merged_with(Index.parse(merge.read_bytes()))
    text = made.as_json(now) if json else made.as_yaml(now)
    write_whole(folder / INDEX_FILE, text.encode())


def _listed(config: Path | None = None, cache: Path | None = None) -> RepositoryList:
    from moorage.remote.classic import RepositoryList

    paths = here(repository_config=config, repository_cache=cache)
    return RepositoryList(paths.repository_config, paths.repository_cache)


def _fetch(listed: RepositoryList, repository: ClassicRepository) -> None:
    from moorage.charts.errors import ChartError

    try:
        listed.store_index(repository.name, repository.fetch_index())
    except (RemoteError, ChartError) as error:
        raise RemoteError(
            f'looks like "{repository.url}" is not a valid chart repository or cannot be '
            f"reached: {error.message}",
            error.hint,
        ) from None


def _updated(listed: RepositoryList, repository: ClassicRepository) -> str | None:
    """Fetch one index, saying so; its URL where that failed."""
    try:
        _fetch(listed, repository)
    except RemoteError as error:
        typer.echo(
            f'...Unable to get an update from the "{repository.name}" chart repository '
            f"({repository.url}):\n\t{error.message}"
        )
        return repository.url
    typer.echo(f'...Successfully got an update from the "{repository.name}" chart repository')
    return None
