"""The staged bytes of uploads in progress: appended, hashed as they come, never held in memory."""

from __future__ import annotations

import fcntl
import os
from collections import OrderedDict
from dataclasses import dataclass, field

from moorage.oci.digest import Hash, new_hash
from moorage.oci.errors import BlobUploadBusy
from moorage.storage.layout import Layout

REMEMBERED_HASHES = 1024
PIECE_BYTES = 1024 * 1024
FLUSHED_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Locked:
    """An upload's file, open and locked for one request."""

    upload_id: str
    path: str
    handle: int

    def close(self) -> None:
        os.close(self.handle)


@dataclass(slots=True)
class Staged:
    """A locked upload, positioned behind its last acknowledged byte. Close it in every case."""

    path: str
    handle: int
    algorithm: str
    hash: Hash
    size_bytes: int
    _flushed_bytes: int = 0

    def write(self, piece: bytes) -> None:
        """Append and hash. Blocks, for a large piece with other threads free to run."""
        self.hash.update(piece)
        view = memoryview(piece)
        while view:
            view = view[os.write(self.handle, view) :]
        self.size_bytes += len(piece)
        if self.size_bytes - self._flushed_bytes >= FLUSHED_BYTES:
            # Begin to write to the disk now, so that the sync at the end finds little left: for
            # dirty pages this advice means just that.
            length = self.size_bytes - self._flushed_bytes
            os.posix_fadvise(self.handle, self._flushed_bytes, length, os.POSIX_FADV_DONTNEED)
            self._flushed_bytes = self.size_bytes

    def hexdigest(self, algorithm: str) -> str:
        """The hash of all bytes; read again where it was not the running one."""
        if algorithm == self.algorithm:
            return self.hash.hexdigest()
        return _hash_of(self.handle, algorithm, self.size_bytes).hexdigest()

    def close(self) -> None:
        os.close(self.handle)


@dataclass(slots=True)
class UploadStore:
    layout: Layout
    # Running hashes of uploads between two requests, by upload: (algorithm, size, hash). Only a
    # saving: without an entry the staged bytes are hashed again. Never written anywhere.
    _hashes: OrderedDict[str, tuple[str, int, Hash]] = field(default_factory=OrderedDict)

    def create(self, upload_id: str) -> None:
        os.close(os.open(self.layout.upload(upload_id), os.O_WRONLY | os.O_CREAT, 0o600))

    def lock(self, upload_id: str) -> Locked:
        """Raises FileNotFoundError, and BlobUploadBusy while another request writes."""
        path = self.layout.upload(upload_id)
        handle = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise BlobUploadBusy(
                f"upload {upload_id} is being written by another request: wait for it"
            ) from None
        return Locked(upload_id, path, handle)

    def resume(self, locked: Locked, held_bytes: int, algorithm: str) -> Staged:
        """Go on behind `held_bytes`; what a cut-off request left behind them is dropped.

        Blocks while it hashes the held bytes again, unless their running hash is remembered.
        """
        os.ftruncate(locked.handle, held_bytes)
        known = self._hashes.pop(locked.upload_id, None)
        if known is not None and known[1] == held_bytes:
            algorithm, _, running = known
        else:
            running = _hash_of(locked.handle, algorithm, held_bytes)
        os.lseek(locked.handle, held_bytes, os.SEEK_SET)
        return Staged(locked.path, locked.handle, algorithm, running, held_bytes)

    def remembers(self, upload_id: str, held_bytes: int) -> bool:
        known = self._hashes.get(upload_id)
        return known is not None and known[1] == held_bytes

    def remember(self, upload_id: str, staged: Staged) -> None:
        """Keep the running hash for this upload's next request."""
        self._hashes[upload_id] = (staged.algorithm, staged.size_bytes, staged.hash)
        while len(self._hashes) > REMEMBERED_HASHES:
            self._hashes.popitem(last=False)

    def held_bytes(self, upload_id: str) -> int:
        try:
            return os.stat(self.layout.upload(upload_id)).st_size
        except FileNotFoundError:
            return 0

    def discard(self, upload_id: str) -> None:
        self._hashes.pop(upload_id, None)
        try:
            os.unlink(self.layout.upload(upload_id))
        except FileNotFoundError:
            return


def _hash_of(handle: int, algorithm: str, length: int) -> Hash:
    running = new_hash(algorithm)
    offset = 0
    while offset < length:
        piece = os.pread(handle, min(PIECE_BYTES, length - offset), offset)
        if not piece:
            break
        running.update(piece)
        offset += len(piece)
    return running
