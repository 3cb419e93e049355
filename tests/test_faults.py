"""Every write, sync, rename and commit fails or kills in turn, and nothing acknowledged is lost.

strace makes the calls fail, so the server is the one that everybody runs. By default every 29th of
SQLite's many small writes is tried and every 4th commit of a first start, with MOORAGE_FAULTS=all
every one.
"""

from __future__ import annotations

import http.client
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import Client
from tests.fault_script import Push
from tests.server import Server, start_server
from tests.strace import Fault, attached, can_trace, times_fired, worker_of

pytestmark = pytest.mark.skipif(not can_trace(), reason="needs strace, and root or ptrace_scope 0")

IS_ALL = os.environ.get("MOORAGE_FAULTS") == "all"
EVERY = {} if IS_ALL else {"pwrite64": 29, "first start": 4}
"""How many calls are passed over from one fault to the next, where it is not 1."""
SETTINGS = {"FEATURE_GARBAGE_COLLECTION": "false"}
"""The collector has tests of its own: here it runs when it is asked to."""
KILL = "signal=KILL"
CHANGING = (
    *("write", "pwrite64", "ftruncate", "fsync", "fdatasync"),
    *("rename", "unlink", "openat"),
)
ERRORS = (
    *((syscall, "error=EIO") for syscall in CHANGING),
    *((syscall, "error=ENOSPC") for syscall in ("write", "pwrite64", "rename")),
)
COLLECTING = (
    *((syscall, KILL) for syscall in ("unlink", "pwrite64", "fdatasync")),
    *((syscall, "error=EIO") for syscall in ("unlink", "pwrite64", "fdatasync")),
)
TWO_DAYS_S = 2 * 24 * 3600


@dataclass(slots=True)
class Place:
    """A data folder, the server on it, and everything that was ever pushed there."""

    data: Path
    log: Path
    server: Server
    pushes: list[Push] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def restart(self) -> None:
        """After a SIGKILL to all that is left."""
        self.server.kill()
        self.server = start_server(self.data, SETTINGS)

    def push_with(self, fault: Fault) -> Push:
        """Run the script with a fault; the server may be gone afterwards."""
        push = Push(f"admin/push{next(self.numbers)}")
        self.pushes.append(push)
        self.log.write_text("")
        options = ["-o", str(self.log), *fault.arguments]
        with ExitStack() as tracing:

            def began(upload_id: str) -> None:
                # Only writes into the upload: others wake threads, or tell a client.
                upload = str(self.data / "uploads" / upload_id)
                tracing.enter_context(attached(worker_of(self.server), *options, "-P", upload))

            if fault.syscall != "write":
                tracing.enter_context(attached(worker_of(self.server), *options))
                push.run(Client(self.server))
            else:
                push.run(Client(self.server), began)
        return push

    def rows_without_bytes(self) -> list[str]:
        """Locations that the database names and the folder does not hold in the right size."""
        with sqlite3.connect(f"file:{self.data}/moorage.db?mode=ro", uri=True) as database:
            rows = database.execute("SELECT location, size_bytes FROM blobs").fetchall()
        database.close()
        return [location for location, size in rows if _size(self.data / location) != size]

    def collect(self, *arguments: str, tracer: tuple[str, ...] = ()) -> tuple[int, str]:
        moorage = Path(sys.executable).parent / "moorage"
        command = [*tracer, str(moorage), "collect", "--now", *arguments, "--data", str(self.data)]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data = tmp_path_factory.mktemp("data")
    log = tmp_path_factory.mktemp("strace") / "log"
    found = Place(data, log, start_server(data, SETTINGS))
    yield found
    found.server.kill()


@pytest.mark.parametrize("syscall", [*CHANGING, "writev"])
def test_a_kill_at_any_call_loses_nothing(place: Place, syscall: str) -> None:
    """`writev` is the answer: there the commit is made and nobody knows of it."""
    survived = 0
    for when in count(1, EVERY.get(syscall, 1)):
        try:
            place.push_with(Fault(syscall, KILL, when))
        except (OSError, http.client.HTTPException):
            place.restart()
        else:
            break
        survived += 1
        _check(place, place.pushes[-1])

    assert survived > 0
    print(f"killed at {survived} calls of {syscall}, nothing lost")


@pytest.mark.parametrize(("syscall", "action"), ERRORS)
def test_an_error_of_any_call_is_answered_and_loses_nothing(
    place: Place, syscall: str, action: str
) -> None:
    # What a server does only once in its life is done anew: it may fail as well.
    place.restart()
    survived = refusals = 0
    first = len(place.pushes)
    for when in count(1, EVERY.get(syscall, 1)):
        push = place.push_with(Fault(syscall, action, when))
        fired = times_fired(place.log)
        if fired == 0:
            break
        survived += fired
        refusals += push.refusals
        _check(place, push)
    place.restart()
    for push in place.pushes[first:]:
        push.check(Client(place.server))

    assert push.refusals == 0
    assert survived > 0
    print(f"{survived} calls of {syscall} ended with {action}: {refusals} requests refused")


@pytest.mark.parametrize(("syscall", "action"), COLLECTING)
def test_a_fault_at_any_call_of_the_collector_loses_nothing(
    place: Place, syscall: str, action: str
) -> None:
    # The other tests' garbage would only make it long.
    assert place.collect()[0] == 0
    survived = 0
    for when in count(1, EVERY.get(syscall, 1)):
        client, name = Client(place.server), f"admin/collected{next(place.numbers)}"
        kept = client.push_manifest(name, "v1")
        garbage = [f"{name}, blob {number}".encode() for number in range(3)]
        paths = [f"/v2/{name}/blobs/{client.push_blob(name, content)}" for content in garbage]
        place.log.write_text("")
        options = ("strace", "-f", "-o", str(place.log), *Fault(syscall, action, when).arguments)
        code, printed = place.collect(tracer=options)
        fired = times_fired(place.log) + (code == -signal.SIGKILL)
        if fired == 0:
            break
        survived += fired

        if code == 1:
            assert "Error: collection was broken off: " in printed, printed
            assert "Traceback" not in printed, printed
        assert place.rows_without_bytes() == []
        assert client("GET", f"/v2/{name}/manifests/v1").body == kept[1]
        assert client("GET", f"/v2/{name}/blobs/{client.digest_of(b'{}')}").body == b"{}"
        for path, content in zip(paths, garbage, strict=True):
            answer = client("GET", path)
            assert answer.status == 404 or answer.body == content
        client.push_blob(name, garbage[0])
        assert client("GET", paths[0]).body == garbage[0]

    assert code == 0, printed
    assert [client("GET", path).status for path in paths] == [404, 404, 404]
    assert survived > 0
    print(f"{survived} calls of {syscall} in the collector: {action}, nothing lost")


def test_a_kill_at_any_commit_of_the_first_start_leaves_a_folder_that_starts(
    tmp_path: Path,
) -> None:
    survived, log = 0, tmp_path / "log"
    for when in count(1, EVERY.get("first start", 1)):
        data = tmp_path / str(when)
        options = ("strace", "-f", "-o", str(log), *Fault("fdatasync", KILL, when).arguments)
        try:
            server = start_server(data, SETTINGS, within=options)
        except RuntimeError:
            was_killed = True
        else:
            was_killed = "killed by SIGKILL" in log.read_text()
            server.kill()
        if not was_killed:
            break
        survived += 1
        server = start_server(data, SETTINGS)
        try:
            push = Push("admin/first")
            push.run(Client(server))
            push.check(Client(server))
        finally:
            server.kill()

    assert survived > 0
    print(f"killed at {survived} commits of a first start, each folder started the next time")


def test_what_faults_leave_behind_goes_with_the_daily_sweep(place: Place) -> None:
    push = Push("admin/swept")
    push.run(Client(place.server))
    stray = place.data / "blobs" / "sha256" / "00" / ("0" * 64 + ".stray")
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"of a request that was killed")
    for file in (place.data / "blobs").rglob("*"):
        os.utime(file, times=(time.time() - TWO_DAYS_S,) * 2)

    previewed = place.collect("--dry-run")
    collected = place.collect()

    assert previewed[0] == collected[0] == 0, (previewed, collected)
    assert not stray.exists()
    assert place.rows_without_bytes() == []
    push.acknowledged = {path for path in push.acknowledged if path.startswith("/v2/admin/swept/")}
    push.check(Client(place.server))


def _check(place: Place, push: Push) -> None:
    client = Client(place.server)
    push.check(client)
    assert place.rows_without_bytes() == []
    refused_before = push.refusals
    push.run(client)
    push.check(client)
    assert push.refusals == refused_before


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
