"""Does it stay as quick when it grows? The same requests on a small and on a large registry.

    python -m benchmarks.scale [--manifests 1000000] [--rounds 5] [--database sqlite|postgres]

Rows are made by the database itself: ten manifests a repository, two tags a manifest, a layer and
a config of its own each. Prints the cost on the large one as a ratio to the small one; the goal is
at most 1.3.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, text
from tests.postgres_server import new_database, postgres_server
from tests.server import PASSWORD

from benchmarks import load, peers
from benchmarks.content import Blob, manifest_of, request, store_blob, store_manifest
from benchmarks.peers import Peer
from moorage.settings import load_settings
from moorage.wiring import migrate_database, open_registry_database, prepare

SMALL = 1_000
PER_REPOSITORY = 10
PUSHES = 40
GOAL = 1.3

Measure = Callable[[Peer, int], float]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="moorage-scale-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        urls = ["", ""]
        if options.database == "postgres":
            server = stack.enter_context(postgres_server())
            urls = [new_database(server), new_database(server)]
        running = [
            stack.enter_context(_filled(folder / str(count), url, count))
            for url, count in zip(urls, (SMALL, options.manifests), strict=True)
        ]
        counts = (SMALL, options.manifests)
        print(f"{options.database}: {counts[1]:,} manifests beside {counts[0]:,}", flush=True)
        for name, measure in ROWS.items():
            found: list[list[float]] = [[], []]
            for turn in range(options.rounds):
                for place in (0, 1) if turn % 2 else (1, 0):
                    found[place].append(measure(running[place], counts[place]))
            ratio = median(large / small for small, large in zip(*found, strict=True))
            shown = f"{median(found[0]) * 1e6:,.0f} -> {median(found[1]) * 1e6:,.0f} us"
            verdict = "flat" if ratio <= GOAL else f"NOT FLAT, goal {GOAL}"
            print(f"  {name:<28} {shown:<24} {ratio:.2f}  {verdict}", flush=True)


def _pull(peer: Peer, count: int) -> float:
    """Seconds of server CPU for a manifest, by random tags."""
    script = Path(tempfile.gettempdir()) / f"moorage-scale-{count}.lua"
    script.write_text(
        f"request = function() local n = math.random(0, {count - 1})\n"
        f'return wrk.format("GET", "/v2/admin/r" .. math.floor(n / {PER_REPOSITORY}) .. '
        '"/manifests/t" .. n) end\n'
    )
    return load.get(peer, "/", 8, 2, bytes_count=False, script=script).cpu_seconds


def _push(peer: Peer, count: int) -> float:
    """Seconds for a manifest with a new tag."""
    config = Blob.of(b"{}")
    store_blob(peer, config)
    manifests = [manifest_of(config, [], 100 + number) for number in range(PUSHES)]
    started = time.monotonic()
    for manifest in manifests:
        store_manifest(peer, secrets.token_hex(6), manifest)
    return (time.monotonic() - started) / PUSHES


def _tags(peer: Peer, count: int) -> float:
    return _repeated(peer, "/v2/admin/r1/tags/list?n=20")


def _catalog(peer: Peer, count: int) -> float:
    return _repeated(peer, "/v2/_catalog?n=100&last=admin/r5")


def _repeated(peer: Peer, path: str) -> float:
    started = time.monotonic()
    for _ in range(PUSHES):
        request(peer, "GET", path, expect=200)
    return (time.monotonic() - started) / PUSHES


ROWS: dict[str, Measure] = {
    "pull by random tags (CPU)": _pull,
    "push of a manifest": _push,
    "page of tags": _tags,
    "page of repositories": _catalog,
}


@contextmanager
def _filled(data: Path, url: str, count: int) -> Iterator[Peer]:
    flags: dict[str, object] = {"DATA_FOLDER": data, "DB_URI": url or None}
    settings = load_settings(None, flags)
    migrate_database(settings)

    async def fill() -> None:
        await prepare(settings, PASSWORD)
        database = open_registry_database(settings)
        await database.write(lambda tx: _fill(tx, count))
        await database.close()

    asyncio.run(fill())
    more = {"DB_URI": url} if url else {}
    more["FEATURE_GARBAGE_COLLECTION"] = "false"
    with peers.moorage(data, more) as peer:
        yield peer


def add_repositories(tx: Connection, count: int) -> None:
    """Public repositories admin/r0, admin/r1, ..."""
    tx.execute(
        text(
            "INSERT INTO repositories (namespace_id, name, visibility, created_ms) "
            f"{_numbers(tx).format(count)} SELECT (SELECT id FROM namespaces WHERE name = 'admin'),"
            " 'admin/r' || n, 'public', 1 FROM s"
        )
    )


def _numbers(tx: Connection) -> str:
    """SQL for a table `s` of the numbers 0 to {0} - 1."""
    if tx.dialect.name == "sqlite":
        return "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {0} - 1)"
    return "WITH s(n) AS (SELECT generate_series(0, {0} - 1))"


def _fill(tx: Connection, count: int) -> None:
    is_sqlite = tx.dialect.name == "sqlite"
    numbers = _numbers(tx)
    digest = (
        "printf('sha256:%064x', {0})" if is_sqlite else "'sha256:' || lpad(to_hex({0}), 64, '0')"
    )
    raw = "zeroblob(600)" if is_sqlite else "decode(repeat('20', 600), 'hex')"
    media = "'application/vnd.oci.image.manifest.v1+json'"
    add_repositories(tx, count // PER_REPOSITORY)
    repository = f"(SELECT min(id) FROM repositories) + n / {PER_REPOSITORY}"
    statements = [
        (
            count,
            "INSERT INTO manifests (repository_id, digest, media_type, raw, created_ms) "
            f"{numbers} SELECT {repository}, {digest.format('n')}, {media}, {raw}, 1 FROM s",
        ),
        (
            2 * count,
            "INSERT INTO tags (repository_id, name, manifest_id, started_ms) "
            f"{numbers} SELECT {repository.replace('n /', 'n / 2 /')}, CASE WHEN n % 2 = 0 THEN "
            "'t' ELSE 'latest' END || (n / 2), (SELECT min(id) FROM manifests) + n / 2, 1 FROM s",
        ),
        (
            count,
            "INSERT INTO blobs (digest, size_bytes, location, created_ms) "
            f"{numbers} SELECT {digest.format('n + 16')}, 100, 'blobs/x/' || n, 1 FROM s",
        ),
        (
            count,
            "INSERT INTO repository_blobs (repository_id, blob_id, created_ms) "
            f"{numbers} SELECT {repository}, (SELECT min(id) FROM blobs) + n, 1 FROM s",
        ),
        (
            count,
            "INSERT INTO manifest_references (manifest_id, digest, repository_id, is_blob) "
            f"{numbers} SELECT (SELECT min(id) FROM manifests) + n, {digest.format('n + 16')}, "
            f"{repository}, true FROM s",
        ),
    ]
    for total, statement in statements:
        tx.execute(text(statement.format(total)))
    tx.execute(text("ANALYZE"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("--manifests", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
