"""Disk full, disk read-only, database gone, silent or locked: what can go on does, the rest says
so in bounded time, and when the trouble is over all is well without a restart."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import s3_server
from tests.conftest import Answer, Client
from tests.server import running_server, start_server

WAIT_SECONDS = 2
BOUND_SECONDS = WAIT_SECONDS * 2 + 3
"""Much less than a client's patience, with room for a busy machine."""

STORE_SECONDS = 25
"""A store is asked again for a while before a request is refused."""

SETTINGS = {"DATABASE_WAIT_SECONDS": str(WAIT_SECONDS), "LOG_LEVEL": "error"}
NAME = "admin/outage"

needs_mounts = pytest.mark.skipif(
    os.getuid() != 0, reason="a small file system can only be mounted by root: run it as root"
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def is_refused(answer: Answer, status: int, word: str) -> bool:
    """A status that says try again, with a time and a sentence about `word`."""
    assert answer.status == status, (answer.status, answer.body)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.code == "UNAVAILABLE"
    return word in answer.message


def manifests(client: Client) -> int:
    return client("GET", f"/v2/{NAME}/manifests/v1").status


@needs_mounts
def test_on_a_full_disk_pulls_go_on_and_pushes_come_back_when_there_is_room(disk: Path) -> None:
    with running_server(disk / "data", SETTINGS, workers=2) as server:
        client = Client(server)
        kept = client.push_blob(NAME, b"kept" * 1000)
        client.push_manifest(NAME, "v1")
        place = client("POST", f"/v2/{NAME}/blobs/uploads/").headers["location"]
        ballast = fill(disk)

        refused = client("PATCH", place, secrets.token_bytes(200_000))
        more = [
            client("PUT", f"/v2/{NAME}/manifests/v{number}", document(number), **IMAGE)
            for number in range(2, 40)
        ]
        pulled = client("GET", f"/v2/{NAME}/blobs/{kept}")
        tag = manifests(client)
        probe, whole = client("GET", "/health/instance"), client("GET", "/health/endtoend")
        ballast.unlink()
        after = client.push_blob(NAME, secrets.token_bytes(200_000))
        client.push_manifest(NAME, "v2")
        time.sleep(1.1)  # a health check's result is kept for a second
        healthy = client("GET", "/health/endtoend")

    assert is_refused(refused, 507, "full")
    full = [answer for answer in more if answer.status != 201]
    assert full
    assert all(is_refused(answer, 507, "full") for answer in full)
    assert (pulled.status, len(pulled.body), tag) == (200, 4000, 200)
    assert (probe.status, whole.status) == (200, 503)
    assert after.startswith("sha256:")
    assert healthy.status == 200


@needs_mounts
def test_a_refused_push_leaves_nothing_behind(disk: Path) -> None:
    with running_server(disk / "data", SETTINGS) as server:
        client = Client(server)
        client.push_manifest(NAME, "v1")
        before = files(disk)
        ballast = fill(disk)

        refused = client(
            "POST", f"/v2/{NAME}/blobs/uploads/?digest=sha256:{'0' * 64}", b"x" * 99999
        )
        tags = client("GET", f"/v2/{NAME}/tags/list").body
        ballast.unlink()
        whole = client.push_blob(NAME, b"whole")

    assert is_refused(refused, 507, "full")
    assert b'["v1"]' in tags
    blobs = {path for path in files(disk) - before if "/blobs/" in path}
    assert {Path(path).stem for path in blobs} == {whole.partition(":")[2]}


@needs_mounts
def test_on_a_read_only_disk_pulls_go_on(disk: Path, tmp_path: Path) -> None:
    # Only the blobs lie there: a file that is mapped for writing would keep the disk writable.
    storage = {"default": ["LocalStorage", {"storage_path": str(disk)}]}
    settings = SETTINGS | {"DISTRIBUTED_STORAGE_CONFIG": json.dumps(storage)}
    with running_server(tmp_path / "data", settings, workers=2) as server:
        client = Client(server)
        kept = client.push_blob(NAME, b"kept" * 1000)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        try:
            refused = client("POST", f"/v2/{NAME}/blobs/uploads/")
            pulled = client("GET", f"/v2/{NAME}/blobs/{kept}")
            probe, whole = client("GET", "/health/instance"), client("GET", "/health/endtoend")
        finally:
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        after = client.push_blob(NAME, b"after")

    assert is_refused(refused, 503, "read-only")
    assert pulled.body == b"kept" * 1000
    assert (probe.status, whole.status) == (200, 503)
    assert after.startswith("sha256:")


def test_while_another_process_locks_the_database_pulls_go_on(tmp_path: Path) -> None:
    with running_server(tmp_path, SETTINGS, workers=2) as server:
        client = Client(server)
        client.push_manifest(NAME, "v1")
        other = sqlite3.connect(tmp_path / "moorage.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        began = time.monotonic()
        with ThreadPoolExecutor(6) as clients:
            waiting = [
                clients.submit(client, "POST", f"/v2/{NAME}/blobs/uploads/") for _ in "123456"
            ]
            pulled = [manifests(client) for _ in range(20)]
        took = time.monotonic() - began
        other.execute("ROLLBACK")
        other.close()
        after = client.push_blob(NAME, b"after")

    assert pulled == [200] * 20
    assert all(is_refused(answer.result(), 503, "database") for answer in waiting)
    assert took < BOUND_SECONDS
    assert after.startswith("sha256:")


def test_a_short_lock_only_delays_a_push(tmp_path: Path) -> None:
    with running_server(tmp_path, SETTINGS) as server:
        client = Client(server)
        client.push_manifest(NAME, "v1")
        other = sqlite3.connect(tmp_path / "moorage.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with ThreadPoolExecutor(1) as clients:
            waiting = clients.submit(client, "POST", f"/v2/{NAME}/blobs/uploads/")
            time.sleep(0.5)
            other.execute("ROLLBACK")
            answer = waiting.result()
        other.close()

    assert answer.status == 202


@pytest.mark.skipif(not s3_server.can_start(), reason="versitygw is missing: run make tools")
def test_while_the_object_store_is_gone_manifests_go_on(tmp_path: Path) -> None:
    store = s3_server.start_s3(tmp_path / "s3")
    settings = SETTINGS | store.settings() | {"FEATURE_PROXY_STORAGE": "true"}
    try:
        with running_server(tmp_path / "data", settings, workers=2) as server:
            client = Client(server)
            kept = client.push_blob(NAME, b"kept" * 1000)
            client.push_manifest(NAME, "v1")
            store.stop()

            refused, took = [], []
            for method, path in (
                ("POST", f"/v2/{NAME}/blobs/uploads/?digest=sha256:{'0' * 64}"),
                ("GET", f"/v2/{NAME}/blobs/{kept}"),
            ):
                began = time.monotonic()
                refused.append(client(method, path, b"x" * 1000 if method == "POST" else None))
                took.append(time.monotonic() - began)
            tag = manifests(client)
            probe, whole = client("GET", "/health/instance"), client("GET", "/health/endtoend")
            store = s3_server.start_s3(tmp_path / "s3", store.port)
            after = client.push_blob(NAME, b"after")
            pulled = client("GET", f"/v2/{NAME}/blobs/{kept}")
    finally:
        store.stop()

    assert all(is_refused(answer, 503, "object store") for answer in refused)
    assert max(took) < STORE_SECONDS
    assert (tag, probe.status, whole.status) == (200, 200, 503)
    assert after.startswith("sha256:")
    assert pulled.body == b"kept" * 1000


def test_a_database_of_a_newer_release_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with running_server(tmp_path / "data", SETTINGS):
        pass
    with sqlite3.connect(tmp_path / "data" / "moorage.db") as rows:
        rows.execute("UPDATE alembic_version SET version_num = '9999'")
    rows.close()
    log = tmp_path / "log"

    with pytest.raises(RuntimeError, match="ended with 1"):
        start_server(tmp_path / "data", SETTINGS, log=log)

    assert "newer than" in log.read_text()
    assert "Traceback" not in log.read_text()


def fill(disk: Path) -> Path:
    """Take the last free byte of a file system."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast


def files(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if path.is_file()}


IMAGE = {"Content_Type": "application/vnd.oci.image.manifest.v1+json"}


def document(number: int) -> bytes:
    """A manifest that is large enough to need room, without blobs."""
    return (
        b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",'
        b'"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:'
        b'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[],'
        b'"annotations":{"padding":"' + b"%d" % number + b"x" * 60_000 + b'"}}'
    )
