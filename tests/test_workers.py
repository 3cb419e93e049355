"""Workers that die."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.conftest import Client
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
