"""When rights last changed: what makes a revocation hold at once in every process of a replica.

One number in a small file that all processes of the replica have mapped, so that a pull can ask in
a fraction of a microsecond. Whoever takes or gives a right notes the time; tokens issued before it,
remembered passwords and remembered decisions are checked against the database again.

Other replicas do not see it: there a registry token lives at most REGISTRY_TOKEN_SECONDS, and
everything else that is remembered at most the few seconds written beside it.
"""

from __future__ import annotations

import mmap
import os
import struct
import time

_TIME = struct.Struct("d")


class Revocations:
    """The replica's last change of rights, in seconds since 1970."""

    def __init__(self, path: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(file).st_size < _TIME.size:
                # Not truncated: writing into a hole that the disk has no block for kills us.
                os.posix_fallocate(file, 0, _TIME.size)
            self._map = mmap.mmap(file, _TIME.size)
        finally:
            os.close(file)

    def last_s(self) -> float:
        last: float = _TIME.unpack_from(self._map)[0]
        return last

    def note(self) -> None:
        """Call it after the transaction that changed rights was committed."""
        _TIME.pack_into(self._map, 0, max(time.time(), self.last_s() + 1e-6))
