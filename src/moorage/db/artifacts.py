"""Descriptions of manifests as rows: what waits to be read, what was read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, insert, select, text, update

from moorage.artifacts.description import ArtifactKind, Description, State
from moorage.db import schema
from moorage.db.artifact_tags import is_signed
from moorage.db.artifacts_schema import artifact_links, artifact_texts, artifacts

_m, _r, _a = schema.manifests.c, schema.repositories.c, artifacts.c
_t, _x = schema.tags.c, artifact_texts.c


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


def has_waiting(tx: Connection) -> bool:
    """Whether a manifest waits to be read, a repository to be indexed or a tag to be sorted."""
    asked = (
        select(_m.id).where(_m.described_ms.is_(None)).limit(1),
        select(_r.id).where(text("NOT is_indexed")).limit(1),
        select(_t.id).where(_t.version_key.is_(None)).limit(1),
    )
    return any(tx.execute(query).first() is not None for query in asked)


def list_waiting(tx: Connection, limit: int) -> list[Waiting]:
    """The newest first: who pushes now looks now; what was there before the upgrade can wait."""
    query = (
        select(_m.id, _r.name, _m.repository_id, _m.digest, _m.media_type, _m.raw)
        .join(schema.repositories, _r.id == _m.repository_id)
        .where(_m.described_ms.is_(None))
        .order_by(_m.id.desc())
    )
    return [Waiting(*row) for row in tx.execute(query.limit(limit))]


def put_description(
    tx: Connection, waiting: Waiting, description: Description, size_bytes: int, now_ms: int
) -> None:
    """Keep what was read. A manifest that was collected meanwhile is left alone."""
    if _mark(tx, waiting.id, description.kind, size_bytes, now_ms):
        _write(tx, waiting.id, State.DESCRIBED, "", description)
        _unindex(tx, waiting.repository_id)


def put_unreadable(
    tx: Connection,
    waiting: Waiting,
    kind: ArtifactKind,
    reason: str,
    size_bytes: int,
    now_ms: int,
) -> None:
    """Keep why it could not be read; it is not tried again."""
    if _mark(tx, waiting.id, kind, size_bytes, now_ms):
        _write(tx, waiting.id, State.UNREADABLE, reason, Description(kind, None))
        _unindex(tx, waiting.repository_id)


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
    query = _STORED.where(_m.repository_id == repository_id, _m.digest.in_(list(digests)))
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


def _mark(
    tx: Connection, manifest_id: int, kind: ArtifactKind, size_bytes: int, now_ms: int
) -> bool:
    marked = tx.execute(
        update(schema.manifests)
        .where(_m.id == manifest_id)
        .values(described_ms=now_ms, kind=kind, size_bytes=size_bytes)
    )
    return marked.rowcount == 1


def _unindex(tx: Connection, repository_id: int) -> None:
    tx.execute(update(schema.repositories).where(_r.id == repository_id).values(is_indexed=False))


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
            details=packed(msgspec.json.encode(details)) if details is not None else None,
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
