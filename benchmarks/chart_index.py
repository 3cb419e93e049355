"""`python -m benchmarks.chart_index`: what a push of one chart costs in a namespace with thousands.

Fills a namespace straight in the database, then pushes charts over HTTP and reads the index after
each. Beside it: making the index anew, by `helm repo index` over a folder of the same archives, and
by writing the same entries as YAML.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from sqlalchemy import Connection
from tests.charts_repository.made import Made, make_chart, push
from tests.conftest import Client
from tests.postgres_server import new_database, postgres_server
from tests.server import PASSWORD, Server, running_server

from moorage.charts.description import Description, describe
from moorage.charts.index import Index, IndexEntry
from moorage.charts.manifest import LAYER, chart_manifest, find_parts
from moorage.db import accounts, blobs, charts, manifests, repositories
from moorage.model.content import StoredBlob, StoredManifest, Visibility
from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.manifest import Descriptor, parse_manifest
from moorage.oci.name import RepositoryName, Tag
from moorage.settings import load_settings
from moorage.wiring import migrate_database, open_registry_database, prepare

HELM = Path.home() / ".cache/moorage/tools/bin/helm-4.3.1"
NOW_MS = 1_790_000_000_000


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="moorage-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        settings: dict[str, str] = {}
        if options.database == "postgres":
            settings["DB_URI"] = new_database(stack.enter_context(postgres_server()))
        made = list(_made(options.charts, options.versions // options.charts))
        asyncio.run(_fill(folder / "data", settings, made))
        print(f"{options.database}: {len(made)} versions of {options.charts} charts", flush=True)
        server = stack.enter_context(running_server(folder / "data", settings))
        _measure(Client(server), options.rounds)
        _show("the same as YAML, entries at hand", [_seconds(lambda: _as_yaml(made))])
        archives = folder / "archives"
        _write(archives, made)
        _show("helm repo index of the archives", [_seconds(lambda: _helm_index(archives))])


def _measure(client: Client, rounds: int) -> None:
    path = "/charts/admin/index.yaml"
    first = _seconds(lambda: client("GET", path))
    pushes, stale, ready, known, work = [], [], [], [], []
    for turn in range(rounds):
        chart = make_chart("chart0", f"9.{turn}.0")
        before_s = _cpu_seconds(client.server)
        pushes.append(_seconds(lambda: push(client, "admin/chart0", chart)))  # noqa: B023
        stale.append(_seconds(lambda: client("GET", path)))
        work.append(_cpu_seconds(client.server) - before_s)
        ready += [_seconds(lambda: client("GET", path)) for _ in range(5)]
        etag = client("GET", path).headers["etag"]
        asked = [_seconds(lambda: client("GET", path, If_None_Match=etag)) for _ in range(5)]  # noqa: B023
        known += asked
    size = len(client("GET", path).body)
    _show("first index after the start", [first])
    _show("push of a chart: two blobs, a manifest", pushes)
    _show(f"index after a push ({size / 1e6:.1f} MB)", stale)
    _show("server's CPU for both", work)
    _show("index again", ready)
    _show("index again, If-None-Match", known)


def _made(count: int, versions: int) -> list[Made]:
    return [
        make_chart(
            f"chart{number}",
            f"{version // 20}.{version % 20}.0",
            description=f"A chart for a measurement, number {number}",
            appVersion=f"{version}.0",
            keywords=["one", "two", "three"],
            home="https://charts.test",
            maintainers=[{"name": "Ann", "email": "ann@charts.test"}],
            annotations={"artifacthub.io/changes": "- added: this\n- changed: that\n"},
        )
        for number in range(count)
        for version in range(versions)
    ]


async def _fill(data: Path, flags: dict[str, str], made: list[Made]) -> None:
    settings = load_settings(None, {"DATA_FOLDER": data, **flags})
    await asyncio.to_thread(migrate_database, settings)
    await prepare(settings, PASSWORD)
    database = open_registry_database(settings)
    try:
        for start in range(0, len(made), 500):
            batch = made[start : start + 500]
            await database.write(lambda tx: _store_all(tx, batch))  # noqa: B023
    finally:
        await database.close()


def _store_all(tx: Connection, batch: list[Made]) -> None:
    for chart in batch:
        _store(tx, chart)


def _store(tx: Connection, chart: Made) -> None:
    """What a push leaves, save the bytes."""
    name = RepositoryName(f"admin/{chart.metadata.name}")
    namespace_id = accounts.get_namespace(tx, "admin")
    repositories.create_repository(tx, namespace_id, name, Visibility.PRIVATE, NOW_MS)
    repository = repositories.find_repository(tx, name)
    assert repository is not None
    config = chart.metadata.as_json()
    described = {}
    for content in (config, chart.archive):
        blob = StoredBlob(Digest.of(content), len(content), f"absent/{Digest.of(content)}")
        blobs.add_blob(tx, repository.id, blob, NOW_MS, NOW_MS)
        described[content] = Descriptor(LAYER, blob.digest, blob.size_bytes, False)
    raw = chart_manifest(described[config], [(LAYER, described[chart.archive])], {})
    manifest = parse_manifest(raw, media.OCI_MANIFEST)
    stored = StoredManifest(Digest.of(raw), media.OCI_MANIFEST, raw)
    manifest_id = manifests.put_manifest(tx, repository.id, stored, manifest, NOW_MS, NOW_MS)
    parts = find_parts(manifest)
    assert parts is not None
    found = describe(parts, config)
    assert isinstance(found, Description)
    charts.add_chart(tx, repository.id, manifest_id, found, NOW_MS)
    manifests.retarget_tags(tx, repository.id, [Tag(chart.metadata.version)], manifest_id, NOW_MS)


def _as_yaml(made: list[Made]) -> None:
    created = "2026-01-01T00:00:00Z"
    entries = [
        IndexEntry(one.metadata, (f"charts/{one.metadata.name}.tgz",), created, one.hex_digest)
        for one in made
    ]
    Index.of(entries).as_yaml(created)


def _write(folder: Path, made: list[Made]) -> None:
    folder.mkdir()
    for one in made:
        (folder / f"{one.metadata.name}-{one.metadata.version}.tgz").write_bytes(one.archive)


def _helm_index(folder: Path) -> None:
    subprocess.run([HELM, "repo", "index", folder], check=True, capture_output=True)


def _cpu_seconds(server: Server) -> float:
    """Of the server's processes."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.process.pid)], capture_output=True, text=True
    )
    pids = [str(server.process.pid), *found.stdout.split()]
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _show(name: str, seconds: list[float]) -> None:
    print(f"  {name:<42} {median(seconds) * 1000:>9,.1f} ms", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--versions", type=int, default=5000)
    parser.add_argument("--charts", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
