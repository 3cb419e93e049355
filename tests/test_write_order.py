"""What a power loss leaves depends on the order of system calls: here the order is looked at.

strace writes down the calls of the server that everybody runs, or lets one of them fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import Client
from tests.server import Server, start_server
from tests.strace import Call, Fault, attached, calls, can_trace, times_fired, worker_of

pytestmark = pytest.mark.skipif(not can_trace(), reason="needs strace, and root or ptrace_scope 0")

TRACED = "trace=fsync,fdatasync,pwrite64,rename,unlink,mkdir,write,writev,sendto,sendmsg"
CONTENT = b"one layer"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    started = start_server(data, {"FEATURE_GARBAGE_COLLECTION": "false"})
    yield started
    started.kill()


def test_a_blob_is_durable_before_its_rows_and_its_rows_before_the_answer(
    server: Server, data: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    client = Client(server)
    place = client("POST", "/v2/admin/order/blobs/uploads/").headers["location"]
    digest = client.digest_of(CONTENT)
    folder = f"/blobs/sha256/{digest[7:9]}"

    with attached(worker_of(server), "-y", "-e", TRACED, "-o", log):
        answer = client("PUT", f"{place}?digest={digest}", CONTENT)

    assert answer.status == 201
    made = calls(log)
    bytes_synced = _only(made, "fsync", f"/uploads/{place.rpartition('/')[2]}>")
    folder_made = _only(made, "mkdir", f'{folder}"')
    parent_synced = _only(made, "fsync", "/blobs/sha256>")
    moved = _only(made, "rename", f"{folder}/{digest[7:]}")
    folder_synced = _only(made, "fsync", f"{folder}>")
    rows = [call for call in made if call.syscall == "pwrite64" and "-wal>" in call.arguments]
    committed = _only(made, "fdatasync", "-wal>")
    answered = next(call for call in made if "HTTP/1.1 201" in call.arguments)
    _assert_in_order(
        bytes_synced, folder_made, parent_synced, moved, folder_synced, rows[0], committed, answered
    )
    assert max(row.ended for row in rows) < committed.began


def test_a_manifest_is_committed_before_the_answer(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    client = Client(server)
    _, raw = client.push_manifest("admin/order", "v1")

    with attached(worker_of(server), "-y", "-e", TRACED, "-o", log):
        answer = client(
            "PUT",
            "/v2/admin/order/manifests/v2",
            raw,
            Content_Type="application/vnd.oci.image.manifest.v1+json",
        )

    assert answer.status == 201
    made = calls(log)
    answered = next(call for call in made if "HTTP/1.1 201" in call.arguments)
    _assert_in_order(_only(made, "fdatasync", "-wal>"), answered)


def test_what_was_stored_twice_is_removed_after_the_commit(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    client = Client(server)
    client.push_blob("admin/order", CONTENT)

    with attached(worker_of(server), "-y", "-e", TRACED, "-o", log):
        client.push_blob("admin/again", CONTENT)

    made = calls(log)
    removed = _only(made, "unlink", "/blobs/sha256/")
    moved = _only(made, "rename", "/blobs/sha256/")
    commits = [call for call in made if call.syscall == "fdatasync"]
    _assert_in_order(moved, commits[-1], removed)


def test_without_storage_fsync_only_the_rows_are_synced(data: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = start_server(data, {"FEATURE_GARBAGE_COLLECTION": "false", "STORAGE_FSYNC": "false"})
    try:
        with attached(worker_of(server), "-y", "-e", TRACED, "-o", log):
            Client(server).push_blob("admin/order", CONTENT)
    finally:
        server.kill()

    made = calls(log)
    assert [call for call in made if call.syscall == "fsync"] == []
    _assert_in_order(
        _only(made, "rename", "/blobs/sha256/"),
        [call for call in made if call.syscall == "fdatasync"][-1],
    )


def test_bytes_whose_sync_failed_are_never_believed_again(server: Server, tmp_path: Path) -> None:
    """Linux tells of bytes that it could not write once: the next sync of them succeeds."""
    log = tmp_path / "log"
    client = Client(server)
    place = client("POST", "/v2/admin/order/blobs/uploads/").headers["location"]
    client("PATCH", place, CONTENT)
    finish = f"{place}?digest={client.digest_of(CONTENT)}"

    with attached(worker_of(server), *Fault("fsync", "error=EIO", 1).arguments, "-o", log):
        refused = client("PUT", finish, b"")
    again = client("PUT", finish, b"")
    asked = client("GET", place)

    assert times_fired(log) == 1
    assert (refused.status, refused.code) == (503, "UNAVAILABLE")
    assert (again.status, again.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert (asked.status, asked.code) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_folder_whose_name_was_not_synced_is_synced_for_the_next_blob(
    server: Server, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    client = Client(server)
    digest = client.digest_of(CONTENT)
    path = f"/v2/admin/order/blobs/uploads/?digest={digest}"

    # The second sync is that of the folder in which a new folder was made.
    with attached(worker_of(server), *Fault("fsync", "error=EIO", 2).arguments, "-o", log):
        refused = client("POST", path, CONTENT)
    with attached(worker_of(server), "-y", "-e", TRACED, "-o", log):
        pushed = client("POST", path, CONTENT)

    assert (refused.status, pushed.status) == (503, 201)
    made = calls(log)
    _assert_in_order(
        _only(made, "fsync", "/blobs/sha256>"), _only(made, "rename", f"/{digest[7:]}")
    )


@pytest.mark.parametrize(("error", "status"), [("EIO", 503), ("ENOSPC", 507)])
def test_a_folder_that_cannot_be_made_is_made_for_the_next_try(
    server: Server, tmp_path: Path, error: str, status: int
) -> None:
    log = tmp_path / "log"
    client = Client(server)
    place = client("POST", "/v2/admin/order/blobs/uploads/").headers["location"]
    client("PATCH", place, CONTENT)
    finish = f"{place}?digest={client.digest_of(CONTENT)}"

    with attached(worker_of(server), *Fault("mkdir", f"error={error}", 1).arguments, "-o", log):
        refused = client("PUT", finish, b"")
    again = client("PUT", finish, b"")

    assert (refused.status, again.status) == (status, 201)


def test_a_new_data_folder_is_durable_before_the_first_push(data: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"

    start_server(data, within=("strace", "-f", "-y", "-e", "trace=fsync", "-o", str(log))).kill()

    synced = [call.arguments for call in calls(log)]
    for folder in (data, data / "blobs", data.parent):
        assert any(f"<{folder}>" in arguments for arguments in synced), synced


def _only(made: list[Call], syscall: str, text: str) -> Call:
    found = [call for call in made if call.syscall == syscall and text in call.arguments]
    assert len(found) == 1, (syscall, text, made)
    return found[0]


def _assert_in_order(*made: Call) -> None:
    for earlier, later in pairwise(made):
        assert earlier.ended < later.began, (earlier, later)
