"""Uploads in progress, and the parts they have in an object store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from moorage.db import schema
from moorage.db.engine import Statement
from moorage.model.content import Part, Upload

_u, _p = schema.uploads.c, schema.upload_parts.c
_UPLOAD = select(_u.id, _u.repository_id, _u.received_bytes, _u.algorithm)

FIND_UPLOAD = Statement(
    _UPLOAD.add_columns(_u.user_id)
    .join(schema.repositories, schema.repositories.c.id == _u.repository_id)
    .where(_u.id == bindparam("upload_id"), schema.repositories.c.name == bindparam("name")),
    "upload_id",
    "name",
)
"""An upload of a repository without its parts, and whose it is."""


def add_upload(
    tx: Connection, upload_id: str, repository_id: int, user_id: int, algorithm: str, now_ms: int
) -> None:
    tx.execute(
        insert(schema.uploads).values(
            id=upload_id,
            repository_id=repository_id,
            user_id=user_id,
            received_bytes=0,
            algorithm=algorithm,
            created_ms=now_ms,
            touched_ms=now_ms,
        )
    )


def count_uploads(tx: Connection, user_id: int, limit: int) -> int:
    """How many uploads the user has open, counted up to `limit`."""
    return len(tx.execute(select(_u.id).where(_u.user_id == user_id).limit(limit)).all())


def idle_uploads(tx: Connection, before_ms: int, limit: int) -> list[Upload]:
    """Uploads without a request since `before_ms`."""
    rows = tx.execute(_UPLOAD.where(_u.touched_ms < before_ms).order_by(_u.touched_ms).limit(limit))
    return [Upload(*row, parts=parts_of(tx, row.id)) for row in rows]


def advance(
    tx: Connection, upload: Upload, received_bytes: int, parts: Sequence[Part], now_ms: int
) -> bool:
    """Write down what arrived; False when another request has moved the upload meanwhile."""
    moved = tx.execute(
        update(schema.uploads)
        .where(_u.id == upload.id, _u.received_bytes == upload.received_bytes)
        .values(received_bytes=received_bytes, touched_ms=now_ms)
    )
    if moved.rowcount != 1:
        return False
    offset = sum(part.size_bytes for part in upload.parts)
    for part in parts[len(upload.parts) :]:
        tx.execute(
            insert(schema.upload_parts).values(
                upload_id=upload.id,
                offset_bytes=offset,
                size_bytes=part.size_bytes,
                location=part.location,
            )
        )
        offset += part.size_bytes
    return True


def remove_upload(tx: Connection, upload_id: str) -> bool:
    gone = tx.execute(delete(schema.uploads).where(_u.id == upload_id))
    return gone.rowcount == 1


def remove_idle_upload(tx: Connection, upload_id: str, before_ms: int) -> bool:
    """False when a request came meanwhile, or finished it."""
    gone = tx.execute(delete(schema.uploads).where(_u.id == upload_id, _u.touched_ms < before_ms))
    return gone.rowcount == 1


def parts_of(tx: Connection, upload_id: str) -> tuple[Part, ...]:
    rows = tx.execute(
        select(_p.location, _p.size_bytes)
        .where(_p.upload_id == upload_id)
        .order_by(_p.offset_bytes)
    )
    return tuple(Part(*row) for row in rows)
