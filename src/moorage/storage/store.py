"""What a store of bytes can do: a folder (`folder`) or an object store (`objects`).

A store knows locations and uploads, no repositories and no rows: what it is told of an upload
(`Upload`) is what was acknowledged before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from moorage.model.content import Part, Upload
from moorage.oci.digest import Digest, Hash

REMEMBERED_HASHES = 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """Something found in the store while listing it."""

    location: str
    size_bytes: int
    modified_s: float


class Staged(Protocol):
    """An upload, open for one request behind its last acknowledged byte. Close it in every case."""

    size_bytes: int
    parts: tuple[Part, ...]

    async def append(self, pieces: AsyncIterator[bytes]) -> None:
        """Take all pieces, or none of them where `pieces` raises."""

    async def digest(self, algorithm: str) -> Digest:
        """Of all bytes."""

    async def keep(self, digest: Digest) -> str:
        """Make the bytes a durable blob; its location. Nothing else refers to it yet."""

    async def close(self) -> None:
        """Let the next request in; the running hash is remembered for it."""


class Locked(Protocol):
    """An upload that no other request writes; its row is read after this."""

    async def resume(self, upload: Upload, algorithm: str) -> Staged:
        """Go on behind the acknowledged bytes; what a cut-off request left behind is dropped."""

    def release(self) -> None:
        """Give the lock back without having resumed."""


class Store(Protocol):
    def path(self, location: str) -> str | None:
        """A file on this machine, where there is one."""

    async def signed_url(self, location: str, lifetime: timedelta) -> str | None:
        """Where a client can fetch the bytes itself, if the store offers that."""

    async def read(self, location: str) -> bytes:
        """All bytes of a small blob."""

    def pieces(self, location: str, start: int, length: int) -> AsyncIterator[bytes]:
        """The bytes `start` to `start + length`."""

    async def delete(self, location: str) -> None:
        """Remove a blob or the part of an upload; one that is gone already is no error."""

    async def begin(self, upload_id: str) -> None:
        """Make room for an upload."""

    def lock(self, upload_id: str) -> Locked:
        """Raises FileNotFoundError, and BlobUploadBusy while another request writes."""

    async def discard(self, upload: Upload) -> None:
        """Remove all bytes of an upload."""

    def held_bytes(self, upload: Upload) -> int:
        """How many of the acknowledged bytes are there; fewer only after a power loss.

        Raises FileNotFoundError where there is no room for them any more: a request that was to
        finish the upload failed halfway.
        """

    def listed(self) -> AsyncIterator[Stored]:
        """Everything in the store, blobs and staged uploads, for the collector to compare."""

    async def check(self) -> None:
        """Write, read and delete a small thing; raises what a push would meet."""


@dataclass(slots=True)
class RunningHashes:
    """Hashes of uploads between two requests: only a saving, never written anywhere.

    Without an entry (another replica took the last request) the staged bytes are hashed again.
    """

    _kept: OrderedDict[str, tuple[str, int, Hash]] = field(default_factory=OrderedDict)

    def take(self, upload_id: str, size_bytes: int) -> tuple[str, Hash] | None:
        """The algorithm and the hash of exactly the first `size_bytes`, if it is known."""
        algorithm, size, running = self._kept.pop(upload_id, ("", -1, None))
        return (algorithm, running) if running is not None and size == size_bytes else None

    def keep(self, upload_id: str, size_bytes: int, algorithm: str, running: Hash) -> None:
        self._kept[upload_id] = (algorithm, size_bytes, running)
        while len(self._kept) > REMEMBERED_HASHES:
            self._kept.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        self._kept.pop(upload_id, None)
