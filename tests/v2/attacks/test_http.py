"""Row 33: requests that two servers read differently, or that are too much of something."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress

import pytest

from tests.conftest import Client, digest_of
from tests.raw import BASIC, ask, chunked, connect, head
from tests.server import Server

FORM = b"POST /v2/auth HTTP/1.1\r\nHost: x\r\n"
NEXT = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
UPLOADS = "/v2/admin/bad33/blobs/uploads/"


def is_alive(server: Server) -> bool:
    return ask(server, NEXT).status == 401


FRAMING = {
    "both lengths": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, turned": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 3\r\nContent-Length: 4\r\n\r\na=bc",
    "two lengths in one": b"Content-Length: 3, 4\r\n\r\na=bc",
    "a signed length": b"Content-Length: +3\r\n\r\na=b",
    "a negative length": b"Content-Length: -1\r\n\r\na=b",
    "a length in hex": b"Content-Length: 0x3\r\n\r\na=b",
    "a giant length": b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Content-Length : 3\r\n\r\na=b",
    "a folded header": b"Content-Length: 3\r\nX-A: b\r\n c\r\n\r\na=b",
    "NUL in a header": b"X-A: b\x00\r\nContent-Length: 3\r\n\r\na=b",
    "a lone CR in a header": b"X-A: b\rContent-Length: 3\r\n\r\n",
    "no number of a chunk": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a negative chunk": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a giant chunk": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n",
    "a chunk without its end": b"Transfer-Encoding: chunked\r\n\r\n3\r\na=bXX0\r\n\r\n",
    "a chunk with a long extension": b"Transfer-Encoding: chunked\r\n\r\n3;a="
    + b"x" * 20_000
    + b"\r\na=b\r\n0\r\n\r\n",
    "giant trailers": b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\nX: "
    + b"y" * 500_000
    + b"\r\n\r\n",
}
DOUBLED = {
    "hosts": (b"Host: x", b"Host: y"),
    "content types": (b"Content-Type: a/b", b"Content-Type: c/d"),
    "authorizations": (BASIC.strip(), b"Authorization: Basic Og=="),
    "content ranges": (b"Content-Range: 0-2", b"Content-Range: 0-3"),
    "ranges": (b"Range: bytes=0-1", b"Range: bytes=1-2"),
}


@pytest.mark.parametrize("rest", FRAMING.values(), ids=FRAMING)
def test_bad_33_a_body_without_a_clear_end_is_refused_and_nothing_hides_behind_it(
    client: Client, rest: bytes
) -> None:
    hidden = b"GET /v2/_oci/ext/discover HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(client.server, 5) as wire:
        with suppress(ConnectionError):
            wire.send(FORM + rest + hidden)
        answer = wire.answer()
        is_closed = wire.is_closed()

    assert answer.status == 400
    assert is_closed
    assert is_alive(client.server)


@pytest.mark.parametrize("lines", DOUBLED.values(), ids=DOUBLED)
def test_bad_33_a_header_that_may_stand_once_is_refused_twice(
    client: Client, lines: tuple[bytes, bytes]
) -> None:
    request = b"PUT /v2/admin/bad33/manifests/v1 HTTP/1.1\r\n" + b"\r\n".join(lines)

    answer = ask(client.server, request + b"\r\nContent-Length: 2\r\n\r\n{}")

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("line", [b"GET /v2/", b"GET /v2/ HTTP/3.7", b"GET  /v2/ HTTP/1.1", b""])
def test_bad_33_what_is_no_http_is_no_request(client: Client, line: bytes) -> None:
    with connect(client.server, 5) as wire:
        wire.send(line + b"\r\nHost: x\r\n\r\n")
        said = wire.socket.recv(100)

    assert said.startswith(b"HTTP/1.1 400") or said == b""
    assert is_alive(client.server)


@pytest.mark.parametrize(
    ("size", "is_ours"), [(70_000, True), (1_000_000, True), (2_000_000, False)]
)
def test_bad_33_giant_headers_are_refused(client: Client, size: int, is_ours: bool) -> None:
    with connect(client.server) as wire:
        with suppress(ConnectionError):
            wire.send(head("GET", "/v2/", b"X-A: " + b"a" * size))
        answer = wire.answer()

    assert answer.status == 431
    assert bool(answer.body) == is_ours


def test_bad_33_many_headers_are_refused(client: Client) -> None:
    assert ask(client.server, head("GET", "/v2/", *[b"X-A: a"] * 200)).status == 431


@pytest.mark.parametrize(
    ("count", "status"), [(201, 400), (1_000, 400), (10_000, 414), (100_000, 414)]
)
def test_bad_33_many_query_fields_are_refused(client: Client, count: int, status: int) -> None:
    client.push_manifest("admin/bad33", "v1")

    answer = client("GET", "/v2/admin/bad33/tags/list?" + "&".join(["a=1"] * count))

    assert answer.status == status


@pytest.mark.parametrize("size", [5_000, 60_000, 1_000_000])
def test_bad_33_giant_paths_are_refused(client: Client, size: int) -> None:
    assert client("GET", f"/v2/{'a' * size}/manifests/v1").status == 414


def test_bad_33_trailers_change_nothing(client: Client) -> None:
    content = b"content"
    place = client("POST", UPLOADS).headers["location"]
    lines = (b"Transfer-Encoding: chunked", b"Trailer: Content-Range, Authorization")
    body = chunked([content])[:-2] + b"Content-Range: 5-9\r\nAuthorization: Basic Og==\r\n\r\n"

    with connect(client.server) as wire:
        wire.send(head("PATCH", place, *lines), body)
        first = wire.answer()
        wire.send(head("PUT", f"{place}?digest={digest_of(content)}", b"Content-Length: 0"))
        second = wire.answer()

    assert (first.status, first.headers["range"]) == (202, "0-6")
    assert second.status == 201


@pytest.mark.parametrize(
    ("authorization", "path", "status"),
    [
        (b"X-A: b", "/v2/admin/bad33/manifests/v1", 401),
        (b"Authorization: Basic Og==", "/v2/admin/bad33/manifests/v1", 401),
        (BASIC.strip(), "/v2/admin/bad33/blobs/uploads/" + "0" * 36, 404),
        (BASIC.strip(), "/v2/UPPER/manifests/v1", 400),
        (BASIC.strip(), "/v2/admin/bad33/manifests/a+b", 400),
    ],
)
def test_bad_33_a_refused_body_is_never_asked_for(
    client: Client, authorization: bytes, path: str, status: int
) -> None:
    lines = (authorization, b"Content-Length: 1000000", b"Expect: 100-continue", b"", b"")
    request = b"PUT %b?digest=sha256:%b HTTP/1.1\r\nHost: x\r\n" % (path.encode(), b"0" * 64)

    with connect(client.server) as wire:
        wire.send(request + b"\r\n".join(lines))
        said = wire.socket.recv(1000)

    assert said.startswith(b"HTTP/1.1 %d " % status)


def test_bad_33_a_welcome_body_is_asked_for(client: Client) -> None:
    content = b"content"
    lines = (b"Content-Length: 7", b"Expect: 100-continue")

    with connect(client.server) as wire:
        wire.send(head("POST", f"{UPLOADS}?digest={digest_of(content)}", *lines))
        asked = wire.socket.recv(1000)
        wire.send(content)
        answer = wire.answer()

    assert asked == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.status == 201


def test_bad_33_bodies_in_gzip_are_not_unpacked(client: Client) -> None:
    """Neither a bomb nor content under another digest comes in this way."""
    _, raw = client.push_manifest("admin/bad33", "v1")
    packed = gzip.compress(b" " * 50_000_000)

    manifest = client(
        "PUT", "/v2/admin/bad33/manifests/gz", gzip.compress(raw), Content_Encoding="gzip"
    )
    blob = client(
        "POST", f"{UPLOADS}?digest={digest_of(b' ' * 50_000_000)}", packed, Content_Encoding="gzip"
    )
    form = client.anonymous()(
        "POST", "/v2/auth", gzip.compress(b"grant_type=password"), Content_Encoding="gzip"
    )

    assert (manifest.status, manifest.code) == (400, "MANIFEST_INVALID")
    assert (blob.status, blob.code) == (400, "DIGEST_INVALID")
    assert form.status == 400


@pytest.mark.parametrize("method", ["get", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "A" * 5000])
@pytest.mark.parametrize("path", ["/v2/", "/v2/admin/bad33/manifests/v1", "/v2/_catalog"])
def test_bad_33_other_methods_are_refused_in_json(client: Client, method: str, path: str) -> None:
    if method == "CONNECT":
        path = "a:1"
    answer = ask(client.server, head(method, path))

    assert answer.status in (404, 405)
    assert json.loads(answer.body)["errors"][0]["code"]
    assert len(answer.body) < 1000


@pytest.mark.parametrize("target", ["http://evil.example/v2/", "*", "/v2/#x", "/v2/?%%%"])
def test_bad_33_odd_targets_are_answered(client: Client, target: str) -> None:
    assert ask(client.server, head("GET", target)).status in (200, 400, 404)


def test_bad_33_http_1_0_is_answered(client: Client) -> None:
    with connect(client.server) as wire:
        wire.send(b"GET /v2/ HTTP/1.0\r\n\r\n")

        assert wire.answer().status == 401
        assert wire.is_closed()


def test_bad_33_every_answer_names_its_request(client: Client) -> None:
    answers = [client("GET", path) for path in ("/v2/", "/nowhere", "/v2/UPPER/tags/list")]

    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
