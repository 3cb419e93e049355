"""PostgreSQL stopped, silent or restarted under a running registry."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, text

from moorage.db.engine import PostgresDatabase
from tests.conftest import Answer, Client
from tests.postgres_server import BINARIES, Cluster, new_cluster, new_database
from tests.server import running_server, start_server, until
from tests.test_outages import BOUND_SECONDS, NAME, SETTINGS, is_refused, manifests

pytestmark = pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed")


def test_a_stopped_postgresql_is_said_so_and_found_again() -> None:
    with new_cluster() as cluster, on_postgres(cluster) as client:
        client.push_manifest(NAME, "v1")
        cluster.stop()

        answers, took = while_it_is_gone(client)
        health = client("GET", "/health/instance")
        cluster.start()
        after = [manifests(client) for _ in range(20)]
        client.push_manifest(NAME, "v2")
        time.sleep(1.1)
        healthy = client("GET", "/health/instance")

    assert all(is_refused(answer, 503, "database") for answer in answers)
    assert max(took) < BOUND_SECONDS
    assert (health.status, health.body) == (
        503,
        b'{"data":{"services":{"auth":true,"database":false,"storage":true}},"status_code":503}',
    )
    assert after == [200] * 20
    assert healthy.status == 200


def test_a_registry_that_starts_before_its_database_waits_for_it(tmp_path: Path) -> None:
    with new_cluster() as cluster:
        settings = SETTINGS | {"DB_URI": new_database(cluster.url)}
        cluster.stop()
        log = tmp_path / "log"

        with ThreadPoolExecutor(1) as starter:
            starting = starter.submit(start_server, tmp_path / "data", settings, log=log)
            until(lambda: log.exists() and "not ready" in log.read_text())
            cluster.start()
            server = starting.result()
        try:
            Client(server).push_manifest(NAME, "v1")
        finally:
            server.stop()

    assert "Traceback" not in log.read_text()


def test_a_restart_of_postgresql_between_two_requests_is_not_noticed() -> None:
    with new_cluster() as cluster, on_postgres(cluster) as client:
        client.push_manifest(NAME, "v1")
        with ThreadPoolExecutor(8) as clients:
            list(clients.map(lambda _: manifests(client), range(40)))
        cluster.stop()
        cluster.start()

        pushed = client("POST", f"/v2/{NAME}/blobs/uploads/")
        pulled = [manifests(client) for _ in range(20)]

    assert pushed.status == 202
    assert pulled == [200] * 20


def test_a_silent_postgresql_is_not_waited_for_without_end() -> None:
    with new_cluster() as cluster, on_postgres(cluster) as client:
        client.push_manifest(NAME, "v1")
        silent = cluster.processes()
        for process in silent:
            os.kill(process, signal.SIGSTOP)

        try:
            answers, took = while_it_is_gone(client)
            began = time.monotonic()
            health = client("GET", "/health/instance")
            health_took = time.monotonic() - began
        finally:
            for process in silent:
                os.kill(process, signal.SIGCONT)
        after = [manifests(client) for _ in range(20)]
        client.push_manifest(NAME, "v2")

    assert all(is_refused(answer, 503, "database") for answer in answers)
    assert max(took) < BOUND_SECONDS
    assert health.status == 503
    assert health_took < BOUND_SECONDS
    assert after == [200] * 20


@contextmanager
def on_postgres(cluster: Cluster) -> Iterator[Client]:
    """A registry of two workers whose database is this cluster's."""
    settings = SETTINGS | {"DB_URI": new_database(cluster.url)}
    with TemporaryDirectory() as data, running_server(Path(data), settings, workers=2) as server:
        yield Client(server)


def while_it_is_gone(client: Client) -> tuple[list[Answer], list[float]]:
    """A pull, a push and a list, and how many seconds each took."""
    answers, took = [], []
    for method, path in (
        ("GET", f"/v2/{NAME}/manifests/v1"),
        ("POST", f"/v2/{NAME}/blobs/uploads/"),
        ("GET", f"/v2/{NAME}/tags/list"),
        ("GET", f"/v2/{NAME}/manifests/v1"),
    ):
        began = time.monotonic()
        answers.append(client(method, path))
        took.append(time.monotonic() - began)
    return answers, took


def test_a_transaction_that_a_deadlock_ended_is_done_again() -> None:
    runs: list[int] = []

    def locking(first: int, second: int) -> Callable[[Connection], int]:
        def query(tx: Connection) -> int:
            runs.append(first)
            tx.execute(text(f"SELECT pg_advisory_xact_lock({first})"))
            tx.execute(text("SELECT pg_sleep(0.3)"))
            tx.execute(text(f"SELECT pg_advisory_xact_lock({second})"))
            return first

        return query

    async def both(url: str) -> list[int]:
        database = PostgresDatabase(url)
        await database.open()
        try:
            done = await asyncio.gather(
                database.write(locking(1, 2)), database.write(locking(2, 1))
            )
            return list(done)
        finally:
            await database.close()

    with new_cluster() as cluster:
        assert asyncio.run(both(cluster.url)) == [1, 2]
    assert len(runs) == 3
