"""The reader of artifacts when something is wrong: the rest is read, and nothing is left behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from sqlalchemy import Connection, delete, select, update

from moorage.db import schema
from moorage.db.artifacts_schema import artifacts
from moorage.db.charts_schema import charts
from tests.api.conftest import Api
from tests.artifacts.things import push_chart, read
from tests.conftest import Client
from tests.database import write_rows
from tests.server import running_server, until


def test_a_file_that_cannot_be_read_keeps_nothing_else_from_being_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    older, damaged = _pushed(tmp_path, -1, log)
    with running_server(tmp_path / "data", log=log) as server:
        api = Api(server, server.data, {}).acting_as("admin")
        found = read(api, "admin/older", older)
        waiting = api("GET", f"/repository/admin/newer/manifest/{damaged}/artifact").json

    assert found["state"] == "described"
    assert waiting["state"] == "pending"
    assert 1 <= log.read_text().count("comes later") <= 2  # not again with every look


def test_a_chart_that_cannot_be_read_keeps_no_other_from_the_index(tmp_path: Path) -> None:
    log = tmp_path / "log"
    _pushed(tmp_path, 0, log)
    with running_server(tmp_path / "data", log=log) as server:
        client = Client(server)
        until(lambda: b"newer" in client("GET", "/charts/admin/index.yaml").body)
        index = client("GET", "/charts/admin/index.yaml").body

    assert b"older" not in index
    assert "comes later" in log.read_text()


def test_the_child_process_ends_soon_when_nothing_waits(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        Client(server).push_manifest("admin/one", "v1")
        until(lambda: bool(_readers(server.process.pid)))
        until(lambda: not _readers(server.process.pid))


def test_the_child_process_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        Client(server).push_manifest("admin/one", "v1")
        until(lambda: bool(_readers(server.process.pid)))
        (reader,) = _readers(server.process.pid)
        os.kill(_parent_of(reader), signal.SIGKILL)
        until(lambda: not _is_running(reader))


def _pushed(folder: Path, damaged: int, log: Path) -> tuple[str, str]:
    """Two charts as an upgrade finds them, read by nobody; one of their files cannot be read.

    The first file is the older one's config, the last one the newer one's archive.
    """
    data = folder / "data"
    with running_server(data, log=log) as server:
        api = Api(server, data, {}).acting_as("admin")
        digests = tuple(push_chart(api, f"admin/{name}", "1.0.0") for name in ("older", "newer"))
        for name, digest in zip(("older", "newer"), digests, strict=True):
            read(api, f"admin/{name}", digest)

    def unread(tx: Connection) -> str:
        tx.execute(update(schema.manifests).values(described_ms=None))
        tx.execute(delete(artifacts))
        tx.execute(delete(charts))
        tx.execute(delete(schema.leases))
        blobs = schema.blobs.c
        places = tx.execute(select(blobs.location).order_by(blobs.id)).scalars().all()
        return str(places[damaged])

    file = data / write_rows(server, unread)
    file.unlink()
    file.mkdir()  # root, too, gets an error of it
    return digests[0], digests[1]


def _readers(server: int) -> list[int]:
    """Child processes of the server's workers that read artifacts."""
    found = []
    for worker in _children(server):
        found += [one for one in _children(worker) if b"artifacts.reader" in _command(one)]
    return found


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for task in tasks for one in task.read_text().split()]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _is_running(pid: int) -> bool:
    return bool(_command(pid))  # a zombie has no command any more
