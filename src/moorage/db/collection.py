"""What the collector asks and removes.

Rows with `due_ms` in the past are looked at; a row that is still needed loses its `due_ms` and is
due again when what needs it goes away. Nothing is ever scanned, so the work is in proportion to
what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Table,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from moorage.db import schema
from moorage.db.manifests import unindex

_r, _m, _t = schema.repositories.c, schema.manifests.c, schema.tags.c
_b, _l, _f = schema.blobs.c, schema.repository_blobs.c, schema.manifest_references.c
_u, _p, _n = schema.uploads.c, schema.upload_parts.c, schema.namespaces.c


class Kind(StrEnum):
    UPLOAD = "upload"
    MANIFEST = "manifest"
    LINK = "link"
    BLOB = "blob"
    STRAY = "stray"


@dataclass(frozen=True, slots=True)
class DueRow:
    """A row that the collector looks at, in its repository."""

    id: int
    repository_id: int


@dataclass(frozen=True, slots=True)
class Garbage:
    """Something that was removed, and why. The bytes of a blob still lie at its `location`."""

    kind: Kind
    what: str
    reason: str
    repository: str = ""
    size_bytes: int = 0
    location: str = ""


def end_expired_tags(tx: Connection, now_ms: int, limit: int) -> int:
    """End the rows of tags that have expired: they are history like any other from then on."""
    rows = tx.execute(
        select(_t.id, _t.repository_id)
        .where(_t.expires_ms.is_not(None), _t.ended_ms.is_(None), _t.expires_ms <= now_ms)
        .order_by(_t.expires_ms)
        .limit(limit)
    ).all()
    if rows:
        tx.execute(
            update(schema.tags)
            .where(_t.id.in_([row.id for row in rows]), _t.ended_ms.is_(None))
            .values(ended_ms=_t.expires_ms)
        )
        unindex(tx, sorted({row.repository_id for row in rows}))
    return len(rows)


def purge_tag_history(tx: Connection, reach_ms: int, now_ms: int, limit: int) -> int:
    """Drop tags that ended before the time machine's reach; their manifests become due.

    `reach_ms` is how far it reaches back where the namespace does not say otherwise.
    """
    own_reach = func.coalesce(cast(_n.tag_expiration_seconds, BigInteger) * 1000, reach_ms)
    rows = tx.execute(
        select(_t.id, _t.manifest_id)
        .join(schema.repositories, _r.id == _t.repository_id)
        .join(schema.namespaces, _n.id == _r.namespace_id)
        .where(_t.ended_ms.is_not(None), _t.ended_ms <= now_ms - own_reach)
        .order_by(_t.ended_ms)
        .limit(limit)
    ).all()
    _delete_ids(tx, schema.tags, [row.id for row in rows])
    _make_due(tx, schema.manifests, sorted({row.manifest_id for row in rows}), now_ms)
    return len(rows)


def due_manifests(tx: Connection, now_ms: int, limit: int) -> list[DueRow]:
    rows = tx.execute(
        select(_m.id, _m.repository_id)
        .where(_m.due_ms.is_not(None), _m.due_ms <= now_ms)
        .order_by(_m.due_ms)
        .limit(limit)
    )
    return [DueRow(*row) for row in rows]


def collect_manifest(tx: Connection, manifest_id: int, now_ms: int) -> list[Garbage]:
    """Remove the manifest, and the referrers that went with it, unless it is needed.

    Call with the repository locked. What it referred to becomes due.
    """
    row = tx.execute(
        select(_m.digest, _m.repository_id, _m.deleted_ms, _m.due_ms, _r.name)
        .join(schema.repositories, _r.id == _m.repository_id)
        .where(_m.id == manifest_id)
    ).first()
    if row is None or row.due_ms is None or row.due_ms > now_ms:
        return []
    if tx.scalar(select(_is_needed()).where(_m.id == manifest_id)):
        tx.execute(update(schema.manifests).where(_m.id == manifest_id).values(due_ms=None))
        return []
    why = "was deleted" if row.deleted_ms is not None else "has no tag and is in no index"
    found: list[Garbage] = []
    waiting = [(manifest_id, row.digest, f"{why}, and the time to restore it is over")]
    while waiting:
        gone_id, digest, reason = waiting.pop()
        found.append(
            _remove_manifest(tx, gone_id, row.repository_id, digest, row.name, reason, now_ms)
        )
        waiting += [
            (referrer.id, referrer.digest, f"refers to {digest}, which is gone")
            for referrer in _lone_referrers(tx, row.repository_id, digest)
        ]
    return found


def due_links(tx: Connection, now_ms: int, limit: int) -> list[DueRow]:
    """Blobs of repositories that may be without a manifest there."""
    rows = tx.execute(
        select(_l.blob_id, _l.repository_id)
        .where(_l.due_ms.is_not(None), _l.due_ms <= now_ms)
        .order_by(_l.due_ms)
        .limit(limit)
    )
    return [DueRow(*row) for row in rows]


def collect_link(tx: Connection, link: DueRow, now_ms: int) -> list[Garbage]:
    """Take a blob out of a repository where no manifest names it. The repository is locked."""
    this = (_l.repository_id == link.repository_id, _l.blob_id == link.id)
    row = tx.execute(
        select(_b.digest, _b.size_bytes, _r.name)
        .select_from(schema.repository_blobs)
        .join(schema.blobs, _b.id == _l.blob_id)
        .join(schema.repositories, _r.id == _l.repository_id)
        .where(*this, _l.due_ms <= now_ms)
    ).first()
    if row is None:
        return []
    is_named = exists(
        select(1).where(_f.repository_id == link.repository_id, _f.digest == row.digest, _f.is_blob)
    )
    if tx.scalar(select(is_named)):
        tx.execute(update(schema.repository_blobs).where(*this).values(due_ms=None))
        return []
    tx.execute(delete(schema.repository_blobs).where(*this))
    _make_due(tx, schema.blobs, [link.id], now_ms)
    reason = "no manifest of the repository names it"
    return [Garbage(Kind.LINK, row.digest, reason, row.name)]


def due_blobs(tx: Connection, now_ms: int, limit: int) -> list[int]:
    rows = tx.execute(
        select(_b.id)
        .where(_b.due_ms.is_not(None), _b.due_ms <= now_ms)
        .order_by(_b.due_ms)
        .limit(limit)
    )
    return list(rows.scalars())


def collect_blob(tx: Connection, blob_id: int) -> list[Garbage]:
    """Remove a blob that no repository holds. Its bytes go after the commit, not before.

    A link that another transaction makes meanwhile either waits for this one and then finds the
    row gone, or makes the deletion fail on its foreign key.
    """
    is_held = exists(select(1).where(_l.blob_id == blob_id))
    if tx.scalar(select(is_held)):
        tx.execute(update(schema.blobs).where(_b.id == blob_id).values(due_ms=None))
        return []
    row = tx.execute(
        delete(schema.blobs)
        .where(_b.id == blob_id)
        .returning(_b.digest, _b.size_bytes, _b.location)
    ).first()
    if row is None:
        return []
    reason = "no repository holds it"
    return [
        Garbage(Kind.BLOB, row.digest, reason, size_bytes=row.size_bytes, location=row.location)
    ]


def keep_blob(tx: Connection, blob_id: int) -> None:
    """A blob that was linked again while it was looked at."""
    tx.execute(update(schema.blobs).where(_b.id == blob_id).values(due_ms=None))


def make_unheld_due(tx: Connection, after_id: int, now_ms: int, limit: int) -> int | None:
    """Find blobs that lost their last repository at once (it was deleted), a page at a time.

    The id to go on after; None at the end.
    """
    ids: list[int] = list(
        tx.execute(select(_b.id).where(_b.id > after_id).order_by(_b.id).limit(limit)).scalars()
    )
    if not ids:
        return None
    tx.execute(
        update(schema.blobs)
        .where(
            _b.id.in_(ids),
            _b.due_ms.is_(None),
            ~exists(select(1).where(_l.blob_id == _b.id)),
        )
        .values(due_ms=now_ms)
    )
    return ids[-1]


def known_locations(tx: Connection, locations: list[str]) -> set[str]:
    """Which of `locations` a row names."""
    of_blobs = select(_b.location).where(_b.location.in_(locations))
    of_parts = select(_p.location).where(_p.location.in_(locations))
    return set(tx.execute(of_blobs.union(of_parts)).scalars())


def known_uploads(tx: Connection, upload_ids: list[str]) -> set[str]:
    return set(tx.execute(select(_u.id).where(_u.id.in_(upload_ids))).scalars())


def _is_needed() -> ColumnElement[bool]:
    """Of a manifest: a tag, past or present, a parent, or (unless deleted) a subject.

    A subject that was never here counts: its referrers may have been pushed first.
    """
    parents = schema.manifest_references.alias("parents")
    has_tag = exists(select(1).where(_t.manifest_id == _m.id))
    has_parent = exists(
        select(1).where(
            parents.c.repository_id == _m.repository_id,
            parents.c.digest == _m.digest,
            parents.c.is_blob.is_(False),
        )
    )
    is_referrer = _m.subject_digest.is_not(None) & _m.deleted_ms.is_(None)
    return or_(has_tag, has_parent, is_referrer)


def _lone_referrers(tx: Connection, repository_id: int, subject: str) -> Sequence[Row[Any, Any]]:
    """Referrers of a subject that nothing else needs."""
    parents = schema.manifest_references.alias("parents")
    return tx.execute(
        select(_m.id, _m.digest)
        .where(
            _m.repository_id == repository_id,
            _m.subject_digest == subject,
            ~exists(select(1).where(_t.manifest_id == _m.id)),
            ~exists(
                select(1).where(
                    parents.c.repository_id == repository_id,
                    parents.c.digest == _m.digest,
                    parents.c.is_blob.is_(False),
                )
            ),
        )
        .limit(10_000)
    ).all()


def _remove_manifest(
    tx: Connection,
    manifest_id: int,
    repository_id: int,
    digest: str,
    repository: str,
    reason: str,
    now_ms: int,
) -> Garbage:
    """Its blobs and children become due: they may have been needed by it alone."""
    named = select(_f.digest).where(_f.manifest_id == manifest_id)
    blob_ids = select(_b.id).where(_b.digest.in_(named))
    tx.execute(
        update(schema.repository_blobs)
        .where(_l.repository_id == repository_id, _l.blob_id.in_(blob_ids))
        .values(due_ms=now_ms)
    )
    tx.execute(
        update(schema.manifests)
        .where(_m.repository_id == repository_id, _m.digest.in_(named))
        .values(due_ms=now_ms)
    )
    tx.execute(delete(schema.manifests).where(_m.id == manifest_id))
    return Garbage(Kind.MANIFEST, digest, reason, repository)


def _delete_ids(tx: Connection, table: Table, ids: list[int]) -> None:
    if ids:
        tx.execute(delete(table).where(table.c.id.in_(ids)))


def _make_due(tx: Connection, table: Table, ids: list[int], now_ms: int) -> None:
    if ids:
        tx.execute(update(table).where(table.c.id.in_(ids)).values(due_ms=now_ms))
