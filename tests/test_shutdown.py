"""SIGTERM: what is in flight is finished, nothing holds the end for ever, the code is 0."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import h2.config
import h2.connection
import pytest

from tests.conftest import Client, digest_of
from tests.raw import Wire, connect, head
from tests.server import Server, running_server, start_server

MIB = 1024 * 1024
LIMIT_SECONDS = 6


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    settings = {"SHUTDOWN_SECONDS": str(LIMIT_SECONDS)}
    with running_server(tmp_path, settings, workers=request.param) as running:
        yield Client(running)


def slow_download(client: Client, content: bytes) -> Wire:
    """A download of which the client has read next to nothing."""
    path = f"/v2/admin/slow/blobs/{client.push_blob('admin/slow', content)}"
    wire = connect(client.server)
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    wire.send(head("GET", path))
    wire.socket.recv(1, socket.MSG_PEEK)
    return wire


def slow_upload(client: Client, content: bytes) -> tuple[Wire, str]:
    """An upload of which half is sent."""
    place = client("POST", "/v2/admin/slow/blobs/uploads/").headers["location"]
    wire = connect(client.server)
    wire.send(head("PATCH", place, b"Content-Length: %d" % len(content)))
    wire.send(content[: len(content) // 2])
    time.sleep(0.3)
    return wire, place


def ask_to_end(server: Server) -> float:
    server.process.send_signal(signal.SIGTERM)
    return time.monotonic()


def test_a_download_in_flight_is_finished(client: Client) -> None:
    content = token_bytes(60 * MIB)
    with slow_download(client, content) as wire:
        started = ask_to_end(client.server)
        time.sleep(1.5)
        answer = wire.answer()

    assert (answer.status, answer.body == content) == (200, True)
    assert client.server.process.wait(LIMIT_SECONDS) == 0
    assert time.monotonic() - started < LIMIT_SECONDS


def test_an_upload_in_flight_is_finished(client: Client, tmp_path: Path) -> None:
    content = token_bytes(8 * MIB)
    wire, place = slow_upload(client, content)
    with wire:
        ask_to_end(client.server)
        time.sleep(1.5)
        wire.send(content[len(content) // 2 :])
        answer = wire.answer()
    code = client.server.process.wait(LIMIT_SECONDS)
    with running_server(tmp_path) as again:
        finished = Client(again)("PUT", f"{place}?digest={digest_of(content)}", b"")

    assert (answer.status, answer.headers["range"]) == (202, f"0-{len(content) - 1}")
    assert code == 0
    assert finished.status == 201


def test_what_stalls_is_given_up_at_the_limit(client: Client, tmp_path: Path) -> None:
    download = slow_download(client, token_bytes(60 * MIB))
    upload, place = slow_upload(client, token_bytes(8 * MIB))
    half_a_request, silent_http2 = connect(client.server), connect(client.server)
    half_a_request.send(b"GET /v2/ HTTP/1.1\r\nHost:")
    preface = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    preface.initiate_connection()
    silent_http2.send(preface.data_to_send())
    with download, upload, half_a_request, silent_http2:
        started = ask_to_end(client.server)
        code = client.server.process.wait(LIMIT_SECONDS + 10)
        took = time.monotonic() - started

    assert code == 0
    assert LIMIT_SECONDS - 1 <= took < LIMIT_SECONDS + 5
    with running_server(tmp_path) as again:
        assert Client(again)("GET", place).status == 204


def test_connections_without_a_request_hold_nothing_up(client: Client) -> None:
    with connect(client.server) as used, connect(client.server):
        used.send(head("GET", "/v2/"))
        assert used.answer().status == 200

        started = ask_to_end(client.server)
        code = client.server.process.wait(LIMIT_SECONDS + 10)

    assert code == 0
    assert time.monotonic() - started < LIMIT_SECONDS - 1


def test_no_new_request_is_taken_while_the_last_ones_end(client: Client) -> None:
    with slow_download(client, token_bytes(60 * MIB)) as wire:
        ask_to_end(client.server)
        time.sleep(0.5)
        with pytest.raises(OSError):
            for _ in range(20):
                client("GET", "/v2/")
                time.sleep(0.1)
        wire.answer()


def test_pushes_that_were_acknowledged_are_there_after_the_end(tmp_path: Path) -> None:
    server = start_server(tmp_path, workers=2)
    acknowledged: list[tuple[str, bytes]] = []

    def push() -> None:
        client = Client(server)
        while True:
            content = token_bytes(100_000)
            try:
                acknowledged.append((client.push_blob("admin/end", content), content))
            except (OSError, AssertionError):
                return

    pushers = [threading.Thread(target=push) for _ in range(4)]
    for pusher in pushers:
        pusher.start()
    time.sleep(1)
    code = server.stop()
    for pusher in pushers:
        pusher.join()

    assert code == 0
    assert acknowledged
    with running_server(tmp_path) as again:
        client = Client(again)
        for digest, content in acknowledged:
            assert client("GET", f"/v2/admin/end/blobs/{digest}").body == content
