"""Between charts: where a dependency or an image lies here, who needs it, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from moorage.artifacts.description import ArtifactKind, Relation
from moorage.artifacts.helm import Dependency
from moorage.artifacts.references import ImageName, image_name
from moorage.charts.errors import VersionInvalid
from moorage.charts.version import best_of
from moorage.db import artifact_links, search_documents
from moorage.db.artifact_links import Usage
from moorage.model.accounts import Actor, Role
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry

PAGE = 100
PLACES = 20
"""Repositories with a chart of one name that are looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies here; without a tag or digest only its name does."""

    repository: str
    tag: str | None
    digest: str | None


async def places_of(
    registry: Registry, actor: Actor, dependencies: Sequence[Dependency]
) -> list[Place | None]:
    """For each dependency a chart that the caller may see, one that satisfies it if there is."""
    now_ms = registry.now_ms()

    def read(tx: Connection) -> list[Place | None]:
        return [
            _place(tx, actor, one.name, one.version, one.repository, now_ms) for one in dependencies
        ]

    return await registry.db.read(read)


async def places_of_images(
    registry: Registry, actor: Actor, host: str, images: Sequence[str]
) -> list[Place | None]:
    """For each image reference that names this registry, what it names."""
    now_ms = registry.now_ms()

    def read(tx: Connection) -> list[Place | None]:
        return [_image_place(tx, actor, host, image, now_ms) for image in images]

    return await registry.db.read(read)


async def dependents_of(
    registry: Registry, actor: Actor, name: RepositoryName, page: int
) -> tuple[list[Usage], bool]:
    """Charts that depend on the chart in this repository."""

    def read(tx: Connection) -> list[Usage]:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        title = search_documents.title_in(tx, held.id, ArtifactKind.CHART)
        chart = title or name.rpartition("/")[2]
        start = (page - 1) * PAGE
        return artifact_links.users_of(tx, actor, Relation.DEPENDENCY, chart, start, PAGE + 1)

    found = await registry.db.read(read)
    return found[:PAGE], len(found) > PAGE


async def users_of_image(
    registry: Registry, actor: Actor, image: str, page: int
) -> tuple[list[Usage], bool]:
    """Charts that name an image; with a tag or digest only those that name exactly that."""
    access.require_reader(registry.rules, actor)
    wanted = image_name(image)
    start = (page - 1) * PAGE

    def read(tx: Connection) -> list[Usage]:
        return artifact_links.users_of(
            tx, actor, Relation.IMAGE, wanted.name, start, PAGE + 1, reference=_exact(wanted, image)
        )

    found = await registry.db.read(read)
    return found[:PAGE], len(found) > PAGE


async def missing_dependencies(
    registry: Registry, actor: Actor, namespace: str | None, page: int
) -> tuple[list[Usage], bool]:
    """What the newest version of each chart here needs and the caller does not see here."""
    access.require_reader(registry.rules, actor)
    now_ms = registry.now_ms()
    start = (page - 1) * PAGE

    def read(tx: Connection) -> tuple[list[Usage], bool]:
        wanted = artifact_links.list_wanted(tx, actor, namespace, start, PAGE + 1)
        missing = [one for one in wanted[:PAGE] if not _is_here(tx, actor, one, now_ms)]
        return missing, len(wanted) > PAGE

    return await registry.db.read(read)


def _is_here(tx: Connection, actor: Actor, one: Usage, now_ms: int) -> bool:
    place = _place(tx, actor, one.name, one.wanted, one.source, now_ms)
    return place is not None and place.tag is not None


def _exact(wanted: ImageName, image: str) -> str | None:
    return image if wanted.tag or wanted.digest else None


def _place(
    tx: Connection, actor: Actor, name: str, constraint: str, source: str, now_ms: int
) -> Place | None:
    found = artifact_links.repositories_with_chart(tx, actor, name, PLACES)
    # Where Chart.yaml names a repository here, that one comes first.
    found.sort(key=lambda one: not source.endswith(one.repository.rpartition("/")[0]))
    for held in found:
        versions = artifact_links.chart_versions(tx, held.repository_id, now_ms)
        try:
            best = best_of(versions, constraint)
        except VersionInvalid:
            best = None
        if best is not None:
            return Place(held.repository, *versions[best])
    return Place(found[0].repository, None, None) if found else None


def _image_place(tx: Connection, actor: Actor, host: str, image: str, now_ms: int) -> Place | None:
    wanted = image_name(image)
    if not wanted.name.startswith(f"{host}/"):
        return None
    repository = wanted.name.removeprefix(f"{host}/")
    tag = "" if wanted.digest else wanted.tag or "latest"
    found = artifact_links.find_reference(tx, actor, repository, tag, wanted.digest, now_ms)
    return Place(repository, found[0] or None, found[1]) if found else None
