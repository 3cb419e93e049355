"""An upload in a folder: one file, appended to under a lock, hashed as its bytes come."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

from moorage.model.content import Part, Upload
from moorage.oci.digest import Digest, Hash, new_hash
from moorage.storage.layout import Layout, folder_location, sync_folder
from moorage.storage.store import RunningHashes

PIECE_BYTES = 1024 * 1024
FLUSHED_BYTES = 8 * 1024 * 1024
IN_THREAD_BYTES = 128 * 1024
"""A smaller piece is written and hashed at once: a thread would cost more than it saves."""
REHASH_IN_THREAD_BYTES = 4 * 1024 * 1024


class LockedFile:
    """Implements `Locked`. The lock goes with the handle, also when the process dies."""

    def __init__(
        self, layout: Layout, durable: bool, hashes: RunningHashes, path: str, handle: int
    ) -> None:
        self.layout = layout
        self.durable = durable
        self.hashes = hashes
        self.path = path
        self.handle = handle

    async def resume(self, upload: Upload, algorithm: str) -> StagedFile:
        held = min(upload.received_bytes, os.fstat(self.handle).st_size)
        os.ftruncate(self.handle, held)
        known = self.hashes.take(upload.id, held)
        if known is None:
            known = (algorithm, await _hash_of(self.handle, algorithm, held))
        os.lseek(self.handle, held, os.SEEK_SET)
        return StagedFile(self, upload.id, held, *known)

    def release(self) -> None:
        os.close(self.handle)


class StagedFile:
    """Implements `Staged`."""

    def __init__(
        self, locked: LockedFile, upload_id: str, size_bytes: int, algorithm: str, running: Hash
    ) -> None:
        self.size_bytes = size_bytes
        self.parts: tuple[Part, ...] = ()
        self._locked = locked
        self._upload_id = upload_id
        self._algorithm = algorithm
        self._hash: Hash | None = running
        self._flushed_bytes = size_bytes

    async def append(self, pieces: AsyncIterator[bytes]) -> None:
        start = self.size_bytes
        try:
            await self._take(pieces)
        except BaseException:
            # Nothing of it counts; the hash went too far and is made anew when it is needed.
            self.size_bytes, self._hash = start, None
            os.ftruncate(self._locked.handle, start)
            os.lseek(self._locked.handle, start, os.SEEK_SET)
            raise

    async def digest(self, algorithm: str) -> Digest:
        if self._hash is not None and algorithm == self._algorithm:
            return Digest(f"{algorithm}:{self._hash.hexdigest()}")
        found = await _hash_of(self._locked.handle, algorithm, self.size_bytes)
        return Digest(f"{algorithm}:{found.hexdigest()}")

    async def keep(self, digest: Digest) -> str:
        self._hash = None
        location = folder_location(digest, self._upload_id)
        await asyncio.to_thread(self._move, location)
        return location

    async def close(self) -> None:
        if self._hash is not None:
            self._locked.hashes.keep(self._upload_id, self.size_bytes, self._algorithm, self._hash)
        self._locked.release()

    async def _take(self, pieces: AsyncIterator[bytes]) -> None:
        """Large pieces are written and hashed in a thread while the next one comes."""
        loop = asyncio.get_running_loop()
        running: asyncio.Future[None] | None = None
        try:
            async for piece in pieces:
                if running is not None:
                    await running
                    running = None
                if len(piece) < IN_THREAD_BYTES:
                    self._write(piece)
                else:
                    running = loop.run_in_executor(None, self._write, piece)
        finally:
            if running is not None:
                await running

    def _write(self, piece: bytes) -> None:
        assert self._hash is not None
        self._hash.update(piece)
        view = memoryview(piece)
        while view:
            view = view[os.write(self._locked.handle, view) :]
        self.size_bytes += len(piece)
        fresh = self.size_bytes - self._flushed_bytes
        if fresh >= FLUSHED_BYTES and self._locked.durable and hasattr(os, "posix_fadvise"):
            # Begin to write to the disk now, so that the sync at the end finds little left: for
            # dirty pages this advice means just that.
            advice = os.POSIX_FADV_DONTNEED
            os.posix_fadvise(self._locked.handle, self._flushed_bytes, fresh, advice)
            self._flushed_bytes = self.size_bytes

    def _move(self, location: str) -> None:
        target = self._locked.layout.path(location)
        folder = os.path.dirname(target)
        if self._locked.durable:
            self._sync()
        self._locked.layout.make_blob_folder(folder, self._locked.durable)
        os.replace(self._locked.path, target)
        if self._locked.durable:
            sync_folder(folder)

    def _sync(self) -> None:
        try:
            os.fsync(self._locked.handle)
        except OSError:
            # The system tells only once of bytes that it could not write: it keeps them in memory
            # as if they were on the disk, and the next sync succeeds. They must be sent again.
            os.unlink(self._locked.path)
            raise


async def _hash_of(handle: int, algorithm: str, length: int) -> Hash:
    if length > REHASH_IN_THREAD_BYTES:
        return await asyncio.to_thread(_read_hash, handle, algorithm, length)
    return _read_hash(handle, algorithm, length)


def _read_hash(handle: int, algorithm: str, length: int) -> Hash:
    running = new_hash(algorithm)
    offset = 0
    while offset < length:
        piece = os.pread(handle, min(PIECE_BYTES, length - offset), offset)
        if not piece:
            break
        running.update(piece)
        offset += len(piece)
    return running
