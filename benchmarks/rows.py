"""The rows of the table: what is asked of every peer, and how it is counted."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from benchmarks import load
from benchmarks.content import (
    KB,
    MB,
    Blob,
    manifest_of,
    random_blob,
    store_blob,
    store_manifest,
)
from benchmarks.load import Figure
from benchmarks.peers import REPOSITORY, Peer

Measure = Callable[[Peer], Figure]
TAG = "v1"
SIZES = {"4 KB": 4 * KB, "64 KB": 64 * KB, "1 MB": MB, "100 MB": 100 * MB, "1 GB": 1024 * MB}
HEADS = 10_000
LARGE_BYTES = MB
"""From this size on the rate is bytes a second: a round sees few whole answers."""


@dataclass(frozen=True, slots=True)
class Row:
    """`goal` is the least ratio to the best Go registry that we want; 0 states none."""

    name: str
    unit: str
    measure: Measure
    goal: float = 0
    limit_goal: float = 0
    """The least ratio to nginx."""
    has_limit: bool = False
    """Whether nginx can serve it too."""
    is_ours_alone: bool = False
    """Whether no other registry has it: no ratio, only a figure."""


@dataclass(slots=True)
class Content:
    """Fixtures, the same bytes in every peer."""

    manifest: Blob = field(init=False)
    blobs: dict[str, Blob] = field(default_factory=dict)

    def store(self, peers: list[Peer], sizes: list[str]) -> None:
        config = Blob.of(b"{}")
        self.manifest = manifest_of(config, [], padding_bytes=1700)
        self.blobs = {name: random_blob(SIZES[name]) for name in sizes}
        for peer in peers:
            for blob in (config, *self.blobs.values()):
                store_blob(peer, blob)
            store_manifest(peer, TAG, self.manifest)


def pull_rows(content: Content, seconds: float) -> list[Row]:
    by_digest = f"manifests/{content.manifest.digest}"
    rows = [
        _get("manifest GET by tag", f"manifests/{TAG}", 16, seconds, goal=5),
        _get("manifest GET by digest", by_digest, 16, seconds, goal=6),
        _head("manifest HEAD by tag", f"manifests/{TAG}"),
        _head("manifest HEAD by digest", by_digest),
    ]
    goals = {"4 KB": 10.0, "64 KB": 6.0, "100 MB": 1.3, "1 GB": 1.3}
    for name, blob in content.blobs.items():
        for clients in (1, 4, 16):
            is_large = SIZES[name] >= LARGE_BYTES
            rows.append(
                _get(
                    f"blob GET {name}, {clients} client{'s' if clients > 1 else ''}",
                    f"blobs/{blob.digest}",
                    clients,
                    seconds,
                    goal=goals.get(name, 0) if clients == 16 or is_large else 0,
                    limit_goal=0.5 if SIZES[name] >= 100 * MB else 0,
                    bytes_count=is_large,
                )
            )
    return rows


def push_rows(sizes: list[str]) -> list[Row]:
    rows = []
    for size in sizes:
        for way, shown, goal in (
            ("put", "whole", 2.5),
            ("patch", "PATCH with length", 2.5),
            ("chunked", "PATCH chunked", 1.5),
        ):
            for clients in (1, 4):
                name = f"upload {size}, {shown}, {clients} client{'s' if clients > 1 else ''}"
                is_first = size == "100 MB"
                measure = partial(_upload, SIZES[size], clients, way)
                rows.append(Row(name, "MB/s", measure, goal=goal if is_first else 0))
    return rows


def _get(
    name: str,
    path: str,
    clients: int,
    seconds: float,
    *,
    goal: float = 0,
    limit_goal: float = 0,
    bytes_count: bool = False,
) -> Row:
    def measure(peer: Peer) -> Figure:
        full = f"/v2/{REPOSITORY}/{path}"
        return load.get(peer, full, clients, seconds, bytes_count=bytes_count)

    unit = "MB/s" if bytes_count else "requests/s"
    return Row(name, unit, measure, goal, limit_goal, has_limit=True)


def _head(name: str, path: str) -> Row:
    def measure(peer: Peer) -> Figure:
        return load.head(peer, f"/v2/{REPOSITORY}/{path}", 16, HEADS)

    return Row(name, "requests/s", measure)


def _upload(size_bytes: int, clients: int, way: str, peer: Peer) -> Figure:
    """New bytes in every round: a registry that has the blob already would do less."""
    rest = bytes(size_bytes - 16)
    blobs = [Blob.of(os.urandom(16) + rest) for _ in range(clients)]
    return load.upload(peer, blobs, way=way)
