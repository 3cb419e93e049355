"""The blobs: whole, verified, named by digest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from moorage.oci.digest import Digest
from moorage.storage.layout import Layout, sync_folder

PIECE_BYTES = 1024 * 1024


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

    def pieces(self, digest: Digest, start: int, length: int) -> Iterator[bytes]:
        """The bytes `start` to `start + length`, in pieces of at most PIECE_BYTES."""
        with open(self.layout.blob(digest), "rb", buffering=0) as source:
            source.seek(start)
            while length > 0 and (piece := source.read(min(PIECE_BYTES, length))):
                length -= len(piece)
                yield piece

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
