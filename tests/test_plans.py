"""Every statement of a push, a pull and a page finds its rows by an index, on both databases."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from moorage.artifacts.description import ArtifactKind, Description, Link, Relation
from moorage.db import accounts, blobs, manifests, repositories, uploads
from moorage.db.artifact_search import SearchQuery
from moorage.db.artifact_tags import TagOrder, TagQuery
from moorage.db.engine import PostgresDatabase, SqliteDatabase
from moorage.model.accounts import Actor
from moorage.oci.digest import Digest
from moorage.oci.manifest import parse_manifest
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import (
    artifact_search,
    artifacts,
    chart_index,
    chart_links,
    chart_upload,
    collect,
    describe,
    discover,
    mount,
    pull,
    push,
    remove,
    upload,
)
from moorage.registry.chart_upload import Existing
from moorage.registry.chart_view import Flavour
from moorage.registry.charts import read_unread_charts
from moorage.registry.context import Registry
from moorage.settings import load_settings
from moorage.wiring import build_registry, migrate_database, prepare
from tests.charts_repository.made import make_chart
from tests.conftest import DATABASES
from tests.postgres_server import new_database

NAME = RepositoryName("admin/plans")
IMAGE = "application/vnd.oci.image.manifest.v1+json"

PULL_PATH = (
    manifests.PULL_BY_TAG,
    manifests.PULL_BY_DIGEST,
    blobs.FIND_BLOB,
    repositories.FIND_REPOSITORY,
    uploads.FIND_UPLOAD,
)
BOUNDED = (
    *("SCAN CONSTANT ROW", "SCAN candidates", "SCAN found", "SCAN anon_", "VIRTUAL TABLE INDEX"),
    *("ix_manifests_undescribed", "ix_repositories_unindexed", "ix_tags_unsorted"),
)
"""What SQLite scans besides tables: short lists, and indexes of only what waits for work."""
Seen = dict[str, Any]


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, object]]:
    found: dict[str, object] = {"DATA_FOLDER": tmp_path}
    if request.param == "postgres":
        found["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    yield found


def test_no_statement_reads_a_whole_table(settings: dict[str, object]) -> None:
    plans = asyncio.run(_plans(settings))

    scans = {
        statement: plan for statement, plan in plans.items() if any(_is_scan(line) for line in plan)
    }
    assert len(plans) > 25
    assert scans == {}


def _is_scan(line: str) -> bool:
    is_bounded = any(found in line for found in BOUNDED)
    return "Seq Scan" in line or (line.startswith("SCAN") and not is_bounded)


async def _plans(flags: dict[str, object]) -> dict[str, list[str]]:
    loaded = load_settings(None, flags)
    await asyncio.to_thread(migrate_database, loaded)
    await prepare(loaded, "secret")
    registry = build_registry(loaded)
    await registry.db.open()
    seen: Seen = {}
    _watch(registry, seen)
    try:
        await _exercise(registry)
        _note_pull_path(registry, seen)
        return await registry.db.write(lambda tx: _explain(tx, seen))
    finally:
        await registry.db.close()


def _watch(registry: Registry, seen: Seen) -> None:
    match registry.db:
        case SqliteDatabase() as found:
            engine: Engine = found._engine
        case PostgresDatabase() as found:
            engine = found._engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.split(maxsplit=1)[0] in ("SELECT", "UPDATE", "DELETE", "INSERT"):
            seen[statement] = parameters[0] if isinstance(parameters, list) else parameters


def _note_pull_path(registry: Registry, seen: Seen) -> None:
    """Statements that go to the driver itself, with values in the place of the parameters."""
    for statement in PULL_PATH:
        if isinstance(registry.db, SqliteDatabase):
            seen[statement.sqlite_text] = tuple("a" for _ in statement.parameters)
        else:
            sql = statement.postgres_text
            for place in range(len(statement.parameters), 0, -1):
                sql = sql.replace(f"${place}", "'a'")
            seen[sql] = ()


async def _exercise(registry: Registry) -> None:
    user = await registry.db.read(lambda tx: accounts.find_user(tx, "admin"))
    assert user is not None
    for actor in (Actor(user.id, user.name, True), Actor(user.id, user.name, False)):
        digest = await _push_blob(registry, actor, b"{}" + actor.name.encode())
        raw = _image(digest)
        for tag in ("v1", "v2"):
            await push.push_manifest(registry, actor, NAME, Tag(tag), _body(raw), IMAGE)
        other = RepositoryName("admin/other")
        await mount.mount_blob(registry, actor, other, digest, NAME)
        await pull.pull_manifest(registry, actor, NAME, Tag("v1"))
        await pull.find_blob(registry, actor, NAME, digest)
        await discover.list_tags(registry, actor, NAME, "a", 10)
        await discover.list_repositories(registry, actor, "a", 10)
        await discover.list_referrers(registry, actor, NAME, Digest.of(raw), "a/b", "")
        await _look_at_artifacts(registry, actor, Digest.of(raw))
        await remove.delete_manifest(registry, actor, NAME, Tag("v2"))
        await remove.delete_manifest(registry, actor, NAME, Digest.of(raw))
        await _exercise_charts(registry, actor)
    await collect.collect(registry, lambda garbage: None, as_of_ms=2**62)


async def _exercise_charts(registry: Registry, actor: Actor) -> None:
    for version in ("1.0.0", "2.0.0"):
        packed = chart_upload.read_archive(io.BytesIO(make_chart("pad", version).archive))
        await chart_upload.upload_chart(
            registry, actor, "admin", await packed, None, Existing.IS_REPLACED
        )
    for prefix in ("admin", ""):
        await chart_index.get_index(registry, actor, prefix, Flavour())
    await chart_index.get_archive(registry, actor, "admin", "pad-1.0.0.tgz")
    await chart_upload.delete_chart(registry, actor, "admin", "pad", "1.0.0")
    await read_unread_charts(registry)


async def _look_at_artifacts(registry: Registry, actor: Actor, digest: Digest) -> None:
    await describe.has_work(registry, "somebody", [0])
    await describe.take_lease(registry, "somebody")
    link = Link(Relation.DEPENDENCY, "redis")
    found = Description(ArtifactKind.CHART, b"{}", "web", links=(link,), texts={"readme": "x"})
    for waiting in await describe.next_waiting(registry, [0]):
        await describe.blobs_of(registry, waiting, parse_manifest(waiting.raw, IMAGE))
        await describe.tags_of(registry, waiting)
        await describe.keep(registry, waiting, 1, found, "")
    await describe.index(registry)
    await artifacts.get_artifact(registry, actor, NAME, digest)
    await artifacts.get_text(registry, actor, NAME, digest, "readme")
    await artifacts.list_referrers(registry, actor, NAME, digest, "")
    for sort in ("version", "modified"):
        order, wanted = TagOrder(sort), TagQuery("v", ArtifactKind.CHART, signed=False)
        await artifacts.list_tags(registry, actor, NAME, order, wanted, "", 10)
    await artifact_search.find_artifacts(registry, actor, SearchQuery("web"), 0, 10)
    await artifact_search.find_artifacts(registry, actor, SearchQuery("web:v1"), 0, 10)
    await chart_links.dependents_of(registry, actor, NAME, 1)
    await chart_links.users_of_image(registry, actor, "quay.io/web:1", 1)


async def _push_blob(registry: Registry, actor: Actor, content: bytes) -> Digest:
    digest = Digest.of(content)
    started = await upload.start_upload(registry, actor, NAME)
    await upload.append_chunk(registry, actor, NAME, started.id, upload.Chunk(_body(content)))
    rest = upload.Chunk(_body(b""))
    await upload.finish_upload(registry, actor, NAME, started.id, digest, rest)
    return digest


async def _body(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _image(config: Digest) -> bytes:
    descriptor = {"mediaType": "application/x", "digest": config, "size": 7}
    document = {"schemaVersion": 2, "mediaType": IMAGE, "config": descriptor, "layers": []}
    return json.dumps(document).encode()


def _explain(tx: Connection, seen: Seen) -> dict[str, list[str]]:
    if tx.dialect.name == "postgresql":
        # On a table of three rows a scan is the best plan: ask for the best one without it.
        tx.execute(text("SET LOCAL enable_seqscan = off"))
        return {s: _lines(tx, f"EXPLAIN {s}", values) for s, values in seen.items()}
    return {s: _lines(tx, f"EXPLAIN QUERY PLAN {s}", values) for s, values in seen.items()}


def _lines(tx: Connection, statement: str, values: Any) -> list[str]:
    return [str(row[-1]) for row in tx.exec_driver_sql(statement, values)]
