"""Downloads that are checked against a digest and go on where they ended.

A download goes to a partial file first, which a later one with the same digest continues.
"""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from urllib3.exceptions import HTTPError

from moorage.oci.digest import Digest, Hash, new_hash
from moorage.remote.errors import ContentMismatch, RemoteError, Unreachable
from moorage.remote.transport import PIECE_BYTES, Answer, unreachable

ATTEMPTS = 5
PIECES_AHEAD = 4
"""Pieces that wait for being hashed: memory, not a file's size, is what they may take."""

Progress = Callable[[int], None]
"""Called with the count of bytes that have just gone over the wire."""


def no_progress(_: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known before: without a digest nothing is resumed, and nothing checked."""

    digest: Digest | None
    size_bytes: int | None = None


class Interrupted(Exception):
    """A transfer broke where going on may help."""

    def __init__(self, reason: RemoteError) -> None:
        self.reason = reason


@dataclass(slots=True)
class _Received:
    """How much of the content is in the partial file, and its running hash."""

    hash: Hash
    count: int = 0

    @contextmanager
    def hashing(self) -> Iterator[Callable[[bytes], None]]:
        """Hash in another thread while the next piece comes; done when the block is left."""
        with ThreadPoolExecutor(1) as pool:
            pending: deque[Future[None]] = deque()

            def hash_piece(piece: bytes) -> None:
                pending.append(pool.submit(self.hash.update, piece))
                if len(pending) > PIECES_AHEAD:
                    pending.popleft().result()

            yield hash_piece


def download(
    fetch: Callable[[dict[str, str]], Answer],
    expected: Expected,
    path: Path,
    progress: Progress = no_progress,
) -> Path:
    """Download by way of `path`, which may hold the beginning; the whole file, the caller's alone.

    `fetch` sends the request with these headers and gives a good answer, its body unread. Raises
    ContentMismatch (and keeps nothing), Unreachable (and keeps what came).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _own_file(path) as target:
        received = _what_is_there(target, expected)
        progress(received.count)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _receive(fetch, expected, target, received, progress)
                break
            except Interrupted as broken:
                target.flush()
                if attempt == ATTEMPTS:
                    raise broken.reason from None
        _require_expected(expected, received, path)
        # Still locked: another download of the same content waits, and then starts anew.
        whole = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}")
        path.rename(whole)
    return whole


def _receive(
    fetch: Callable[[dict[str, str]], Answer],
    expected: Expected,
    target: BinaryIO,
    received: _Received,
    progress: Progress,
) -> None:
    """Bytes from where it stands on. A server that knows no ranges makes it start anew."""
    if received.count == expected.size_bytes:
        return
    can_resume = received.count > 0 and expected.digest is not None
    try:
        answer = fetch({"Range": f"bytes={received.count}-"} if can_resume else {})
    except Unreachable as error:
        raise Interrupted(error) from None
    if answer.status == 200:
        target.truncate(0)
        received.count, received.hash = 0, new_hash(_algorithm(expected))
    target.seek(received.count)
    try:
        with received.hashing() as hash_piece:
            while piece := answer.read(PIECE_BYTES, decode_content=False):
                hash_piece(piece)
                target.write(piece)
                received.count += len(piece)
                progress(len(piece))
                if expected.size_bytes is not None and received.count > expected.size_bytes:
                    break  # more than was announced: it is refused
    except HTTPError as error:
        raise Interrupted(unreachable("GET", answer.url or "", error)) from None
    finally:
        answer.release_conn()


def _require_expected(expected: Expected, received: _Received, path: Path) -> None:
    found = f"{_algorithm(expected)}:{received.hash.hexdigest()}"
    is_short = expected.size_bytes is not None and received.count != expected.size_bytes
    if is_short or (expected.digest is not None and found != expected.digest):
        path.unlink(missing_ok=True)
        raise ContentMismatch(
            f"{received.count} bytes with digest {found} came for {expected.digest}",
            "the server's copy is damaged, or something between changes it; nothing was kept",
        )


@contextmanager
def _own_file(path: Path) -> Iterator[BinaryIO]:
    """The partial file, ours alone: two downloads of one blob do not mix."""
    while True:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as target:
            fcntl.flock(target, fcntl.LOCK_EX)
            if _is_at(path, target.fileno()):
                yield cast(BinaryIO, target)
                return


def _is_at(path: Path, handle: int) -> bool:
    """False where another download finished while we waited, and took the file away."""
    try:
        return path.stat().st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False


def _what_is_there(target: BinaryIO, expected: Expected) -> _Received:
    found = _Received(new_hash(_algorithm(expected)))
    size = os.fstat(target.fileno()).st_size
    if expected.digest is None or (expected.size_bytes is not None and size > expected.size_bytes):
        target.truncate(0)
        return found
    while piece := target.read(PIECE_BYTES):
        found.hash.update(piece)
        found.count += len(piece)
    return found


def _algorithm(expected: Expected) -> str:
    return expected.digest.algorithm if expected.digest else "sha256"
