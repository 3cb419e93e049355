"""Descriptions of manifests as rows: what waits to be read, what was read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    insert,
    select,
    text,
    update,
)

from moorage.artifacts.description import ArtifactKind, Description, State
from moorage.charts.version import sort_key, version_of_tag
from moorage.db import schema
from moorage.db.artifact_tags import is_signed
from moorage.db.artifacts_schema import artifact_links, artifact_texts, artifacts
from moorage.db.manifests import unindex

_m, _r, _a = schema.manifests.c, schema.repositories.c, artifacts.c
_t, _x = schema.tags.c, artifact_texts.c
_b, _l = schema.blobs.c, schema.repository_blobs.c


@dataclass(frozen=True, slots=True)
class Waiting:
    """A manifest whose content has not been read yet."""

    id: int
    repository: str
    repository_id: int
    digest: str
    media_type: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """A manifest with what was read of it."""

    id: int
    digest: str
    kind: ArtifactKind
    size_bytes: int
    created_ms: int
    state: State
    reason: str
    title: str
    version: str
    app_version: str
    summary: str
    keywords: tuple[str, ...]
    is_deprecated: bool
    details: bytes | None
    """The kind's own dataclass as compressed JSON."""


def has_waiting(tx: Connection, without: Sequence[int]) -> bool:
    """Whether a manifest waits to be read, a repository to be indexed or a tag to be sorted.

    The manifests `without` do not count.
    """
    asked = (
        select(_m.id).where(_waits(without)).limit(1),
        select(_r.id).where(text("NOT is_indexed")).limit(1),
        select(_t.id).where(_t.version_key.is_(None)).limit(1),
    )
    return any(tx.execute(query).first() is not None for query in asked)


def has_unsorted_tags(tx: Connection) -> bool:
    return tx.execute(select(_t.id).where(_t.version_key.is_(None)).limit(1)).first() is not None


def list_waiting(tx: Connection, without: Sequence[int], limit: int) -> list[Waiting]:
    """The newest first: who pushes now looks now; what was there before the upgrade can wait."""
    query = (
        select(_m.id, _r.name, _m.repository_id, _m.digest, _m.media_type, _m.raw)
        .join(schema.repositories, _r.id == _m.repository_id)
        .where(_waits(without))
        .order_by(_m.id.desc())
    )
    return [Waiting(*row) for row in tx.execute(query.limit(limit))]


def blob_locations(tx: Connection, repository_id: int, digests: Sequence[str]) -> dict[str, str]:
    """Where blobs of the repository lie, by digest."""
    found: dict[str, str] = {}
    for start in range(0, len(digests), 500):
        rows = tx.execute(
            select(_b.digest, _b.location)
            .join(schema.repository_blobs, _l.blob_id == _b.id)
            .where(_l.repository_id == repository_id, _b.digest.in_(digests[start : start + 500]))
        )
        found.update({row[0]: row[1] for row in rows})
    return found


def sort_tags(tx: Connection, limit: int) -> int:
    """Give tags from before the upgrade their version keys; how many there were."""
    rows = tx.execute(select(_t.id, _t.name).where(_t.version_key.is_(None)).limit(limit)).all()
    for row in rows:
        tx.execute(
            update(schema.tags)
            .where(_t.id == row.id)
            .values(version_key=sort_key(version_of_tag(row.name)))
        )
    return len(rows)


def put_description(
    tx: Connection, waiting: Waiting, description: Description, size_bytes: int, now_ms: int
) -> None:
    """Keep what was read. A manifest that was collected meanwhile is left alone."""
    if _mark(tx, waiting.id, description.kind, size_bytes, now_ms):
        _write(tx, waiting.id, State.DESCRIBED, "", description)
        unindex(tx, [waiting.repository_id])


def put_unreadable(
    tx: Connection,
    waiting: Waiting,
    known: Description,
    reason: str,
    size_bytes: int,
    now_ms: int,
) -> None:
    """Keep why it could not be read, and what is known all the same; it is not tried again."""
    if _mark(tx, waiting.id, known.kind, size_bytes, now_ms):
        _write(tx, waiting.id, State.UNREADABLE, reason, known)
        unindex(tx, [waiting.repository_id])


def find_artifact(tx: Connection, repository_id: int, digest: str) -> StoredArtifact | None:
    row = tx.execute(
        _STORED.where(
            _m.repository_id == repository_id, _m.digest == digest, _m.deleted_ms.is_(None)
        )
    ).first()
    return _stored(row) if row else None


def list_artifacts(
    tx: Connection, repository_id: int, digests: Iterable[str]
) -> dict[str, StoredArtifact]:
    wanted = list(digests)
    if not wanted:
        return {}
    query = _STORED.where(_m.repository_id == repository_id, _m.digest.in_(wanted))
    return {row.digest: _stored(row) for row in tx.execute(query)}


def is_signed_artifact(tx: Connection, manifest_id: int) -> bool:
    query = (
        select(is_signed())
        .select_from(schema.manifests)
        .outerjoin(artifacts, _a.manifest_id == _m.id)
        .where(_m.id == manifest_id)
    )
    return bool(tx.scalar(query))


def find_text(tx: Connection, manifest_id: int, role: str) -> str | None:
    content = tx.scalar(select(_x.content).where(_x.manifest_id == manifest_id, _x.role == role))
    return unpacked(content).decode() if content is not None else None


def packed(content: bytes) -> bytes:
    return zlib.compress(content, 6)


def unpacked(content: bytes) -> bytes:
    """What `packed` made: our own bytes, never a client's."""
    return zlib.decompress(content)


def _waits(without: Sequence[int]) -> ColumnElement[bool]:
    waits = _m.described_ms.is_(None)
    return and_(waits, _m.id.not_in(without)) if without else waits


def _mark(
    tx: Connection, manifest_id: int, kind: ArtifactKind, size_bytes: int, now_ms: int
) -> bool:
    marked = tx.execute(
        update(schema.manifests)
        .where(_m.id == manifest_id)
        .values(described_ms=now_ms, kind=kind, size_bytes=size_bytes)
    )
    return marked.rowcount == 1


def _write(
    tx: Connection, manifest_id: int, state: State, reason: str, description: Description
) -> None:
    for table in (artifact_links, artifact_texts, artifacts):
        tx.execute(delete(table).where(table.c.manifest_id == manifest_id))
    details = description.details
    tx.execute(
        insert(artifacts).values(
            manifest_id=manifest_id,
            state=state,
            reason=reason,
            title=description.title,
            version=description.version,
            app_version=description.app_version,
            summary=description.summary,
            keywords=json.dumps(description.keywords),
            is_deprecated=description.is_deprecated,
            is_signed=description.is_signed,
            details=packed(details) if isinstance(details, bytes) else None,
        )
    )
    texts = [
        {"manifest_id": manifest_id, "role": role, "content": packed(content.encode())}
        for role, content in description.texts.items()
    ]
    links = [
        {
            "manifest_id": manifest_id,
            "relation": link.relation,
            "name": link.name,
            "wanted": link.wanted,
            "source": link.source,
        }
        for link in description.links
    ]
    if texts:
        tx.execute(insert(artifact_texts), texts)
    if links:
        tx.execute(insert(artifact_links), links)


def _stored(row: Row[Any]) -> StoredArtifact:
    return StoredArtifact(
        id=row.id,
        digest=row.digest,
        kind=ArtifactKind(row.kind or ArtifactKind.GENERIC),
        size_bytes=row.size_bytes or 0,
        created_ms=row.created_ms,
        state=State(row.state or State.PENDING),
        reason=row.reason or "",
        title=row.title or "",
        version=row.version or "",
        app_version=row.app_version or "",
        summary=row.summary or "",
        keywords=tuple(json.loads(row.keywords or "[]")),
        is_deprecated=bool(row.is_deprecated),
        details=row.details,
    )


_STORED: Select[Any] = (
    select(
        _m.id,
        _m.digest,
        _m.kind,
        _m.size_bytes,
        _m.created_ms,
        _a.state,
        _a.reason,
        _a.title,
        _a.version,
        _a.app_version,
        _a.summary,
        _a.keywords,
        _a.is_deprecated,
        _a.details,
    )
    .select_from(schema.manifests)
    .outerjoin(artifacts, _a.manifest_id == _m.id)
)
