"""What rows of lists show beside a name: counts and sizes, for one page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from moorage.db import schema
from moorage.db.accounts_schema import robots
from moorage.db.artifacts_schema import search_documents
from moorage.model.accounts import Actor, TeamRole

_n, _t, _m, _r = (
    schema.namespaces.c,
    schema.teams.c,
    schema.team_members.c,
    schema.repositories.c,
)
_tag, _blob, _held = schema.tags.c, schema.blobs.c, schema.repository_blobs.c


@dataclass(frozen=True, slots=True)
class NamespaceRow:
    """A namespace as a list shows it. `size_bytes` counts each blob once."""

    name: str
    is_organization: bool
    is_admin: bool
    repo_count: int = 0
    team_count: int = 0
    member_count: int = 0
    robot_count: int = 0
    size_bytes: int = 0
    modified_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """What is in a repository."""

    kinds: tuple[str, ...] = ()
    tag_count: int = 0
    size_bytes: int = 0


def list_namespaces(
    tx: Connection,
    actor: Actor,
    part: str,
    after: str,
    limit: int,
    *,
    descending: bool,
    knows_all: bool,
) -> list[NamespaceRow]:
    """The caller's own namespace and organizations, with `knows_all` all of them; by name."""
    query = select(_n.id, _n.name, _n.is_organization).where(_listed_for(actor, knows_all))
    if part:
        query = query.where(_n.name.contains(part, autoescape=True))
    if after:
        query = query.where(_n.name < after if descending else _n.name > after)
    order = _n.name.desc() if descending else _n.name
    found = tx.execute(query.order_by(order).limit(limit)).all()
    ids = [row.id for row in found]
    administered = _administered(tx, actor, ids)
    counts = _counts(tx, ids)
    sizes = sizes_of_namespaces(tx, ids)
    return [
        NamespaceRow(
            row.name,
            row.is_organization,
            row.id in administered,
            *counts[row.id][:4],
            sizes.get(row.id, 0),
            counts[row.id][4],
        )
        for row in found
    ]


def sizes_of_namespaces(tx: Connection, ids: list[int]) -> dict[int, int]:
    """Bytes of each namespace, a blob of several of its repositories once."""
    held = (
        select(_r.namespace_id, _held.blob_id)
        .join(schema.repository_blobs, _held.repository_id == _r.id)
        .where(_r.namespace_id.in_(ids))
        .distinct()
        .subquery()
    )
    rows = tx.execute(
        select(held.c.namespace_id, func.sum(_blob.size_bytes))
        .join(schema.blobs, _blob.id == held.c.blob_id)
        .group_by(held.c.namespace_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def largest_repositories(tx: Connection, limit: int) -> list[tuple[str, int]]:
    """Name and bytes, the largest first. A blob counts in each repository that has it."""
    size = func.sum(_blob.size_bytes)
    rows = tx.execute(
        select(_r.name, size)
        .join(schema.repository_blobs, _held.repository_id == _r.id)
        .join(schema.blobs, _blob.id == _held.blob_id)
        .group_by(_r.id, _r.name)
        .order_by(size.desc(), _r.name)
        .limit(limit)
    )
    return [(row[0], int(row[1])) for row in rows]


def largest_namespaces(tx: Connection, limit: int) -> list[tuple[str, int]]:
    """Name and bytes, the largest first; each blob once in a namespace."""
    held = (
        select(_r.namespace_id, _held.blob_id)
        .join(schema.repository_blobs, _held.repository_id == _r.id)
        .distinct()
        .subquery()
    )
    size = func.sum(_blob.size_bytes)
    rows = tx.execute(
        select(_n.name, size)
        .join(held, held.c.namespace_id == _n.id)
        .join(schema.blobs, _blob.id == held.c.blob_id)
        .group_by(_n.id, _n.name)
        .order_by(size.desc(), _n.name)
        .limit(limit)
    )
    return [(row[0], int(row[1])) for row in rows]


def facts_of(tx: Connection, repository_ids: list[int], now_ms: int) -> dict[int, RepositoryFacts]:
    """Kinds, live tags and bytes of each repository of a page."""
    kinds: dict[int, list[str]] = {}
    _d = search_documents.c
    documents = select(_d.repository_id, _d.kind).where(_d.repository_id.in_(repository_ids))
    for repository_id, kind in tx.execute(documents.order_by(_d.kind)):
        kinds.setdefault(repository_id, []).append(kind)
    is_live = or_(_tag.expires_ms.is_(None), _tag.expires_ms > now_ms)
    tags = tx.execute(
        select(_tag.repository_id, func.count())
        .where(_tag.repository_id.in_(repository_ids), _tag.ended_ms.is_(None), is_live)
        .group_by(_tag.repository_id)
    )
    counts = {row[0]: row[1] for row in tags}
    held = tx.execute(
        select(_held.repository_id, func.sum(_blob.size_bytes))
        .join(schema.blobs, _blob.id == _held.blob_id)
        .where(_held.repository_id.in_(repository_ids))
        .group_by(_held.repository_id)
    )
    sizes = {row[0]: int(row[1]) for row in held}
    return {
        one: RepositoryFacts(tuple(kinds.get(one, ())), counts.get(one, 0), sizes.get(one, 0))
        for one in repository_ids
    }


def _listed_for(actor: Actor, knows_all: bool) -> ColumnElement[bool]:
    own = select(_t.organization_id).join(schema.team_members, _m.team_id == _t.id)
    mine = or_(_n.id == actor.user_id, _n.id.in_(own.where(_m.user_id == actor.user_id)))
    return or_(mine, _n.is_organization) if knows_all else mine


def _administered(tx: Connection, actor: Actor, ids: list[int]) -> set[int]:
    if actor.has_full_access:
        return set(ids)
    query = (
        select(_t.organization_id)
        .join(schema.team_members, _m.team_id == _t.id)
        .where(
            _m.user_id == actor.user_id,
            _t.role == TeamRole.ADMIN,
            _t.organization_id.in_(ids),
        )
    )
    return {*tx.execute(query).scalars(), *([actor.user_id] if actor.user_id in ids else [])}


def _counts(tx: Connection, ids: list[int]) -> dict[int, tuple[int, int, int, int, int | None]]:
    """Repositories, teams, people in teams, robots, and the last change of a repository."""
    is_person = case((robots.c.id.is_(None), _m.user_id))
    repositories = _grouped(
        tx,
        select(_r.namespace_id, func.count(), func.max(_r.modified_ms))
        .where(_r.namespace_id.in_(ids))
        .group_by(_r.namespace_id),
    )
    teams = _grouped(
        tx,
        select(_t.organization_id, func.count(_t.id.distinct()), func.count(is_person.distinct()))
        .outerjoin(schema.team_members, _m.team_id == _t.id)
        .outerjoin(robots, robots.c.id == _m.user_id)
        .where(_t.organization_id.in_(ids))
        .group_by(_t.organization_id),
    )
    own_robots = _grouped(
        tx,
        select(robots.c.namespace_id, func.count())
        .where(robots.c.namespace_id.in_(ids))
        .group_by(robots.c.namespace_id),
    )
    found: dict[int, tuple[int, int, int, int, int | None]] = {}
    for one in ids:
        repository_count, modified_ms = repositories.get(one, (0, None))
        team_count, member_count = teams.get(one, (0, 0))
        robot_count = own_robots.get(one, (0,))[0]
        found[one] = (repository_count, team_count, member_count, robot_count, modified_ms)
    return found


def _grouped(tx: Connection, query: Select[Any]) -> dict[int, tuple[Any, ...]]:
    """Each row by its first column."""
    return {row[0]: tuple(row[1:]) for row in tx.execute(query)}
