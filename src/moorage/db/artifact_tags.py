"""Tags with what they name, in the order of their versions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
)

from moorage.artifacts.description import ArtifactKind, State
from moorage.db import schema
from moorage.db.artifacts_schema import artifacts
from moorage.db.manifests import is_live
from moorage.oci import media

_t, _m, _a = schema.tags.c, schema.manifests.c, artifacts.c
Sort = Literal["version", "name", "modified", "size"]


@dataclass(frozen=True, slots=True)
class TaggedArtifact:
    """A live tag and the artifact that it names."""

    id: int
    name: str
    started_ms: int
    expires_ms: int | None
    version_key: str
    digest: str
    media_type: str
    kind: ArtifactKind
    size_bytes: int | None
    state: State
    title: str
    version: str
    app_version: str
    is_deprecated: bool
    is_signed: bool

    @property
    def is_version(self) -> bool:
        return bool(self.version_key)

    @property
    def is_prerelease(self) -> bool:
        return "-" in self.version_key


@dataclass(frozen=True, slots=True)
class TagOrder:
    sort: Sort = "version"
    descending: bool = True

    @property
    def position(self) -> str:
        """What a place in this order is called; it means nothing in another."""
        return f"tag and {self.sort}"


@dataclass(frozen=True, slots=True)
class TagQuery:
    """`part` is a part of the name."""

    part: str = ""
    kind: ArtifactKind | None = None
    signed: bool | None = None


def list_tags(
    tx: Connection,
    repository_id: int,
    order: TagOrder,
    wanted: TagQuery,
    after: str,
    now_ms: int,
    limit: int,
) -> list[TaggedArtifact]:
    """A page of live tags behind the position `after`, "" for the first."""
    key = _SORTS[order.sort]
    query = (
        select(_t.id)
        .join(schema.manifests, _m.id == _t.manifest_id)
        .outerjoin(artifacts, _a.manifest_id == _m.id)
        .where(*_conditions(repository_id, wanted, now_ms))
    )
    if after:
        value, tag_id = json.loads(after)
        if order.descending:
            behind = or_(key < value, and_(key == value, _t.id < tag_id))
        else:
            behind = or_(key > value, and_(key == value, _t.id > tag_id))
        query = query.where(behind)
    ordered = (key.desc(), _t.id.desc()) if order.descending else (key, _t.id)
    ids = list(tx.execute(query.order_by(*ordered).limit(limit)).scalars())
    # What a row shows is asked for the page alone: SQLite would look up all before it sorts.
    found = {row[0]: _tagged(row) for row in tx.execute(_TAGGED.where(_t.id.in_(ids)))}
    return [found[tag_id] for tag_id in ids]


def position_of(one: TaggedArtifact, order: TagOrder) -> str:
    values = {
        "version": one.version_key,
        "name": one.name,
        "modified": one.started_ms,
        "size": one.size_bytes or 0,
    }
    return json.dumps([values[order.sort], one.id])


def count_tags(tx: Connection, repository_id: int, wanted: TagQuery, now_ms: int) -> int:
    query = (
        select(func.count())
        .select_from(schema.tags)
        .join(schema.manifests, _m.id == _t.manifest_id)
        .outerjoin(artifacts, _a.manifest_id == _m.id)
        .where(*_conditions(repository_id, wanted, now_ms))
    )
    return int(tx.scalar(query) or 0)


def find_tagged(tx: Connection, repository_id: int, tag: str, now_ms: int) -> TaggedArtifact | None:
    query = _TAGGED.where(_t.repository_id == repository_id, _t.name == tag, is_live(now_ms))
    row = tx.execute(query).first()
    return _tagged(row) if row else None


def tags_of(tx: Connection, manifest_id: int, now_ms: int, limit: int) -> list[str]:
    """The live tags that name a manifest, the highest version first."""
    query = select(_t.name).where(_t.manifest_id == manifest_id, is_live(now_ms))
    ordered = query.order_by(func.coalesce(_t.version_key, "").desc(), _t.name)
    return list(tx.execute(ordered.limit(limit)).scalars())


def is_signed() -> ColumnElement[bool]:
    """Of a manifest: a signature came with it, names it as its subject, or has cosign's tag."""
    referrers = schema.manifests.alias("referrers")
    signatures = schema.tags.alias("signatures")
    by_subject = exists(
        select(1).where(
            referrers.c.repository_id == _m.repository_id,
            referrers.c.subject_digest == _m.digest,
            referrers.c.kind == ArtifactKind.SIGNATURE,
            referrers.c.deleted_ms.is_(None),
        )
    )
    cosign_tag = literal("sha256-") + func.substr(_m.digest, 8) + literal(".sig")
    by_tag = exists(
        select(1).where(
            signatures.c.repository_id == _m.repository_id,
            signatures.c.name == cosign_tag,
            signatures.c.ended_ms.is_(None),
        )
    )
    return or_(func.coalesce(_a.is_signed, False), by_subject, by_tag)


def _conditions(
    repository_id: int, wanted: TagQuery, now_ms: int
) -> tuple[ColumnElement[bool], ...]:
    found: list[ColumnElement[bool]] = [_t.repository_id == repository_id, is_live(now_ms)]
    if wanted.part:
        found.append(_t.name.contains(wanted.part, autoescape=True))
    if wanted.kind is not None:
        found.append(_m.kind == wanted.kind)
    if wanted.signed is not None:
        found.append(is_signed() if wanted.signed else ~is_signed())
    return tuple(found)


def _tagged(row: Row[Any]) -> TaggedArtifact:
    return TaggedArtifact(
        id=row.id,
        name=row.name,
        started_ms=row.started_ms,
        expires_ms=row.expires_ms,
        version_key=row.version_key or "",
        digest=row.digest,
        media_type=row.media_type,
        kind=ArtifactKind(row.kind or ArtifactKind.GENERIC),
        size_bytes=None if row.media_type in media.INDEXES else row.size_bytes,
        state=State(row.state or State.PENDING),
        title=row.title or "",
        version=row.version or "",
        app_version=row.app_version or "",
        is_deprecated=bool(row.is_deprecated),
        is_signed=bool(row.is_signed),
    )


_SORTS: dict[Sort, ColumnElement[Any]] = {
    "version": func.coalesce(_t.version_key, ""),
    "name": _t.name,
    "modified": _t.started_ms,
    "size": func.coalesce(_m.size_bytes, 0),
}
_TAGGED: Select[Any] = (
    select(
        _t.id,
        _t.name,
        _t.started_ms,
        _t.expires_ms,
        _t.version_key,
        _m.digest,
        _m.media_type,
        _m.kind,
        _m.size_bytes,
        _a.state,
        _a.title,
        _a.version,
        _a.app_version,
        _a.is_deprecated,
        is_signed().label("is_signed"),
    )
    .select_from(schema.tags)
    .join(schema.manifests, _m.id == _t.manifest_id)
    .outerjoin(artifacts, _a.manifest_id == _m.id)
)
