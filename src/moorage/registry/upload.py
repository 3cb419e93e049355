"""Blob uploads: start, append, finish, cancel. (end-4 to end-6, end-13, end-14)"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from moorage.db import blobs, uploads
from moorage.model.accounts import Action, Actor
from moorage.model.content import StoredBlob, Upload
from moorage.oci.digest import Digest, new_hash
from moorage.oci.errors import (
    BlobUploadBusy,
    BlobUploadUnknown,
    ClientGone,
    DigestInvalid,
    RangeInvalid,
    RequestTimeout,
    SizeInvalid,
    TooLarge,
    TooManyRequests,
    quoted,
)
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry
from moorage.registry.repositories import ensure_repository
from moorage.storage.store import Staged


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The inclusive range of a chunk, as its Content-Range says."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """The body of a request: its pieces, and what its headers say of it."""

    pieces: AsyncIterator[bytes]
    range: ByteRange | None = None
    length_bytes: int | None = None


async def start_upload(
    registry: Registry, actor: Actor, name: RepositoryName, algorithm: str = "sha256"
) -> Upload:
    """Open an upload; makes the repository if this is its first content. (end-4a, end-4c)"""
    await access.authorize(registry, actor, name, Action.PUSH)
    new_hash(algorithm)
    upload_id = str(uuid.uuid4())
    user_id = actor.user_id
    assert user_id is not None
    now_ms, limit = registry.now_ms(), registry.rules.uploads_per_user

    def write(tx: Connection) -> Upload:
        if uploads.count_uploads(tx, user_id, limit) >= limit:
            raise TooManyRequests(
                f"{actor.name} has {limit} uploads open: finish or cancel some",
                headers={"Retry-After": "60"},
            )
        repository = ensure_repository(tx, registry, actor, name, now_ms)
        uploads.add_upload(tx, upload_id, repository.id, user_id, algorithm, now_ms)
        return Upload(upload_id, repository.id, 0, algorithm)

    upload = await registry.db.write(write)
    await registry.store.begin(upload_id)
    return upload


async def push_blob(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    digest: Digest,
    chunk: Chunk,
    algorithm: str = "sha256",
) -> None:
    """A whole blob in one request: nothing of it stays if that fails. (end-4b)"""
    upload = await start_upload(registry, actor, name, algorithm)
    try:
        await finish_upload(registry, actor, name, upload.id, digest, chunk)
    except BaseException:
        # Nobody was told the upload's id, so nobody can go on with it.
        await asyncio.shield(_give_up(registry, actor, name, upload.id))
        raise


async def find_upload(
    registry: Registry, actor: Actor, name: RepositoryName, upload_id: str, action: Action
) -> Upload:
    """The caller's upload with the bytes it holds. (end-13) Raises BlobUploadUnknown."""
    await access.authorize(registry, actor, name, action)
    return await _find(registry, actor, name, upload_id)


async def append_chunk(
    registry: Registry, actor: Actor, name: RepositoryName, upload_id: str, chunk: Chunk
) -> Upload:
    """Append a body to an upload. (end-5)

    What arrived of a body that was cut off is kept: the client asks and goes on from there.
    Raises RangeInvalid, SizeInvalid, TooLarge; nothing of the body is kept then.
    """
    upload, staged = await _open(registry, actor, name, upload_id)
    try:
        await _take(registry, upload, staged, chunk)
        await _record(registry, upload, staged)
        return replace(upload, received_bytes=staged.size_bytes, parts=staged.parts)
    finally:
        await staged.close()


async def finish_upload(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    upload_id: str,
    digest: Digest,
    chunk: Chunk,
) -> None:
    """Take the last bytes, verify, make durable, link. (end-6, end-4b)

    Raises DigestInvalid (the upload is gone), RangeInvalid and SizeInvalid (it survives).
    """
    upload, staged = await _open(registry, actor, name, upload_id, digest.algorithm)
    try:
        await _take(registry, upload, staged, chunk)
        upload = replace(upload, received_bytes=staged.size_bytes, parts=staged.parts)
        actual = await staged.digest(digest.algorithm)
        if actual != digest:
            await _forget(registry, upload)
            raise DigestInvalid(
                f"the content has digest {actual}, not {digest}",
                detail={"expected": digest, "actual": actual},
            )
        try:
            location = await staged.keep(digest)
        except FileNotFoundError:
            raise _unknown(upload.id, name) from None
        await _link(registry, upload, StoredBlob(digest, staged.size_bytes, location))
    finally:
        await staged.close()


async def _link(registry: Registry, upload: Upload, blob: StoredBlob) -> None:
    """Make kept bytes visible, then remove what was stored twice or put together."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> str:
        # Whoever removes the row owns the bytes: a cancel or the collector may have been first.
        if not uploads.remove_upload(tx, upload.id):
            raise BlobUploadUnknown(f"upload {upload.id} was finished or cancelled meanwhile")
        due_ms = now_ms + registry.rules.untagged_ms
        return blobs.add_blob(tx, upload.repository_id, blob, now_ms, due_ms)

    used = await registry.db.write(write)
    for location in {blob.location, *(part.location for part in upload.parts)} - {used}:
        await registry.store.delete(location)


async def cancel_upload(
    registry: Registry, actor: Actor, name: RepositoryName, upload_id: str, action: Action
) -> None:
    """Forget an upload and its bytes. (end-14)"""
    upload = await find_upload(registry, actor, name, upload_id, action)
    await _forget(registry, upload)


async def _find(registry: Registry, actor: Actor, name: RepositoryName, upload_id: str) -> Upload:
    row = None
    if actor.user_id is not None and _is_uuid(upload_id):
        row = await registry.db.fetch(uploads.FIND_UPLOAD, upload_id, name)
    if row is None or row[4] != actor.user_id:
        raise _unknown(upload_id, name)
    found = Upload(*row[:4])
    if found.received_bytes:
        parts = await registry.db.read(lambda tx: uploads.parts_of(tx, upload_id))
        found = replace(found, parts=parts)
    try:
        # After a power loss there may be less than the row says: go on from what is there.
        return replace(found, received_bytes=registry.store.held_bytes(found))
    except FileNotFoundError:
        raise _unknown(upload_id, name) from None


def _unknown(upload_id: str, name: RepositoryName) -> BlobUploadUnknown:
    return BlobUploadUnknown(
        f"no upload {quoted(upload_id[:40])} in {name}: it was finished, cancelled or never started"
    )


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


async def _open(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    upload_id: str,
    preferred_algorithm: str | None = None,
) -> tuple[Upload, Staged]:
    """The caller's upload, ready to take bytes.

    The row is read after the lock is held: read before it, another request's bytes would be lost.
    """
    await access.authorize(registry, actor, name, Action.PUSH)
    if not _is_uuid(upload_id):
        raise _unknown(upload_id, name)
    try:
        locked = registry.store.lock(upload_id)
    except FileNotFoundError:
        raise _unknown(upload_id, name) from None
    try:
        upload = await _find(registry, actor, name, upload_id)
        algorithm = upload.algorithm
        if upload.received_bytes == 0 and preferred_algorithm is not None:
            algorithm = preferred_algorithm
        return upload, await locked.resume(upload, algorithm)
    except BaseException:
        locked.release()
        raise


async def _take(registry: Registry, upload: Upload, staged: Staged, chunk: Chunk) -> None:
    """Append a body. Of one that is refused nothing is kept, of one that is cut off all."""
    body = _Body(chunk, staged.size_bytes, registry.rules.blob_bytes)
    body.require_expected()
    await staged.append(body.pieces())
    if body.cut_off is not None:
        await _record(registry, upload, staged)
        raise body.cut_off


async def _record(registry: Registry, upload: Upload, staged: Staged) -> None:
    """Write down what arrived, so that it is acknowledged."""
    if staged.size_bytes == upload.received_bytes:
        return
    received, parts, now_ms = staged.size_bytes, staged.parts, registry.now_ms()
    # Shielded: a client that goes away must not stop us from keeping what it sent.
    is_ours = await asyncio.shield(
        registry.db.write(lambda tx: uploads.advance(tx, upload, received, parts, now_ms))
    )
    if not is_ours:
        for part in parts[len(upload.parts) :]:
            await registry.store.delete(part.location)
        raise BlobUploadBusy(
            f"upload {upload.id} was written by another request at the same time: ask for its "
            "range and go on from there"
        )


class _Body:
    """The pieces of a chunk, checked on their way. One that is cut off just ends, and says why."""

    def __init__(self, chunk: Chunk, start: int, limit: int) -> None:
        self.cut_off: ClientGone | RequestTimeout | None = None
        self._chunk = chunk
        self._start = start
        self._limit = limit

    def require_expected(self) -> None:
        """What the headers say is checked before anything is read."""
        part, length = self._chunk.range, self._chunk.length_bytes
        if part is not None and part.first != self._start:
            raise RangeInvalid(f"the chunk starts at {part.first}, expected {self._start}")
        if part is not None and length is not None and length != part.length:
            raise SizeInvalid(f"Content-Length is {length}, Content-Range says {part.length}")
        if self._start + (length or 0) > self._limit:
            raise _too_large(self._limit)

    async def pieces(self) -> AsyncIterator[bytes]:
        part, size = self._chunk.range, self._start
        try:
            async for piece in self._chunk.pieces:
                size += len(piece)
                if size > self._limit:
                    raise _too_large(self._limit)
                if part is not None and size > part.last + 1:
                    raise SizeInvalid(f"the body is longer than its Content-Range of {part.length}")
                yield piece
        except (ClientGone, RequestTimeout) as error:
            self.cut_off = error
            return
        if part is not None and size != part.last + 1:
            raise SizeInvalid(
                f"the body has {size - self._start} bytes, Content-Range says {part.length}"
            )


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"a blob may have at most {limit} bytes: see MAXIMUM_LAYER_SIZE")


async def _give_up(registry: Registry, actor: Actor, name: RepositoryName, upload_id: str) -> None:
    """Forget what is left of an upload that failed; it may be gone already."""
    with suppress(BlobUploadUnknown):
        await _forget(registry, await _find(registry, actor, name, upload_id))


async def _forget(registry: Registry, upload: Upload) -> None:
    if await registry.db.write(lambda tx: uploads.remove_upload(tx, upload.id)):
        await registry.store.discard(upload)
