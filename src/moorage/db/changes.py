"""Rows of the pull path, kept while it is proven that no process has written since.

Every commit puts a fresh random token into DATABASE-changes, eight bytes that all processes of this
machine map into memory, before it is acknowledged. While a reader still finds the token that it
saw *before* it ran a statement, the row is what the database would answer now: tokens never come
back. A writer that does not know the file (another program) is noticed after KEPT_SECONDS.
"""

from __future__ import annotations

import mmap
import os
import secrets
import time
from collections.abc import Sequence
from typing import Any

TOKEN_BYTES = 8
KEPT_SECONDS = 1.0
ROWS = 2048
ROW_BYTES = 16 * 1024
"""Larger rows are not kept, so that all of them together stay under 32 MB."""

Row = Sequence[Any] | None
Key = tuple[object, ...]


class Changes:
    """The shared token of one database."""

    def __init__(self, path: str) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size < TOKEN_BYTES:
                # Truncating would leave a hole, and a hole that no disk block is left for kills the
                # process that writes into its mapping.
                os.posix_fallocate(handle, 0, TOKEN_BYTES)
            self._shared = mmap.mmap(handle, TOKEN_BYTES)
        finally:
            os.close(handle)

    def token(self) -> bytes:
        return self._shared[:]

    def announce(self) -> None:
        """Call after a commit and before anybody is told of it."""
        self._shared[:] = secrets.token_bytes(TOKEN_BYTES)

    def close(self) -> None:
        self._shared.close()


class FreshRows:
    """Rows by statement and values, all dropped as soon as anything was written."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._token = b""
        self._until = 0.0
        self._rows: dict[Key, Row] = {}

    def find(self, key: Key) -> tuple[bool, Row]:
        """Whether the answer is known, and the answer."""
        token, now = self._changes.token(), time.monotonic()
        if token != self._token or now > self._until:
            self._rows.clear()
            self._token, self._until = token, now + KEPT_SECONDS
            return False, None
        row = self._rows.get(key, _MISSING)
        return (False, None) if row is _MISSING else (True, row)

    def keep(self, key: Key, row: Row) -> None:
        """Keep what a statement gave that ran after `find`, under the token of that time."""
        if len(self._rows) >= ROWS:
            self._rows.clear()
        if row is None or sum(len(v) for v in row if isinstance(v, (bytes, str))) <= ROW_BYTES:
            self._rows[key] = row


_MISSING: Row = ("missing",)
