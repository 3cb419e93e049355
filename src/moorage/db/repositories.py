"""Repositories, who may see them, and the blobs they hold."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    or_,
    select,
    true,
    update,
)

from moorage.db import schema
from moorage.db.engine import Statement, insert_new
from moorage.model.accounts import Actor
from moorage.model.content import Page, Repository, StoredBlob, Upload, Visibility
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName

_r = schema.repositories.c

FIND_REPOSITORY = Statement(
    select(_r.id, _r.visibility).where(_r.name == bindparam("name")), "name"
)

FIND_BLOB = Statement(
    select(schema.blobs.c.size_bytes, _r.visibility)
    .select_from(schema.repositories)
    .join(schema.repository_blobs, schema.repository_blobs.c.repository_id == _r.id)
    .join(schema.blobs, schema.blobs.c.id == schema.repository_blobs.c.blob_id)
    .where(_r.name == bindparam("name"), schema.blobs.c.digest == bindparam("digest")),
    "name",
    "digest",
)
"""The pull path of a blob: size and the repository's visibility."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The repositories that `actor` may pull, as a condition on `repositories`."""
    if actor.is_superuser:
        return true()
    if actor.user_id is None:
        return _r.visibility == Visibility.PUBLIC
    return or_(_r.visibility == Visibility.PUBLIC, owned_by(actor.user_id, _r.namespace_id))


def owned_by(user_id: int, namespace_id: ColumnElement[int]) -> ColumnElement[bool]:
    """A user's own namespace, or an organization with a team the user is in."""
    in_team = exists(
        select(1)
        .select_from(schema.teams)
        .join(schema.team_members, schema.team_members.c.team_id == schema.teams.c.id)
        .where(
            schema.teams.c.organization_id == namespace_id,
            schema.team_members.c.user_id == user_id,
        )
    )
    return or_(namespace_id == user_id, in_team)


def may_write_namespace(tx: Connection, actor: Actor, namespace: str) -> bool:
    """Whether `actor` may create and write repositories in an existing namespace."""
    if actor.user_id is None:
        return False
    found = select(schema.namespaces.c.id).where(schema.namespaces.c.name == namespace)
    if not actor.is_superuser:
        found = found.where(owned_by(actor.user_id, schema.namespaces.c.id))
    return tx.execute(found).first() is not None


def find_repository(tx: Connection, name: str) -> Repository | None:
    row = tx.execute(select(_r.id, _r.visibility).where(_r.name == name)).first()
    return Repository(row.id, RepositoryName(name), Visibility(row.visibility)) if row else None


def create_repository(
    tx: Connection, name: RepositoryName, visibility: Visibility, now_ms: int
) -> Repository:
    """Create it, or find the one that another request made first."""
    namespace_id = tx.execute(
        select(schema.namespaces.c.id).where(schema.namespaces.c.name == name.namespace)
    ).scalar_one()
    insert_new(
        tx,
        schema.repositories,
        namespace_id=namespace_id,
        name=name,
        visibility=visibility,
        created_ms=now_ms,
    )
    found = find_repository(tx, name)
    assert found is not None
    return found


def list_repositories(tx: Connection, actor: Actor, last: str, limit: int) -> Page:
    """Names in byte order after `last` that `actor` may pull."""
    rows = tx.execute(
        select(_r.name).where(visible_to(actor), _r.name > last).order_by(_r.name).limit(limit + 1)
    ).scalars()
    names = list(rows)
    return Page(names[:limit], len(names) > limit)


def all_repositories(tx: Connection) -> list[Repository]:
    rows = tx.execute(select(_r.id, _r.name, _r.visibility).order_by(_r.name))
    return [Repository(r.id, RepositoryName(r.name), Visibility(r.visibility)) for r in rows]


def set_visibility(tx: Connection, name: str, visibility: Visibility) -> bool:
    changed = tx.execute(
        update(schema.repositories).where(_r.name == name).values(visibility=visibility)
    )
    return changed.rowcount == 1


def find_visible_blob(
    tx: Connection, actor: Actor, digest: Digest, source: RepositoryName | None
) -> StoredBlob | None:
    """A blob that some repository visible to `actor` holds (or only `source`, if given)."""
    query = (
        select(schema.blobs.c.size_bytes)
        .join(schema.repository_blobs, schema.repository_blobs.c.blob_id == schema.blobs.c.id)
        .join(schema.repositories, _r.id == schema.repository_blobs.c.repository_id)
        .where(schema.blobs.c.digest == digest, visible_to(actor))
        .limit(1)
    )
    if source is not None:
        query = query.where(_r.name == source)
    size = tx.scalar(query)
    return StoredBlob(digest, size) if size is not None else None


def link_blob(tx: Connection, repository_id: int, blob: StoredBlob, now_ms: int) -> None:
    """Make a stored blob part of a repository."""
    insert_new(tx, schema.blobs, digest=blob.digest, size_bytes=blob.size_bytes, created_ms=now_ms)
    blob_id = tx.execute(
        select(schema.blobs.c.id).where(schema.blobs.c.digest == blob.digest)
    ).scalar_one()
    insert_new(
        tx,
        schema.repository_blobs,
        repository_id=repository_id,
        blob_id=blob_id,
        created_ms=now_ms,
    )


def blob_sizes(tx: Connection, repository_id: int, digests: list[Digest]) -> dict[str, int]:
    """Which of `digests` the repository holds, with their sizes in bytes."""
    found: dict[str, int] = {}
    for start in range(0, len(digests), 500):
        rows = tx.execute(
            select(schema.blobs.c.digest, schema.blobs.c.size_bytes)
            .join(schema.repository_blobs, schema.repository_blobs.c.blob_id == schema.blobs.c.id)
            .where(
                schema.repository_blobs.c.repository_id == repository_id,
                schema.blobs.c.digest.in_(digests[start : start + 500]),
            )
        )
        found.update({row.digest: row.size_bytes for row in rows})
    return found


def unlink_blob(tx: Connection, repository_id: int, digest: Digest) -> bool:
    """Take a blob out of a repository; the bytes stay for other repositories."""
    blob_id = select(schema.blobs.c.id).where(schema.blobs.c.digest == digest).scalar_subquery()
    gone = tx.execute(
        delete(schema.repository_blobs).where(
            schema.repository_blobs.c.repository_id == repository_id,
            schema.repository_blobs.c.blob_id == blob_id,
        )
    )
    return gone.rowcount == 1


def add_upload(
    tx: Connection, upload_id: str, repository_id: int, user_id: int, algorithm: str, now_ms: int
) -> None:
    insert_new(
        tx,
        schema.uploads,
        id=upload_id,
        repository_id=repository_id,
        user_id=user_id,
        received_bytes=0,
        algorithm=algorithm,
        created_ms=now_ms,
    )


def count_uploads(tx: Connection, user_id: int, limit: int) -> int:
    """How many uploads the user has open, counted up to `limit`."""
    rows = tx.execute(
        select(schema.uploads.c.id).where(schema.uploads.c.user_id == user_id).limit(limit)
    )
    return len(rows.all())


def find_upload(
    tx: Connection, upload_id: str, name: RepositoryName, user_id: int
) -> Upload | None:
    """An upload of this repository and user; nobody else's is found."""
    row = tx.execute(
        select(
            schema.uploads.c.id,
            schema.uploads.c.repository_id,
            schema.uploads.c.received_bytes,
            schema.uploads.c.algorithm,
        )
        .join(schema.repositories, _r.id == schema.uploads.c.repository_id)
        .where(
            schema.uploads.c.id == upload_id,
            _r.name == name,
            schema.uploads.c.user_id == user_id,
        )
    ).first()
    return Upload(*row) if row else None


def set_received(tx: Connection, upload_id: str, received_bytes: int) -> bool:
    changed = tx.execute(
        update(schema.uploads)
        .where(schema.uploads.c.id == upload_id)
        .values(received_bytes=received_bytes)
    )
    return changed.rowcount == 1


def remove_upload(tx: Connection, upload_id: str) -> bool:
    gone = tx.execute(delete(schema.uploads).where(schema.uploads.c.id == upload_id))
    return gone.rowcount == 1
