"""What is known of a pushed thing: one artifact, its texts, its referrers, the tags as rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from moorage.artifacts.description import State, TextFile
from moorage.db import artifact_tags, artifacts, referrers, tags
from moorage.db.artifact_tags import TaggedArtifact, TagOrder, TagQuery
from moorage.db.artifacts import StoredArtifact
from moorage.model.accounts import Actor, Role
from moorage.model.errors import NotFound
from moorage.oci.digest import Digest
from moorage.oci.manifest import Manifest, parse_manifest
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry
from moorage.registry.discover import PAGE

TAGS_SHOWN = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ArtifactView:
    """A manifest and what was read of it."""

    stored: StoredArtifact
    manifest: Manifest
    is_signed: bool
    tags: list[str]

    def details_of(self, kind: type[T]) -> T:
        return details_of(self.stored, kind)


@dataclass(frozen=True, slots=True)
class ReferrerView:
    stored: StoredArtifact
    media_type: str
    artifact_type: str | None
    annotations: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TagPage:
    rows: list[TaggedArtifact]
    total: int
    next_position: str | None


def details_of(stored: StoredArtifact, kind: type[T]) -> T:
    """What the kind says of itself. Raises NotFound: not read yet, unreadable, another kind."""
    _require_described(stored)
    if stored.details is None:
        raise NotFound(f"{stored.digest} is of kind {stored.kind}, of which nothing more is known")
    try:
        return msgspec.json.decode(artifacts.unpacked(stored.details), type=kind)
    except msgspec.ValidationError:
        raise NotFound(f"{stored.digest} is of kind {stored.kind}") from None


def _require_described(stored: StoredArtifact) -> None:
    if stored.state is State.PENDING:
        raise NotFound(f"{stored.digest} has not been read yet: ask again in a moment")
    if stored.state is State.UNREADABLE:
        raise NotFound(f"{stored.digest} is unreadable: {stored.reason}")


async def get_artifact(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest
) -> ArtifactView:
    """Raises NotFound, Denied, Unauthorized."""
    now_ms = registry.now_ms()

    def read(tx: Connection) -> ArtifactView:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        stored = artifacts.find_artifact(tx, held.id, digest)
        found = tags.find_manifest(tx, held.id, digest)
        if stored is None or found is None:
            raise NotFound(f"no manifest {digest} in {name}")
        return ArtifactView(
            stored,
            parse_manifest(found[2], found[1]),
            artifacts.is_signed_artifact(tx, stored.id),
            artifact_tags.tags_of(tx, stored.id, now_ms, TAGS_SHOWN),
        )

    return await registry.db.read(read)


async def get_text(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, role: str
) -> str | None:
    """A text of the artifact as it was pushed; None where it has none. Raises NotFound."""

    def read(tx: Connection) -> str | None:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        stored = artifacts.find_artifact(tx, held.id, digest)
        if stored is None:
            raise NotFound(f"no manifest {digest} in {name}")
        _require_described(stored)
        return artifacts.find_text(tx, stored.id, role)

    return await registry.db.read(read)


async def get_files(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, role: str
) -> list[TextFile]:
    """A role that holds several files, as templates."""
    text = await get_text(registry, actor, name, digest, role)
    return msgspec.json.decode(text, type=list[TextFile]) if text else []


async def list_referrers(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, last: str
) -> tuple[list[ReferrerView], str | None]:
    """Manifests that name this one as their subject, in digest order, and where the next begin."""

    def read(tx: Connection) -> tuple[list[ReferrerView], str | None]:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        rows, following = referrers.list_referrers(tx, held.id, digest, None, last, PAGE)
        known = artifacts.list_artifacts(tx, held.id, [row.digest for row in rows])
        found = [
            ReferrerView(
                known[row.digest],
                row.media_type,
                row.artifact_type,
                json.loads(row.raw).get("annotations") or {},
            )
            for row in rows
        ]
        return found, following

    return await registry.db.read(read)


async def list_tags(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    order: TagOrder,
    wanted: TagQuery,
    after: str,
    limit: int,
) -> TagPage:
    """A page of live tags with what they name."""
    now_ms = registry.now_ms()

    def read(tx: Connection) -> TagPage:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        found = artifact_tags.list_tags(tx, held.id, order, wanted, after, now_ms, limit + 1)
        page = found[:limit]
        following = artifact_tags.position_of(page[-1], order) if len(found) > limit else None
        return TagPage(page, artifact_tags.count_tags(tx, held.id, wanted, now_ms), following)

    return await registry.db.read(read)
