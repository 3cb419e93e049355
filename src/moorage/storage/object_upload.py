"""An upload in an object store: every body becomes an object of its own, without a local copy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import obstore

from moorage.model.content import Part, Upload
from moorage.oci.digest import Digest, Hash, new_hash
from moorage.storage.layout import object_location
from moorage.storage.object_errors import answered

if TYPE_CHECKING:
    from moorage.storage.objects import ObjectStore

PART_BYTES = 8 * 1024 * 1024
"""Of a multipart upload; a smaller body is put at once. 10,000 parts are S3's limit: 80 GB."""
PARTS_AT_ONCE = 4
"""In memory for one upload: this many parts."""
HASH_IN_THREAD_BYTES = 128 * 1024


class OpenObjects:
    """Implements `Locked`: there is nothing to hold."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def resume(self, upload: Upload, algorithm: str) -> StagedObjects:
        known = self._store.hashes.take(upload.id, upload.received_bytes)
        return StagedObjects(self._store, upload, *(known or (algorithm, None)))

    def release(self) -> None:
        return


class StagedObjects:
    """Implements `Staged`."""

    def __init__(
        self, store: ObjectStore, upload: Upload, algorithm: str, running: Hash | None
    ) -> None:
        self.size_bytes = upload.received_bytes
        self.parts = upload.parts
        self._store = store
        self._upload_id = upload.id
        self._algorithm = algorithm
        if running is None and self.size_bytes == 0:
            running = new_hash(algorithm)
        # None: the bytes came by way of another replica; they are read again if need be.
        self._hash = running

    async def append(self, pieces: AsyncIterator[bytes]) -> None:
        hash_before, self._hash = self._hash, None
        location = object_location()
        counted = _Counted(pieces, hash_before)
        if first := await counted.up_to(PART_BYTES):
            await self._put(location, first, counted)
            self.parts = (*self.parts, Part(location, counted.size_bytes))
            self.size_bytes += counted.size_bytes
        self._hash = hash_before

    async def digest(self, algorithm: str) -> Digest:
        if self._hash is None or algorithm != self._algorithm:
            self._hash, self._algorithm = new_hash(algorithm), algorithm
            async for piece in self._all():
                await _update(self._hash, piece)
        return Digest(f"{algorithm}:{self._hash.hexdigest()}")

    async def keep(self, digest: Digest) -> str:
        self._hash = None
        match self.parts:
            case (only,):
                return only.location
            case _:
                location, together = object_location(), _Counted(self._all(), None)
                await self._put(location, await together.up_to(PART_BYTES), together)
                return location

    async def close(self) -> None:
        if self._hash is not None:
            self._store.hashes.keep(self._upload_id, self.size_bytes, self._algorithm, self._hash)

    async def _all(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            async for piece in self._store.pieces(part.location, 0, part.size_bytes):
                yield piece

    async def _put(self, location: str, first: bytes, counted: _Counted) -> None:
        key = self._store.key(location)
        if counted.is_at_end:
            await answered(obstore.put_async(self._store.client, key, first))
            return
        # A piece that raises aborts the multipart upload: nothing of it becomes visible.
        put = obstore.put_async(
            self._store.client,
            key,
            counted.from_the_start(first),
            use_multipart=True,
            chunk_size=PART_BYTES,
            max_concurrency=PARTS_AT_ONCE,
        )
        try:
            await answered(put)
        finally:
            counted.reraise()


class _Counted:
    """Pieces on their way, counted and hashed; remembers what they raised."""

    def __init__(self, pieces: AsyncIterator[bytes], running: Hash | None) -> None:
        self.size_bytes = 0
        self.is_at_end = False
        self._pieces = pieces
        self._hash = running
        self._raised: BaseException | None = None

    async def up_to(self, limit: int) -> bytes:
        """The first bytes, at least `limit` of them unless the pieces end."""
        first = bytearray()
        while len(first) < limit:
            piece = await anext(self._pieces, None)
            if piece is None:
                self.is_at_end = True
                break
            await self._see(piece)
            first += piece
        return bytes(first)

    async def from_the_start(self, first: bytes) -> AsyncIterator[bytes]:
        yield first
        try:
            async for piece in self._pieces:
                await self._see(piece)
                yield piece
        except BaseException as error:
            self._raised = error
            raise

    def reraise(self) -> None:
        """The error of the pieces, which the object store's client wraps in one of its own."""
        if self._raised is not None:
            raise self._raised

    async def _see(self, piece: bytes) -> None:
        self.size_bytes += len(piece)
        if self._hash is not None:
            await _update(self._hash, piece)


async def _update(running: Hash, piece: bytes) -> None:
    if len(piece) < HASH_IN_THREAD_BYTES:
        running.update(piece)
    else:
        await asyncio.to_thread(running.update, piece)
