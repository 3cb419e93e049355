"""The blobs: whole, verified, named by digest."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

from moorage.oci.digest import Digest
from moorage.storage.layout import Layout, sync_folder

PIECE_BYTES = 256 * 1024
"""Larger pieces fall out of the processor's cache between the read and the socket."""


@dataclass(frozen=True, slots=True)
class BlobStore:
    layout: Layout
    durable: bool = True
    """fsync before a blob is acknowledged; False trades safety on power loss for speed."""

    def path(self, digest: Digest) -> str:
        return self.layout.blob(digest)

    def read(self, digest: Digest) -> bytes:
        """All bytes of a small blob. Raises FileNotFoundError."""
        with open(self.layout.blob(digest), "rb", buffering=0) as source:
            return source.read()

    async def pieces(self, digest: Digest, start: int, length: int) -> AsyncIterator[bytes]:
        """The bytes `start` to `start + length`, in pieces of at most PIECE_BYTES.

        What lies in the page cache is read at once, the rest in a thread.
        """
        handle = os.open(self.layout.blob(digest), os.O_RDONLY)
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

    def keep(self, staged: str, digest: Digest) -> None:
        """Move verified staged bytes to their digest, durably. Blocks: call it in a thread."""
        target = self.layout.blob(digest)
        folder = os.path.dirname(target)
        if os.path.exists(target):
            os.unlink(staged)
            self._sync_existing(target)
            return
        if self.durable:
            with open(staged, "rb") as source:
                os.fsync(source.fileno())
        if not os.path.isdir(folder):
            os.makedirs(folder, exist_ok=True)
            if self.durable:
                sync_folder(os.path.dirname(folder))
        os.replace(staged, target)
        if self.durable:
            sync_folder(folder)

    def _sync_existing(self, target: str) -> None:
        # Another push may have renamed this file and not yet synced its folder.
        if self.durable:
            sync_folder(os.path.dirname(target))


def _is_cached(handle: int, offset: int) -> bool:
    """Whether reading there would not wait for the disk; False where the system cannot tell."""
    if not hasattr(os, "RWF_NOWAIT"):
        return False
    try:
        return os.preadv(handle, [bytearray(1)], offset, os.RWF_NOWAIT) == 1
    except OSError:
        return False
