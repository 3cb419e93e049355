"""The history of tags, and what the management API shows of repositories and manifests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from moorage.db import schema
from moorage.db.manifests import is_live
from moorage.oci import media

_t, _m, _l = schema.tags.c, schema.manifests.c, schema.labels.c


@dataclass(frozen=True, slots=True)
class TagRecord:
    """A live or ended tag. `ended_ms` also tells of one that has expired."""

    name: str
    is_reversion: bool
    started_ms: int
    ended_ms: int | None
    expires_ms: int | None
    digest: str
    media_type: str
    raw: bytes

    @property
    def is_index(self) -> bool:
        return self.media_type in media.INDEXES


@dataclass(frozen=True, slots=True)
class StoredLabel:
    id: str
    key: str
    value: str
    media_type: str


_TAG = select(
    _t.name,
    _t.is_reversion,
    _t.started_ms,
    _t.ended_ms,
    _t.expires_ms,
    _m.digest,
    _m.media_type,
    _m.raw,
).join(schema.manifests, _m.id == _t.manifest_id)


def list_history(
    tx: Connection,
    repository_id: int,
    now_ms: int,
    offset: int,
    limit: int,
    *,
    name: str | None = None,
    like: str | None = None,
    live_only: bool = False,
) -> list[TagRecord]:
    """Tags, the newest first, live and ended; `like` is a part of the name."""
    query = _TAG.where(_t.repository_id == repository_id)
    if name is not None:
        query = query.where(_t.name == name)
    if like is not None:
        query = query.where(_t.name.contains(like, autoescape=True))
    if live_only:
        query = query.where(is_live(now_ms))
    query = query.order_by(_t.started_ms.desc(), _t.id.desc()).offset(offset).limit(limit)
    return [TagRecord(*row) for row in tx.execute(query)]


def list_live(tx: Connection, repository_id: int, now_ms: int, limit: int) -> list[TagRecord]:
    query = _TAG.where(_t.repository_id == repository_id, is_live(now_ms))
    return [TagRecord(*row) for row in tx.execute(query.order_by(_t.name).limit(limit))]


def find_live(tx: Connection, repository_id: int, name: str, now_ms: int) -> tuple[int, int] | None:
    """The id of the tag's row and of its manifest."""
    row = tx.execute(
        select(_t.id, _t.manifest_id).where(
            _t.repository_id == repository_id, _t.name == name, is_live(now_ms)
        )
    ).first()
    return (row[0], row[1]) if row else None


def set_expiry(tx: Connection, tag_id: int, expires_ms: int | None) -> None:
    tx.execute(update(schema.tags).where(_t.id == tag_id).values(expires_ms=expires_ms))


def find_manifest(
    tx: Connection, repository_id: int, digest: str, *, deleted_after_ms: int | None = None
) -> tuple[int, str, bytes] | None:
    """Id, media type and bytes; with a time also of a manifest that was deleted since."""
    alive: ColumnElement[bool] = _m.deleted_ms.is_(None)
    if deleted_after_ms is not None:
        alive = or_(alive, _m.deleted_ms > deleted_after_ms)
    row = tx.execute(
        select(_m.id, _m.media_type, _m.raw).where(
            _m.repository_id == repository_id, _m.digest == digest, alive
        )
    ).first()
    return (row[0], row[1], row[2]) if row else None


def revive_manifest(tx: Connection, manifest_id: int) -> None:
    tx.execute(update(schema.manifests).where(_m.id == manifest_id).values(deleted_ms=None))


def was_tagged(
    tx: Connection, repository_id: int, name: str, manifest_id: int, since_ms: int
) -> bool:
    """Whether the tag named the manifest at some time since then."""
    query = select(_t.id).where(
        _t.repository_id == repository_id,
        _t.name == name,
        _t.manifest_id == manifest_id,
        or_(_t.ended_ms.is_(None), _t.ended_ms >= since_ms),
    )
    return tx.execute(query.limit(1)).first() is not None


def list_labels(tx: Connection, manifest_id: int, limit: int) -> list[StoredLabel]:
    query = select(_l.id, _l.key, _l.value, _l.media_type).where(_l.manifest_id == manifest_id)
    return [StoredLabel(*row) for row in tx.execute(query.order_by(_l.key, _l.id).limit(limit))]


def add_label(tx: Connection, manifest_id: int, label: StoredLabel) -> None:
    tx.execute(
        insert(schema.labels).values(
            id=label.id,
            manifest_id=manifest_id,
            key=label.key,
            value=label.value,
            media_type=label.media_type,
        )
    )


def remove_label(tx: Connection, manifest_id: int, label_id: str) -> bool:
    gone = tx.execute(
        schema.labels.delete().where(_l.manifest_id == manifest_id, _l.id == label_id)
    )
    return gone.rowcount == 1
