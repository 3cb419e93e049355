"""Digests: `algorithm:encoded`, the name of content (image-spec, descriptor.md)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Protocol

from moorage.oci.errors import DigestInvalid, quoted

_FORM = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
ALGORITHMS = ("sha256", "sha512")
_PIECE_BYTES = 16 * 1024 * 1024
"""Large: after each piece a thread that hashes beside others waits for the interpreter."""


class Hash(Protocol):
    """A running hash of hashlib."""

    def update(self, piece: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


class Digest(str):
    """A digest that is well-formed: `Digest.parse` is the only way to make one from text."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Raises DigestInvalid."""
        if _FORM.fullmatch(text) is None:
            raise DigestInvalid(
                f"digest {quoted(text)} is not sha256: with 64 or sha512: with 128 "
                "lower-case hexadecimal digits"
            )
        return cls(text)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Digest:
        return cls(f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}")

    @classmethod
    def of_file(cls, path: Path, algorithm: str = "sha256") -> Digest:
        """Raises OSError."""
        running = hashlib.new(algorithm)
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                running.update(piece)
        return cls(f"{algorithm}:{running.hexdigest()}")

    @property
    def algorithm(self) -> str:
        return self.partition(":")[0]

    @property
    def encoded(self) -> str:
        return self.partition(":")[2]


def new_hash(algorithm: str) -> Hash:
    """A running hash. Raises DigestInvalid for an algorithm that we do not know."""
    if algorithm not in ALGORITHMS:
        raise DigestInvalid(
            f"digest algorithm {quoted(algorithm)} is not supported: use sha256 or sha512"
        )
    return hashlib.new(algorithm)
