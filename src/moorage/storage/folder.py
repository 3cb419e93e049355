"""A folder as the store: the embedded default, and any shared POSIX file system with locks."""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from moorage.model.content import Upload
from moorage.oci.errors import BlobUploadBusy
from moorage.storage.folder_upload import LockedFile
from moorage.storage.layout import BLOBS, Layout
from moorage.storage.store import RunningHashes, Stored

PIECE_BYTES = 256 * 1024
"""Larger pieces fall out of the processor's cache between the read and the socket."""


class FolderStore:
    """`durable` syncs before a blob is acknowledged; without it a power loss may take some."""

    def __init__(self, layout: Layout, *, durable: bool = True) -> None:
        self.layout = layout
        self.durable = durable
        self.hashes = RunningHashes()

    def path(self, location: str) -> str | None:
        return self.layout.path(location)

    async def signed_url(self, location: str, lifetime: timedelta) -> str | None:
        return None

    async def read(self, location: str) -> bytes:
        with open(self.layout.path(location), "rb", buffering=0) as source:
            return source.read()

    async def pieces(self, location: str, start: int, length: int) -> AsyncIterator[bytes]:
        """What lies in the page cache is read at once, the rest in a thread."""
        handle = os.open(self.layout.path(location), os.O_RDONLY)
        try:
            end = start + length
            while start < end:
                size = min(PIECE_BYTES, end - start)
                if _is_cached(handle, start + size - 1):
                    piece = os.pread(handle, size, start)
                else:
                    piece = await asyncio.to_thread(os.pread, handle, size, start)
                if not piece:
                    return
                start += len(piece)
                yield piece
        finally:
            os.close(handle)

    async def delete(self, location: str) -> None:
        await asyncio.to_thread(_unlink, self.layout.path(location))

    async def begin(self, upload_id: str) -> None:
        os.close(os.open(self.layout.upload(upload_id), os.O_WRONLY | os.O_CREAT, 0o600))

    def lock(self, upload_id: str) -> LockedFile:
        path = self.layout.upload(upload_id)
        handle = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise BlobUploadBusy(
                f"upload {upload_id} is being written by another request: wait for it"
            ) from None
        return LockedFile(self.layout, self.durable, self.hashes, path, handle)

    async def discard(self, upload: Upload) -> None:
        self.hashes.forget(upload.id)
        await asyncio.to_thread(_unlink, self.layout.upload(upload.id))

    def held_bytes(self, upload: Upload) -> int:
        held = os.stat(self.layout.upload(upload.id)).st_size
        return min(held, upload.received_bytes)

    async def listed(self) -> AsyncIterator[Stored]:
        files = self._files()
        while (found := await asyncio.to_thread(_next_page, files)) != []:
            for stored in found:
                yield stored

    async def check(self) -> None:
        await asyncio.to_thread(self._check)

    def _check(self) -> None:
        # Without a name: nothing stays behind, also when the disk is full.
        with tempfile.TemporaryFile(dir=self.layout.uploads, buffering=0) as probe:
            probe.write(b"moorage" * 1024)
            os.fsync(probe.fileno())

    def _files(self) -> Iterator[Stored]:
        for top in (BLOBS, "uploads"):
            for folder, _, names in os.walk(self.layout.path(top)):
                for name in names:
                    path = os.path.join(folder, name)
                    try:
                        status = os.stat(path)
                    except FileNotFoundError:
                        continue
                    location = os.path.relpath(path, self.layout.root)
                    yield Stored(location, status.st_size, status.st_mtime)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _next_page(files: Iterator[Stored], count: int = 500) -> list[Stored]:
    return [found for _, found in zip(range(count), files, strict=False)]


def _is_cached(handle: int, offset: int) -> bool:
    """Whether reading there would not wait for the disk; False where the system cannot tell."""
    if not hasattr(os, "RWF_NOWAIT"):
        return False
    try:
        return os.preadv(handle, [bytearray(1)], offset, os.RWF_NOWAIT) == 1
    except OSError:
        return False
