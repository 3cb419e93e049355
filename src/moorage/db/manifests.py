"""Manifests, tags and referrers as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from moorage.charts.version import sort_key, version_of_tag
from moorage.db import schema
from moorage.db.engine import Statement, insert_new
from moorage.model.content import Page, StoredManifest
from moorage.oci.digest import Digest
from moorage.oci.manifest import Manifest
from moorage.oci.name import Tag

_r, _m, _t = schema.repositories.c, schema.manifests.c, schema.tags.c
_PULLED = (_m.digest, _m.media_type, _m.raw, _r.visibility)

PULL_BY_TAG = Statement(
    select(*_PULLED, _t.expires_ms)
    .select_from(schema.repositories)
    .join(schema.tags, _t.repository_id == _r.id)
    .join(schema.manifests, _m.id == _t.manifest_id)
    .where(_r.name == bindparam("name"), _t.name == bindparam("tag"), _t.ended_ms.is_(None)),
    "name",
    "tag",
)
PULL_BY_DIGEST = Statement(
    select(*_PULLED)
    .select_from(schema.repositories)
    .join(schema.manifests, _m.repository_id == _r.id)
    .where(_r.name == bindparam("name"), _m.digest == bindparam("digest"), _m.deleted_ms.is_(None)),
    "name",
    "digest",
)
"""The pull path: one row with digest, media type, raw bytes and the repository's visibility;
by tag also the time from which the tag is dead."""


def put_manifest(
    tx: Connection,
    repository_id: int,
    stored: StoredManifest,
    manifest: Manifest,
    now_ms: int,
    due_ms: int,
) -> int:
    """Store a manifest, or bring back a deleted one; its row's id."""
    is_new = insert_new(
        tx,
        schema.manifests,
        repository_id=repository_id,
        digest=stored.digest,
        media_type=stored.media_type,
        artifact_type=manifest.artifact_type if manifest.is_index else manifest.referrer_type,
        subject_digest=manifest.subject.digest if manifest.subject else None,
        raw=stored.raw,
        created_ms=now_ms,
        due_ms=due_ms,
        kind=stored.kind,
        size_bytes=sum(layer.size_bytes for layer in manifest.layers),
    )
    manifest_id: int = tx.execute(
        select(_m.id).where(_m.repository_id == repository_id, _m.digest == stored.digest)
    ).scalar_one()
    if is_new:
        _write_references(tx, repository_id, manifest_id, manifest)
    else:
        # The same bytes pushed again under another media type are served under the newer one.
        tx.execute(
            update(schema.manifests)
            .where(_m.id == manifest_id)
            .values(deleted_ms=None, media_type=stored.media_type, due_ms=due_ms)
        )
    return manifest_id


def _write_references(
    tx: Connection, repository_id: int, manifest_id: int, manifest: Manifest
) -> None:
    rows = {item.digest: True for item in manifest.blobs}
    rows |= {item.digest: False for item in manifest.children}
    if rows:
        tx.execute(
            insert(schema.manifest_references),
            [
                {
                    "manifest_id": manifest_id,
                    "digest": digest,
                    "repository_id": repository_id,
                    "is_blob": is_blob,
                }
                for digest, is_blob in rows.items()
            ],
        )


def known_manifests(tx: Connection, repository_id: int, digests: list[Digest]) -> set[str]:
    """Which of `digests` are manifests of the repository."""
    found: set[str] = set()
    for start in range(0, len(digests), 500):
        found.update(
            tx.execute(
                select(_m.digest).where(
                    _m.repository_id == repository_id,
                    _m.deleted_ms.is_(None),
                    _m.digest.in_(digests[start : start + 500]),
                )
            ).scalars()
        )
    return found


def retarget_tags(
    tx: Connection,
    repository_id: int,
    tags: Iterable[Tag],
    manifest_id: int,
    now_ms: int,
    expires_ms: int | None = None,
    *,
    is_reversion: bool = False,
) -> None:
    """Make `tags` name the manifest; the old rows keep their end times and so stay restorable."""
    # Every writer takes its locks in this order: tags by name, then the repository's row, which
    # all of them share and so is held for no longer than the commit.
    ordered = sorted(tags)
    for tag in ordered:
        hold_tag(tx, repository_id, tag)
    for tag in ordered:
        _retarget(tx, repository_id, tag, manifest_id, now_ms, expires_ms, is_reversion)
    if ordered:
        note_change(tx, repository_id, modified_ms=now_ms)


def note_change(tx: Connection, repository_id: int, **more: int) -> None:
    """Count a change of the repository's tags; the last statement about them, for its lock."""
    tx.execute(
        update(schema.repositories)
        .where(_r.id == repository_id)
        .values(revision=_r.revision + 1, is_indexed=False, **more)
    )


def _retarget(
    tx: Connection,
    repository_id: int,
    tag: Tag,
    manifest_id: int,
    now_ms: int,
    expires_ms: int | None,
    is_reversion: bool,
) -> None:
    named = (_t.repository_id == repository_id, _t.name == tag, _t.ended_ms.is_(None))
    live = (*named, or_(_t.expires_ms.is_(None), _t.expires_ms > now_ms))
    if tx.scalar(select(_t.manifest_id).where(*live)) == manifest_id:
        if expires_ms is not None:
            tx.execute(update(schema.tags).where(*live).values(expires_ms=expires_ms))
        return
    tx.execute(update(schema.tags).where(*named).values(ended_ms=_end(now_ms)))
    tx.execute(
        insert(schema.tags).values(
            repository_id=repository_id,
            name=tag,
            manifest_id=manifest_id,
            started_ms=now_ms,
            expires_ms=expires_ms,
            is_reversion=is_reversion,
            version_key=sort_key(version_of_tag(tag)),
        )
    )


def hold_tag(tx: Connection, repository_id: int, tag: Tag) -> None:
    """Let pushes of one tag pass one after the other: exactly one row is live, the last one's.

    A tag that does not exist yet has no row to lock; SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        key = func.hashtextextended(f"{repository_id}/{tag}", 0)
        tx.execute(select(func.pg_advisory_xact_lock(key)))


def end_tag(tx: Connection, repository_id: int, tag: Tag, now_ms: int) -> bool:
    ended = tx.execute(
        update(schema.tags)
        .where(_t.repository_id == repository_id, _t.name == tag, is_live(now_ms))
        .values(ended_ms=now_ms)
    )
    if ended.rowcount == 1:
        note_change(tx, repository_id)
    return ended.rowcount == 1


def unindex(tx: Connection, repository_ids: Sequence[int]) -> None:
    """Have the search documents of repositories written anew: their tags have changed."""
    tx.execute(
        update(schema.repositories).where(_r.id.in_(repository_ids)).values(is_indexed=False)
    )


def is_live(now_ms: int) -> ColumnElement[bool]:
    """A tag that is not ended, deleted or expired."""
    return and_(_t.ended_ms.is_(None), or_(_t.expires_ms.is_(None), _t.expires_ms > now_ms))


def _end(now_ms: int) -> ColumnElement[int]:
    """When a row that is ended now came to its end: an expired tag did so before."""
    return case((_t.expires_ms < now_ms, _t.expires_ms), else_=now_ms)


def delete_manifest(
    tx: Connection, repository_id: int, digest: Digest, now_ms: int, due_ms: int
) -> bool:
    """Hide a manifest and end every tag on it; False when there is none."""
    manifest_id = tx.scalar(
        update(schema.manifests)
        .where(_m.repository_id == repository_id, _m.digest == digest, _m.deleted_ms.is_(None))
        .values(deleted_ms=now_ms, due_ms=due_ms)
        .returning(_m.id)
    )
    if manifest_id is None:
        return False
    live = (_t.manifest_id == manifest_id, _t.ended_ms.is_(None))
    # In the order in which a push takes them, or the two could wait for each other.
    tx.execute(select(_t.id).where(*live).order_by(_t.name).with_for_update())
    tx.execute(update(schema.tags).where(*live).values(ended_ms=_end(now_ms)))
    note_change(tx, repository_id)
    return True


def has_manifest(tx: Connection, manifest_id: int) -> bool:
    return tx.execute(select(_m.id).where(_m.id == manifest_id)).first() is not None


def list_tags(
    tx: Connection, repository_id: int, last: str, limit: int | None, now_ms: int
) -> Page:
    """Live tags in byte order after `last`; all of them when `limit` is None."""
    query = (
        select(_t.name)
        .where(_t.repository_id == repository_id, is_live(now_ms), _t.name > last)
        .order_by(_t.name)
    )
    if limit is not None:
        query = query.limit(limit + 1)
    names = list(tx.execute(query).scalars())
    if limit is None:
        return Page(names, False)
    return Page(names[:limit], len(names) > limit)


def user_of_blob(tx: Connection, repository_id: int, digest: Digest) -> str | None:
    """A manifest of the repository that uses the blob, by digest, or None."""
    references = schema.manifest_references.c
    return tx.scalar(
        select(_m.digest)
        .join(schema.manifest_references, references.manifest_id == _m.id)
        .where(
            references.repository_id == repository_id,
            references.digest == digest,
            _m.deleted_ms.is_(None),
        )
        .limit(1)
    )
