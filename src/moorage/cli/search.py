"""`moorage search ...`: charts in the cached indexes, and in a registry."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.client import (
    CaFile,
    CertFile,
    Devel,
    Insecure,
    Json,
    KeyFile,
    PlainHttp,
    RegistryConfig,
    RepositoryCache,
    RepositoryConfig,
    connect,
    tls_of,
)
from moorage.cli.text import print_json, table
from moorage.remote.errors import NotFound, RemoteError
from moorage.remote.paths import here

if TYPE_CHECKING:
    from moorage.charts.chart import Metadata
    from moorage.remote.client import Registry

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Search for charts.")

PARALLEL = 8
Word = Annotated[str, typer.Argument(metavar="WORD", help="part of a name or description")]
Versions = Annotated[bool, typer.Option("--versions", "-l", help="every version of each chart")]
Wanted = Annotated[str, typer.Option("--version", help="a range, as ^1.2")]
Width = Annotated[int, typer.Option("--max-col-width", help="most columns of a cell")]
Output = Annotated[str, typer.Option("--output", "-o", help="table, json, yaml")]


@dataclass(frozen=True, slots=True)
class Hit:
    name: str
    metadata: Metadata

    def as_document(self) -> dict[str, str]:
        return {
            "name": self.name,
            "version": self.metadata.version,
            "app_version": self.metadata.app_version,
            "description": self.metadata.description,
        }


@app.command("repo")
def search_repositories(
    word: Word = "",
    versions: Versions = False,
    devel: Devel = False,
    version: Wanted = "",
    max_col_width: Width = 50,
    output: Output = "table",
    json: Json = False,
    repository_config: RepositoryConfig = None,
    repository_cache: RepositoryCache = None,
) -> None:
    """Search the cached indexes of all repositories."""
    from moorage.remote.classic import RepositoryList

    paths = here(repository_config=repository_config, repository_cache=repository_cache)
    listed = RepositoryList(paths.repository_config, paths.repository_cache)
    repositories = listed.all()
    if not repositories:
        raise RemoteError("no repositories configured", "add one: moorage repo add NAME URL")
    hits: list[Hit] = []
    for repository in repositories:
        try:
            index = listed.cached_index(repository.name)
        except NotFound:
            text = f"Repo {repository.name!r} has no cached index: moorage repo update"
            typer.echo(text, err=True)
            continue
        for name, entries in index.entries.items():
            found = [Hit(f"{repository.name}/{name}", entry.metadata) for entry in entries]
            hits += _chosen(found, version, devel, versions)
    _show([hit for hit in hits if _matches(hit, word)], max_col_width, output, json)


@app.command("registry")
def search_registry(
    place: Annotated[
        str,
        typer.Argument(metavar="oci://HOST/NAMESPACE/NAME", help="the last parts may be left out"),
    ],
    word: Word = "",
    versions: Versions = False,
    devel: Devel = False,
    version: Wanted = "",
    max_col_width: Width = 50,
    output: Output = "table",
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    plain_http: PlainHttp = False,
    registry_config: RegistryConfig = None,
    json: Json = False,
) -> None:
    """Search the charts of a registry, by its catalog and its tags."""
    from moorage.remote.reference import require_host

    host, _, prefix = place.removeprefix("oci://").strip("/").partition("/")
    tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
    registry = connect(require_host(host), tls, registry_config)
    names = [name for name in _repositories(registry, prefix) if _is_below(name, prefix)]
    with ThreadPoolExecutor(PARALLEL) as pool:
        found = pool.map(lambda name: _charts_in(registry, name, version, devel, versions), names)
        hits = [hit for hits in found for hit in hits]
    _show([hit for hit in hits if _matches(hit, word)], max_col_width, output, json)


def _repositories(registry: Registry, prefix: str) -> list[str]:
    """The catalog, or `prefix` itself where the registry shows none."""
    try:
        return registry.list_repositories()
    except RemoteError as error:
        if not prefix:
            raise RemoteError(
                f"{registry.host} lists no repositories: {error.message}",
                "name one: moorage search registry oci://HOST/NAMESPACE/NAME",
            ) from None
        return [prefix]


def _is_below(name: str, prefix: str) -> bool:
    return not prefix or name == prefix or name.startswith(f"{prefix}/")


def _charts_in(
    registry: Registry, name: str, version: str, devel: bool, versions: bool
) -> list[Hit]:
    """The charts of one repository; other artifacts are passed over."""
    from moorage.charts.version import DEVELOPMENT, best_of, is_strict, newest_first, version_of_tag
    from moorage.remote.charts import find_chart

    repository = registry.repository(name)
    tags = [version_of_tag(tag) for tag in repository.list_tags()]
    known = newest_first([tag for tag in tags if is_strict(tag)])
    wanted = version or (DEVELOPMENT if devel else "")
    chosen = [tag for tag in known if best_of([tag], wanted)]
    hits = []
    for tag in chosen if versions else chosen[:1]:
        try:
            chart = find_chart(repository, tag.replace("+", "_"))
        except RemoteError:
            continue
        hits.append(
            Hit(f"oci://{registry.host}/{name}", _metadata(repository.read_blob(chart.config)))
        )
    return hits


def _metadata(config: bytes) -> Metadata:
    from moorage.charts.chart import Metadata

    return Metadata.parse(config, "the chart's config")


def _chosen(hits: list[Hit], version: str, devel: bool, versions: bool) -> list[Hit]:
    from moorage.charts.version import DEVELOPMENT, Constraint, find_version

    constraint = Constraint.parse(version or (DEVELOPMENT if devel else ">0.0.0"))
    fitting = [
        hit
        for hit in hits
        if (found := find_version(hit.metadata.version)) is not None and constraint.allows(found)
    ]
    return fitting if versions else fitting[:1]


def _matches(hit: Hit, word: str) -> bool:
    """Helm looks in the name, the description and the keywords."""
    keywords = " ".join(hit.metadata.document.get("keywords", []))
    return word.lower() in f"{hit.name} {hit.metadata.description} {keywords}".lower()


def _show(hits: list[Hit], width: int, output: str, json: bool) -> None:
    if json or output == "json":
        print_json([hit.as_document() for hit in hits])
    elif output == "yaml":
        from moorage.charts.helm_yaml import dump

        typer.echo(dump([hit.as_document() for hit in hits]), nl=False)
    elif not hits:
        typer.echo("No results found")
    else:
        rows = [tuple(hit.as_document().values()) for hit in hits]
        header = ("NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION")
        typer.echo(table(header, rows, width))
