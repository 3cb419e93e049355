"""Which charts name which charts and images, within what the caller may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from moorage.artifacts.description import ArtifactKind, Relation
from moorage.db import schema
from moorage.db.artifacts_schema import artifact_links, artifacts, search_documents
from moorage.db.manifests import is_live
from moorage.db.permissions import visible_to
from moorage.model.accounts import Actor

_r, _m, _t = schema.repositories.c, schema.manifests.c, schema.tags.c
_a, _l, _d = artifacts.c, artifact_links.c, search_documents.c
TAGS_READ = 5_000


@dataclass(frozen=True, slots=True)
class Usage:
    """A chart version that names something."""

    repository: str
    tag: str
    digest: str
    title: str
    version: str
    name: str
    wanted: str
    source: str


@dataclass(frozen=True, slots=True)
class HeldChart:
    """A repository that holds a chart of a name."""

    repository_id: int
    repository: str


def users_of(
    tx: Connection,
    actor: Actor,
    relation: Relation,
    name: str,
    offset: int,
    limit: int,
    *,
    reference: str | None = None,
) -> list[Usage]:
    """Tagged charts that name it, by repository, the newest push first."""
    query = _usages(actor, relation).where(_l.name == name)
    if reference is not None:
        query = query.where(_l.wanted == reference)
    ordered = query.order_by(_r.name, _t.started_ms.desc(), _l.id)
    return [Usage(*row) for row in tx.execute(ordered.offset(offset).limit(limit))]


def list_wanted(
    tx: Connection, actor: Actor, namespace: str | None, offset: int, limit: int
) -> list[Usage]:
    """The dependencies of each repository's newest chart, in name order."""
    query = _usages(actor, Relation.DEPENDENCY).join(
        search_documents,
        (_d.repository_id == _r.id) & (_d.digest == _m.digest) & (_d.tag == _t.name),
    )
    if namespace is not None:
        query = query.where(_r.name > f"{namespace}/", _r.name < f"{namespace}0")
    ordered = query.order_by(_r.name, _l.id)
    return [Usage(*row) for row in tx.execute(ordered.offset(offset).limit(limit))]


def _usages(actor: Actor, relation: Relation) -> Select[Any]:
    return (
        select(_r.name, _t.name, _m.digest, _a.title, _a.version, _l.name, _l.wanted, _l.source)
        .select_from(artifact_links)
        .join(schema.manifests, _m.id == _l.manifest_id)
        .join(artifacts, _a.manifest_id == _m.id)
        .join(schema.repositories, _r.id == _m.repository_id)
        .join(schema.tags, _t.manifest_id == _m.id)
        .where(_l.relation == relation, _t.ended_ms.is_(None), visible_to(actor))
    )


def repositories_with_chart(tx: Connection, actor: Actor, name: str, limit: int) -> list[HeldChart]:
    """Repositories that hold a chart of this name."""
    query = (
        select(_d.repository_id, _r.name)
        .select_from(search_documents)
        .join(schema.repositories, _r.id == _d.repository_id)
        .where(_d.title == name, _d.kind == ArtifactKind.CHART, visible_to(actor))
        .order_by(_r.name)
    )
    return [HeldChart(*row) for row in tx.execute(query.limit(limit))]


def chart_versions(tx: Connection, repository_id: int, now_ms: int) -> dict[str, tuple[str, str]]:
    """Version -> (tag, digest) of the repository's tagged charts."""
    query = (
        select(_a.version, _t.name, _m.digest)
        .select_from(schema.tags)
        .join(schema.manifests, _m.id == _t.manifest_id)
        .join(artifacts, _a.manifest_id == _m.id)
        .where(_t.repository_id == repository_id, is_live(now_ms), _m.kind == ArtifactKind.CHART)
        .order_by(_t.started_ms)
    )
    return {row[0]: (row[1], row[2]) for row in tx.execute(query.limit(TAGS_READ))}


def find_reference(
    tx: Connection, actor: Actor, repository: str, tag: str, digest: str, now_ms: int
) -> tuple[str, str] | None:
    """The tag and digest that a reference names in a repository that the caller may see."""
    named = _t.name == tag if tag else _m.digest == digest
    query = (
        select(_t.name, _m.digest)
        .select_from(schema.repositories)
        .join(schema.manifests, _m.repository_id == _r.id)
        .outerjoin(schema.tags, (_t.manifest_id == _m.id) & is_live(now_ms))
        .where(_r.name == repository, _m.deleted_ms.is_(None), named, visible_to(actor))
    )
    row = tx.execute(query.limit(1)).first()
    return (row[0] or "", row[1]) if row else None
