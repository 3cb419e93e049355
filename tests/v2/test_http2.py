"""HTTP/2, over TLS and in clear: the same registry, and the attacks that only it knows."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from secrets import token_bytes

import h2.config
import h2.connection
import h2.events
import httpx
import pytest

from tests.conftest import Client, digest_of
from tests.server import MOORAGE, PASSWORD, Server, running_server

MIB = 1024 * 1024
LOGIN = ("admin", PASSWORD)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a certificate of its own CA."""
    data = tmp_path_factory.mktemp("tls")
    made = ("tls", "init", "127.0.0.1", "--data", data)
    subprocess.run([MOORAGE, *made], check=True, capture_output=True)
    with running_server(data, tls=data / "tls") as running:
        yield running


@pytest.fixture
def http2(secure: Server) -> Iterator[httpx.Client]:
    trust = ssl.create_default_context(cafile=secure.data / "tls" / "rootCA.pem")
    url = f"https://{secure.host}:{secure.port}"
    with httpx.Client(http1=False, http2=True, verify=trust, base_url=url, auth=LOGIN) as client:
        yield client


def test_an_image_is_pushed_and_pulled_over_http_2(http2: httpx.Client) -> None:
    layer, config = token_bytes(5 * MIB), b"{}"
    place = http2.post("/v2/admin/h2/blobs/uploads/").headers["location"]
    first = http2.patch(place, content=layer[:MIB], headers={"content-range": f"0-{MIB - 1}"})
    last = http2.put(f"{place}?digest={digest_of(layer)}", content=layer[MIB:])
    whole = http2.post(f"/v2/admin/h2/blobs/uploads/?digest={digest_of(config)}", content=config)
    raw = json.dumps(
        {"schemaVersion": 2, "layers": []}
        | {"config": {"mediaType": "a/b", "digest": digest_of(config), "size": 2}}
    )
    pushed = http2.put("/v2/admin/h2/manifests/v1", content=raw)

    pulled = http2.get(f"/v2/admin/h2/blobs/{digest_of(layer)}")
    part = http2.get(f"/v2/admin/h2/blobs/{digest_of(layer)}", headers={"range": "bytes=10-19"})
    head = http2.head("/v2/admin/h2/manifests/v1")

    statuses = [answer.status_code for answer in (first, last, whole, pushed, pulled, part, head)]
    assert statuses == [202, 201, 201, 201, 200, 206, 200]
    assert {answer.http_version for answer in (first, pulled, head)} == {"HTTP/2"}
    assert pulled.content == layer
    assert part.content == layer[10:20]
    assert int(head.headers["content-length"]) == len(raw)


def test_the_challenge_names_the_host_asked_for(secure: Server, http2: httpx.Client) -> None:
    answer = http2.get("/v2/", auth=lambda request: request)

    assert answer.status_code == 401
    realm = f'realm="https://127.0.0.1:{secure.port}/v2/auth"'
    assert realm in answer.headers["www-authenticate"]


def test_many_requests_share_a_connection(http2: httpx.Client) -> None:
    answers = [http2.get("/v2/") for _ in range(50)]

    assert {answer.status_code for answer in answers} == {200}


def test_http_1_1_is_still_spoken_over_tls(secure: Server) -> None:
    trust = ssl.create_default_context(cafile=secure.data / "tls" / "rootCA.pem")

    answer = httpx.get(f"https://{secure.host}:{secure.port}/v2/", verify=trust, auth=LOGIN)

    assert (answer.http_version, answer.status_code) == ("HTTP/1.1", 200)


class Frames:
    """An HTTP/2 connection in clear, frame by frame; what it is told is not checked."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection((server.host, server.port), 10)
        config = h2.config.H2Configuration(
            client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def open(self, method: str = "GET", *more: tuple[str, str], ends: bool = True) -> int:
        stream: int = self.h2.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "http"), (":path", "/v2/auth")]
        headers = [*pseudo, (":authority", "x"), *more]
        self.h2.send_headers(stream, headers, end_stream=ends)
        return stream

    def outcome(self, stream: int) -> int | str:
        """The status of the stream's answer, or how it ended without one."""
        while True:
            received = self.socket.recv(65536)
            if not received:
                return "closed"
            for event in self.h2.receive_data(received):
                if isinstance(event, h2.events.ResponseReceived) and event.stream_id == stream:
                    return int(dict(event.headers)[b":status"])
                if isinstance(event, h2.events.StreamReset) and event.stream_id == stream:
                    return "reset"
                if isinstance(event, h2.events.ConnectionTerminated):
                    return "closed"

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def frames(server: Server) -> Iterator[Frames]:
    connection = Frames(server)
    try:
        yield connection
    finally:
        connection.close()


def test_http_2_in_clear_needs_no_upgrade(frames: Frames) -> None:
    stream = frames.open()
    frames.flush()

    assert frames.outcome(stream) == 200


def test_bad_33_streams_opened_and_reset_at_once_end_the_connection(
    client: Client, frames: Frames
) -> None:
    with pytest.raises(ConnectionError):
        for _ in range(20_000):
            frames.h2.reset_stream(frames.open())
            frames.flush()

    assert client("GET", "/v2/").status == 200


@pytest.mark.parametrize(
    "header",
    [("transfer-encoding", "chunked"), ("connection", "close"), ("Upper", "x"), ("a", "b\r\nc: d")],
)
def test_bad_33_headers_of_http_1_are_refused_in_http_2(
    client: Client, frames: Frames, header: tuple[str, str]
) -> None:
    stream = frames.open("GET", header)
    frames.flush()

    assert frames.outcome(stream) in ("reset", "closed", 400)
    assert client("GET", "/v2/").status == 200


def test_bad_33_a_length_that_is_not_the_body_s_is_refused_in_http_2(
    client: Client, frames: Frames
) -> None:
    stream = frames.open("POST", ("content-length", "3"), ends=False)
    frames.h2.send_data(stream, b"a=bcdef", end_stream=True)
    frames.flush()

    assert frames.outcome(stream) in ("reset", "closed", 400)
    assert client("GET", "/v2/").status == 200


def test_bad_33_giant_headers_are_refused_in_http_2(client: Client, frames: Frames) -> None:
    stream = frames.open("GET", *[(f"x-{number}", "a" * 8000) for number in range(20)])
    frames.flush()

    assert frames.outcome(stream) in ("reset", "closed", 431)
    assert client("GET", "/v2/").status == 200
