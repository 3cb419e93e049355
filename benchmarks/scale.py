"""Does it stay as quick when it grows? The same requests on a small and on a large registry.

    python -m benchmarks.scale [--manifests 1000000] [--rounds 5] [--database sqlite|postgres]

Prints what a request costs in CPU time of the server (and of PostgreSQL), on the small registry
and on the large one, and the median of the rounds' ratios; the goal is at most 1.3. CPU time,
because it hardly depends on what else the machine does; everything is in the page cache.

A worker keeps the rows of 2,048 pulls while nothing is written, and all of a small registry would
be among them. So pulls are measured twice with the same share of hits on both: of HOT tags, all of
which are kept, and of random tags while the rows are dropped, as a writer does, every millisecond.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from tests.postgres_server import Cluster, new_cluster, new_database

from benchmarks import load, peers
from benchmarks.content import Blob, manifest_of, request, store_blob, store_manifest
from benchmarks.filling import PER_REPOSITORY, SEEN, fill
from benchmarks.peers import Peer
from moorage.db.changes import Changes

SMALL = 1_000
HOT = 500
SECONDS = 3.0
GOAL = 1.3


@dataclass(frozen=True, slots=True)
class Registry:
    """One of the two, and the PostgreSQL that both share."""

    peer: Peer
    reader: Peer
    """The same server asked by one who may see few of its repositories."""
    manifests: int
    cluster: Cluster | None

    def cpu_seconds(self) -> float:
        used = load.cpu_seconds(self.peer.pid)
        return used + (load.cpu_seconds(self.cluster.processes()[0]) if self.cluster else 0.0)


Measure = Callable[[Registry], float]
"""CPU seconds of one request."""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="moorage-scale-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        cluster = None
        if options.database == "postgres":
            cluster = stack.enter_context(new_cluster())
        small, large = (
            stack.enter_context(_running(folder / str(count), count, cluster))
            for count in (SMALL, options.manifests)
        )
        print(f"{options.database}: {large.manifests:,} manifests beside {SMALL:,}", flush=True)
        for name, measure in ROWS.items():
            found: dict[int, list[float]] = {SMALL: [], large.manifests: []}
            for turn in range(options.rounds):
                for registry in (small, large) if turn % 2 else (large, small):
                    found[registry.manifests].append(measure(registry))
            _print_row(name, found[SMALL], found[large.manifests])


def _print_row(name: str, small: list[float], large: list[float]) -> None:
    ratios = [many / few for few, many in zip(small, large, strict=True)]
    shown = f"{median(small) * 1e6:,.0f} -> {median(large) * 1e6:,.0f} us"
    ratio = median(ratios)
    verdict = "flat" if ratio <= GOAL else f"NOT FLAT, goal {GOAL}"
    print(
        f"  {name:<40} {shown:<22} {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})  {verdict}",
        flush=True,
    )


def _pull_hot(registry: Registry) -> float:
    return _pull(registry, HOT)


def _pull_any(registry: Registry) -> float:
    with _rows_dropped(registry.peer.data):
        return _pull(registry, registry.manifests)


def _pull(registry: Registry, tags: int) -> float:
    """By random ones of the first `tags` tags."""
    script = registry.peer.data / "pull.lua"
    script.write_text(
        f"request = function() local n = math.random(0, {tags - 1})\n"
        f'return wrk.format("GET", "/v2/admin/r" .. math.floor(n / {PER_REPOSITORY}) .. '
        '"/manifests/t" .. n) end\n'
    )
    before = registry.cpu_seconds()
    figure = load.get(registry.peer, "/", 8, SECONDS, bytes_count=False, script=script)
    requests = figure.per_second * SECONDS
    return (registry.cpu_seconds() - before) / requests


@contextmanager
def _rows_dropped(data: Path) -> Iterator[None]:
    """Say each millisecond that something was written. PostgreSQL keeps no rows."""
    path = data / "moorage.db-changes"
    if not path.exists():
        yield
        return
    changes, ended = Changes(str(path)), threading.Event()

    def announce() -> None:
        while not ended.wait(0.001):
            changes.announce()

    thread = threading.Thread(target=announce)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        changes.close()


def _push(registry: Registry) -> float:
    """A manifest with a new tag."""
    config = Blob.of(b"{}")
    store_blob(registry.peer, config)

    def push() -> None:
        manifest = manifest_of(config, [], 100 + secrets.randbelow(1_000_000) % 997)
        store_manifest(registry.peer, secrets.token_hex(6), manifest)

    return _repeated(registry, push)


def _upload(registry: Registry) -> float:
    return _repeated(registry, lambda: store_blob(registry.peer, Blob.of(secrets.token_bytes(64))))


def _asking(path: str) -> Measure:
    return lambda registry: _repeated(
        registry, lambda: request(registry.peer, "GET", path, expect=200)
    )


def _catalog_of_few(registry: Registry) -> float:
    """All that the reader sees: to say that there is no more, nothing may be overlooked."""
    path = "/v2/_catalog?n=100&last=hidden/"

    def ask() -> None:
        content, _ = request(registry.reader, "GET", path, expect=200)
        assert content.count(b"hidden/") == SEEN, content

    return _repeated(registry, ask)


def _repeated(registry: Registry, once: Callable[[], object]) -> float:
    before, started, count = registry.cpu_seconds(), time.monotonic(), 0
    while time.monotonic() - started < SECONDS:
        once()
        count += 1
    return (registry.cpu_seconds() - before) / count


ROWS: dict[str, Measure] = {
    f"pull of {HOT} hot tags": _pull_hot,
    "pull of any tag, no rows kept": _pull_any,
    "push of a manifest": _push,
    "push of a blob": _upload,
    "page of tags": _asking("/v2/admin/r1/tags/list?n=20"),
    "page of repositories": _asking("/v2/_catalog?n=100&last=admin/r5"),
    f"page of one who sees {SEEN} repositories": _catalog_of_few,
}


@contextmanager
def _running(data: Path, count: int, cluster: Cluster | None) -> Iterator[Registry]:
    url = new_database(cluster.url) if cluster else ""
    fill({"DATA_FOLDER": data, "DB_URI": url or None}, count)
    more = {"DB_URI": url} if url else {}
    more["FEATURE_GARBAGE_COLLECTION"] = "false"
    with peers.moorage(data, more) as peer:
        token = peers.moorage_token(peer.port, "reader", "scope=registry:catalog:*")
        yield Registry(peer, replace(peer, authorization=f"Bearer {token}"), count, cluster)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("--manifests", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
