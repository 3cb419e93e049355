"""Blobs, and the repositories that hold them."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, select, update

from moorage.db import schema
from moorage.db.engine import Statement, insert_new
from moorage.db.permissions import visible_to
from moorage.model.accounts import Actor
from moorage.model.content import StoredBlob
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName

_r, _b, _l = schema.repositories.c, schema.blobs.c, schema.repository_blobs.c
TRIES = 10

FIND_BLOB = Statement(
    select(_b.size_bytes, _r.visibility, _b.location)
    .select_from(schema.repositories)
    .join(schema.repository_blobs, _l.repository_id == _r.id)
    .join(schema.blobs, _b.id == _l.blob_id)
    .where(_r.name == bindparam("name"), _b.digest == bindparam("digest")),
    "name",
    "digest",
)
"""The pull path of a blob: its size, the repository's visibility, its location."""


def has_visible_blob(
    tx: Connection, actor: Actor, digest: Digest, source: RepositoryName | None
) -> bool:
    """Whether a repository visible to `actor` (or only `source`, if given) holds the blob."""
    query = (
        select(_b.id)
        .join(schema.repository_blobs, _l.blob_id == _b.id)
        .join(schema.repositories, _r.id == _l.repository_id)
        .where(_b.digest == digest, visible_to(actor))
        .limit(1)
    )
    if source is not None:
        query = query.where(_r.name == source)
    return tx.execute(query).first() is not None


def add_blob(tx: Connection, repository_id: int, blob: StoredBlob, now_ms: int, due_ms: int) -> str:
    """Make new bytes part of a repository; the location that counts from now on.

    It is another than `blob.location` where the same content was there already.
    """
    for _ in range(TRIES):
        insert_new(
            tx,
            schema.blobs,
            digest=blob.digest,
            size_bytes=blob.size_bytes,
            location=blob.location,
            created_ms=now_ms,
        )
        if (location := link_blob(tx, repository_id, blob.digest, now_ms, due_ms)) is not None:
            return location
    raise RuntimeError(f"blob {blob.digest} was collected {TRIES} times within one transaction")


def link_blob(
    tx: Connection, repository_id: int, digest: Digest, now_ms: int, due_ms: int
) -> str | None:
    """Make a stored blob part of a repository; its location, or None when there is none.

    The row is locked: the collector either removed it before, or finds the new link.
    """
    row = tx.execute(
        select(_b.id, _b.location)
        .where(_b.digest == digest)
        .with_for_update(read=True, key_share=True)
    ).first()
    if row is None:
        return None
    is_new = insert_new(
        tx,
        schema.repository_blobs,
        repository_id=repository_id,
        blob_id=row.id,
        created_ms=now_ms,
        due_ms=due_ms,
    )
    if not is_new:
        tx.execute(
            update(schema.repository_blobs)
            .where(_l.repository_id == repository_id, _l.blob_id == row.id)
            .values(due_ms=due_ms)
        )
    location: str = row.location
    return location


def blob_sizes(tx: Connection, repository_id: int, digests: list[Digest]) -> dict[str, int]:
    """Which of `digests` the repository holds, with their sizes in bytes."""
    found: dict[str, int] = {}
    for start in range(0, len(digests), 500):
        rows = tx.execute(
            select(_b.digest, _b.size_bytes)
            .join(schema.repository_blobs, _l.blob_id == _b.id)
            .where(
                _l.repository_id == repository_id,
                _b.digest.in_(digests[start : start + 500]),
            )
        )
        found.update({row.digest: row.size_bytes for row in rows})
    return found


def unlink_blob(tx: Connection, repository_id: int, digest: Digest) -> bool:
    """Take a blob out of a repository; the bytes stay for other repositories."""
    blob_id = select(_b.id).where(_b.digest == digest).scalar_subquery()
    gone = tx.execute(
        delete(schema.repository_blobs).where(
            _l.repository_id == repository_id,
            _l.blob_id == blob_id,
        )
    )
    return gone.rowcount == 1


def total_bytes(tx: Connection) -> int:
    """The bytes of all blobs, each counted once."""
    return int(tx.scalar(select(func.coalesce(func.sum(_b.size_bytes), 0))) or 0)
