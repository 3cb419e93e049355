"""Two versions of a chart side by side."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy import Connection

from moorage.artifacts.comparison import ChartSide, Comparison, Side, compare_charts
from moorage.artifacts.description import State
from moorage.artifacts.helm import ChartDetails
from moorage.db import artifact_tags, artifacts
from moorage.db.artifacts import StoredArtifact
from moorage.model.accounts import Actor, Role
from moorage.model.errors import NotFound
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import access
from moorage.registry.artifacts import details_of
from moorage.registry.context import Registry


@dataclass(frozen=True, slots=True)
class _Read:
    side: Side
    stored: StoredArtifact
    texts: dict[str, str]


TEXTS = ("readme", "values", "schema", "templates")


async def compare(
    registry: Registry, actor: Actor, name: RepositoryName, old: str, new: str
) -> Comparison:
    """`old` and `new` are tags or digests of one repository. Raises NotFound, TagInvalid."""
    now_ms = registry.now_ms()

    def read(tx: Connection) -> tuple[_Read, _Read]:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        return _read(tx, held.id, old, now_ms), _read(tx, held.id, new, now_ms)

    one, other = await registry.db.read(read)
    # Thousands of lines take longer than a request may hold up the others.
    return await asyncio.to_thread(compare_charts, _side(one), _side(other))


def _side(read: _Read) -> ChartSide:
    return ChartSide(read.side, details_of(read.stored, ChartDetails), read.texts)


def _read(tx: Connection, repository_id: int, reference: str, now_ms: int) -> _Read:
    tag = None if ":" in reference else Tag.parse(reference)
    if tag is not None:
        tagged = artifact_tags.find_tagged(tx, repository_id, tag, now_ms)
        digest = tagged.digest if tagged is not None else ""
    else:
        digest = Digest.parse(reference)
    stored = artifacts.find_artifact(tx, repository_id, digest)
    if stored is None:
        raise NotFound(f"there is no {reference} to compare")
    texts = {
        role: text
        for role in TEXTS
        if stored.state is State.DESCRIBED
        and (text := artifacts.find_text(tx, stored.id, role)) is not None
    }
    side = Side(tag, stored.digest, stored.title, stored.version, stored.app_version)
    return _Read(side, stored, texts)
