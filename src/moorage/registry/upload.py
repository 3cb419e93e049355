"""Blob uploads: start, append, finish, cancel, mount. (end-4 to end-6, end-11, end-13, end-14)"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from moorage.db import repositories
from moorage.model.accounts import Action, Actor
from moorage.model.content import StoredBlob, Upload
from moorage.oci.digest import Digest, new_hash
from moorage.oci.errors import (
    BlobUploadUnknown,
    DigestInvalid,
    RangeInvalid,
    SizeInvalid,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    quoted,
)
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry
from moorage.storage.uploads import Staged

REHASH_IN_THREAD_BYTES = 4 * 1024 * 1024
IN_THREAD_BYTES = 128 * 1024
"""A smaller piece is written and hashed at once: a thread would cost more than it saves."""


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
        if repositories.count_uploads(tx, user_id, limit) >= limit:
            raise TooManyRequests(
                f"{actor.name} has {limit} uploads open: finish or cancel some",
                headers={"Retry-After": "60"},
            )
        repository = repositories.create_repository(
            tx, name, registry.rules.visibility_on_push, now_ms
        )
        repositories.add_upload(tx, upload_id, repository.id, user_id, algorithm, now_ms)
        return Upload(upload_id, repository.id, 0, algorithm)

    upload = await registry.db.write(write)
    registry.uploads.create(upload_id)
    return upload


async def mount_blob(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    digest: Digest,
    source: RepositoryName | None,
) -> bool:
    """Link a blob from another repository; False when there is none that the caller may read.

    Raises Unauthorized with both scopes when the account may pull `source` but the token does not
    say so: the client comes back with a wider token. (end-11)
    """
    try:
        await access.authorize(registry, actor, name, Action.PUSH)
    except Unauthorized as error:
        # One challenge for both repositories: some clients answer only the first.
        if source is not None and "scope" in error.headers:
            error.headers["scope"] += f" repository:{source}:{Action.PULL}"
        raise
    account = access.account_of(actor)
    found = await registry.db.read(
        lambda tx: repositories.find_visible_blob(tx, account, digest, source)
    )
    if found is None:
        return False
    if source is not None and actor.grant is not None:
        held = actor.grant
        if Action.PULL not in held.granted.get(source, ()) and Action.PULL not in held.asked.get(
            source, ()
        ):
            raise access.challenge(
                f"mounting from {source} needs pull access to it",
                [(name, access.wanted(Action.PUSH)), (source, [Action.PULL])],
                error="insufficient_scope",
            )
    blob, now_ms = found, registry.now_ms()

    def write(tx: Connection) -> None:
        repository = repositories.create_repository(
            tx, name, registry.rules.visibility_on_push, now_ms
        )
        repositories.link_blob(tx, repository.id, blob, now_ms)

    await registry.db.write(write)
    return True


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
    Raises RangeInvalid (the upload survives), SizeInvalid, TooLarge.
    """
    upload, staged = await _lock(registry, actor, name, upload_id)
    try:
        await _receive(registry, staged, chunk)
    finally:
        await _leave(registry, upload, staged)
    return Upload(upload.id, upload.repository_id, staged.size_bytes, upload.algorithm)


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
    upload, staged = await _lock(registry, actor, name, upload_id, digest.algorithm)
    try:
        await _receive(registry, staged, chunk)
    except BaseException:
        await _leave(registry, upload, staged)
        raise
    try:
        await _verify(registry, upload, staged, digest)
        await asyncio.to_thread(registry.blobs.keep, staged.path, digest)
        size, now_ms = staged.size_bytes, registry.now_ms()

        def write(tx: Connection) -> None:
            repositories.link_blob(tx, upload.repository_id, StoredBlob(digest, size), now_ms)
            repositories.remove_upload(tx, upload.id)

        await registry.db.write(write)
    finally:
        staged.close()


async def cancel_upload(
    registry: Registry, actor: Actor, name: RepositoryName, upload_id: str, action: Action
) -> None:
    """Forget an upload and its bytes. (end-14)"""
    upload = await find_upload(registry, actor, name, upload_id, action)
    await _forget(registry, upload)


async def _find(registry: Registry, actor: Actor, name: RepositoryName, upload_id: str) -> Upload:
    user_id = actor.user_id
    found = None
    if user_id is not None and _is_uuid(upload_id):
        found = await registry.db.read(
            lambda tx: repositories.find_upload(tx, upload_id, name, user_id)
        )
    if found is None:
        raise _unknown(upload_id, name)
    # After a power loss the file may hold less than the row says: go on from what is there.
    held = min(found.received_bytes, registry.uploads.held_bytes(found.id))
    return replace(found, received_bytes=held)


def _unknown(upload_id: str, name: RepositoryName) -> BlobUploadUnknown:
    return BlobUploadUnknown(
        f"no upload {quoted(upload_id[:40])} in {name}: it was finished, cancelled or never started"
    )


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


async def _lock(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    upload_id: str,
    preferred_algorithm: str | None = None,
) -> tuple[Upload, Staged]:
    """The caller's upload, open for this request alone.

    The row is read after the lock is held: read before it, another request's bytes would be lost.
    """
    await access.authorize(registry, actor, name, Action.PUSH)
    if not _is_uuid(upload_id):
        raise _unknown(upload_id, name)
    try:
        locked = registry.uploads.lock(upload_id)
    except FileNotFoundError:
        raise _unknown(upload_id, name) from None
    try:
        upload = await _find(registry, actor, name, upload_id)
        algorithm = upload.algorithm
        if upload.received_bytes == 0 and preferred_algorithm is not None:
            algorithm = preferred_algorithm
        size = upload.received_bytes
        if size > REHASH_IN_THREAD_BYTES and not registry.uploads.remembers(upload_id, size):
            staged = await asyncio.to_thread(registry.uploads.resume, locked, size, algorithm)
        else:
            staged = registry.uploads.resume(locked, size, algorithm)
    except BaseException:
        locked.close()
        raise
    return upload, staged


async def _receive(registry: Registry, staged: Staged, chunk: Chunk) -> None:
    if chunk.range is not None:
        if chunk.range.first != staged.size_bytes:
            raise RangeInvalid(
                f"the chunk starts at {chunk.range.first}, expected {staged.size_bytes}"
            )
        if chunk.length_bytes is not None and chunk.length_bytes != chunk.range.length:
            raise SizeInvalid(
                f"Content-Length is {chunk.length_bytes}, Content-Range says {chunk.range.length}"
            )
    start, limit = staged.size_bytes, registry.rules.blob_bytes
    if (chunk.length_bytes or 0) + start > limit:
        raise _too_large(limit)
    received = start
    async with _Writer(staged) as writer:
        async for piece in chunk.pieces:
            received += len(piece)
            if received > limit:
                raise _too_large(limit)
            if chunk.range is not None and received > chunk.range.last + 1:
                raise SizeInvalid(f"the body is longer than its range of {chunk.range.length}")
            await writer.write(piece)
    if chunk.range is not None and staged.size_bytes != chunk.range.last + 1:
        raise SizeInvalid(
            f"the body has {staged.size_bytes - start} bytes, Content-Range says "
            f"{chunk.range.length}"
        )


class _Writer:
    """Writes and hashes large pieces in a thread while the next one comes, small ones at once.

    At its end, in every case, all pieces that were given to it are written.
    """

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._running: asyncio.Future[None] | None = None

    async def __aenter__(self) -> _Writer:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._finished()

    async def write(self, piece: bytes) -> None:
        await self._finished()
        if len(piece) < IN_THREAD_BYTES:
            self._staged.write(piece)
        else:
            loop = asyncio.get_running_loop()
            self._running = loop.run_in_executor(None, self._staged.write, piece)

    async def _finished(self) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            await running


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"a blob may have at most {limit} bytes: see MAXIMUM_LAYER_SIZE")


async def _verify(registry: Registry, upload: Upload, staged: Staged, digest: Digest) -> None:
    if digest.algorithm == staged.algorithm:
        actual = staged.hash.hexdigest()
    else:
        actual = await asyncio.to_thread(staged.hexdigest, digest.algorithm)
    if actual != digest.encoded:
        await _forget(registry, upload)
        raise DigestInvalid(
            f"the content has digest {digest.algorithm}:{actual}, not {digest}",
            detail={"expected": digest, "actual": f"{digest.algorithm}:{actual}"},
        )


async def _leave(registry: Registry, upload: Upload, staged: Staged) -> None:
    """Write down what arrived, then let the next request in."""
    received = staged.size_bytes
    try:
        # Shielded: a client that goes away must not stop us from keeping what it sent.
        await asyncio.shield(
            registry.db.write(lambda tx: repositories.set_received(tx, upload.id, received))
        )
        registry.uploads.remember(upload.id, staged)
    finally:
        staged.close()


async def _forget(registry: Registry, upload: Upload) -> None:
    await registry.db.write(lambda tx: repositories.remove_upload(tx, upload.id))
    registry.uploads.discard(upload.id)
