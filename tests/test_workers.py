"""Workers that die."""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from moorage.db import logs
from tests.conftest import DATABASES, Client
from tests.database import write_rows
from tests.postgres_server import new_database
from tests.server import running_server
from tests.strace import workers_of

DEADLINE_S = 30


def test_a_worker_that_was_killed_is_replaced_while_the_other_answers(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=2) as server:
        client = Client(server)
        killed, left = workers_of(server)
        os.kill(killed, signal.SIGKILL)

        answering: set[str] = set()
        deadline = time.monotonic() + DEADLINE_S
        while len(answering) < 2 or killed in workers_of(server):
            assert time.monotonic() < deadline, answering
            answering.add(_worker(client))

        assert len(workers_of(server)) == 2
        assert left in workers_of(server)
        assert server.stop() == 0


def _worker(client: Client) -> str:
    """Who answers: request ids begin with the worker's own prefix.

    A connection that waited for a worker when it died is broken; the next one is not.
    """
    try:
        answer = client("GET", "/v2/")
    except OSError:
        answer = client("GET", "/v2/")
    assert answer.status == 200
    return answer.headers["x-request-id"].partition("-")[0]


@pytest.mark.skipif("postgres" not in DATABASES, reason="SQLite has one writer at a time")
def test_workers_that_count_pulls_of_the_same_repositories_do_not_deadlock(
    postgres: str, tmp_path: Path
) -> None:
    settings = {"DB_URI": new_database(postgres), "LOG_LEVEL": "warning"}
    log = tmp_path / "log"
    with running_server(tmp_path, settings, workers=2, log=log) as server:
        client = Client(server)
        names = [f"admin/r{number}" for number in range(60)]
        for name in names:
            client.push_manifest(name, "v1")
        with ThreadPoolExecutor(8) as pool:
            shuffled = [name for _ in range(20) for name in random.sample(names, len(names))]
            pulled = pool.map(lambda name: client("GET", f"/v2/{name}/manifests/v1"), shuffled)
            assert {answer.status for answer in pulled} == {200}
        assert server.stop() == 0

    counted = write_rows(server, lambda tx: logs.pulls_since(tx, list(range(1, 61)), 0))
    assert "deadlock" not in log.read_text()
    assert sum(counted.values()) == len(shuffled)
