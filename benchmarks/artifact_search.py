"""Search among 100,000 chart versions: server time of each sort of query, on both databases.

What anybody may see (half of the repositories) beside what a superuser may.

python -m benchmarks.artifact_search [--repositories 5000] [--url postgresql://...]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert, text

from moorage.artifacts.description import ArtifactKind
from moorage.db import artifact_search, schema, search_documents
from moorage.db.artifact_search import SearchQuery
from moorage.db.artifacts_schema import artifacts
from moorage.db.engine import open_database
from moorage.db.migrate import migrate
from moorage.model.accounts import Actor

VERSIONS = 100_000
NAMESPACES = 50
BATCH = 200
ROUNDS = 20
WORDS = (
    "redis nginx postgres kafka grafana prometheus vault ingress gateway operator cluster cache "
    "queue database proxy monitor backup secret storage network policy web service worker"
).split()
QUERIES = {
    "one word, few": SearchQuery("chart-17"),
    "one word, many": SearchQuery("redis"),
    "half a word": SearchQuery("pro"),
    "two words": SearchQuery("redis cluster"),
    "a word that all have": SearchQuery("chart"),
    "an application version": SearchQuery("7.2.4"),
    "no word, newest": SearchQuery(""),
    "one organization": SearchQuery("redis", namespace="org-3"),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repositories", type=int, default=5_000)
    options.add_argument("--url", help="an empty PostgreSQL database; else SQLite in a folder")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{folder}/moorage.db"
        migrate(url)
        asyncio.run(_run(url, chosen.repositories))


async def _run(url: str, repositories: int) -> None:
    database = open_database(url, wait_seconds=3600)
    await database.open()
    now_ms = int(time.time() * 1000)
    await database.write(partial(_namespaces, now_ms))
    for start in range(0, repositories, BATCH):
        numbers = range(start, min(start + BATCH, repositories))
        await database.write(partial(_fill, numbers, VERSIONS // repositories, now_ms))
    await database.write(lambda tx: tx.execute(text("ANALYZE")))
    await database.read(_measure)
    await database.close()


def _namespaces(now_ms: int, tx: Connection) -> None:
    for number in range(NAMESPACES):
        tx.execute(
            insert(schema.namespaces).values(
                id=number + 1, name=f"org-{number}", is_organization=True, created_ms=now_ms
            )
        )


def _fill(numbers: range, versions: int, now_ms: int, tx: Connection) -> None:
    for number in numbers:
        _repository(tx, number, versions, now_ms)
        name = f"org-{number % NAMESPACES}/chart-{number}"
        search_documents.index_repository(tx, number + 1, name, now_ms + 1)


def _repository(tx: Connection, number: int, versions: int, now_ms: int) -> None:
    words = [WORDS[(number * step) % len(WORDS)] for step in (1, 3, 7)]
    tx.execute(
        insert(schema.repositories).values(
            id=number + 1,
            namespace_id=number % NAMESPACES + 1,
            name=f"org-{number % NAMESPACES}/chart-{number}",
            visibility="public" if number % 2 else "private",
            created_ms=now_ms,
        )
    )
    rows: dict[str, list[dict[str, Any]]] = {"manifests": [], "tags": [], "artifacts": []}
    for version in range(versions):
        row_id = number * versions + version + 1
        rows["manifests"].append(
            {
                "id": row_id,
                "repository_id": number + 1,
                "digest": f"sha256:{row_id:064x}",
                "media_type": "application/vnd.oci.image.manifest.v1+json",
                "raw": b"{}",
                "created_ms": now_ms,
                "kind": ArtifactKind.CHART,
                "described_ms": now_ms,
            }
        )
        rows["tags"].append(
            {
                "repository_id": number + 1,
                "name": f"1.{version}.0",
                "manifest_id": row_id,
                "started_ms": now_ms,
                "version_key": f"001{version:03d}",
            }
        )
        rows["artifacts"].append(
            {
                "manifest_id": row_id,
                "state": "described",
                "title": f"chart-{number}",
                "version": f"1.{version}.0",
                "app_version": f"7.{version}.{number % 9}",
                "summary": f"A chart for {' and '.join(words)} on Kubernetes",
                "keywords": f'["{words[0]}", "{words[1]}"]',
            }
        )
    tx.execute(insert(schema.manifests), rows["manifests"])
    tx.execute(insert(schema.tags), rows["tags"])
    tx.execute(insert(artifacts), rows["artifacts"])


def _measure(tx: Connection) -> None:
    callers = {
        "everybody's": Actor(None, ""),
        "a superuser": Actor(1, "admin", is_superuser=True, reads_everything=True),
    }
    for name, wanted in QUERIES.items():
        shown = []
        for actor in callers.values():
            times = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                found = artifact_search.find_documents(tx, actor, wanted, 0, 20)
                times.append((time.perf_counter() - start) * 1000)
            shown.append(f"{statistics.median(times):6.1f} ms of {found.total:6d}")
        print(f"{name:24s} {'   '.join(shown)}")


if __name__ == "__main__":
    main()
