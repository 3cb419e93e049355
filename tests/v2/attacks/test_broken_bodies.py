"""Row 9: bodies that break off, stall or drip, and too many or too large uploads."""

from __future__ import annotations

import json
import select
import time

import pytest

from tests.conftest import Client, digest_of
from tests.database import staged
from tests.raw import ask, chunked, connect, head

CONTENT = b"0123456789" * 1000
DIGEST = digest_of(CONTENT)


def start(client: Client, name: str) -> str:
    return client("POST", f"/v2/{name}/blobs/uploads/").headers["location"]


@pytest.mark.parametrize("end", ["end", "reset"])
@pytest.mark.parametrize("length", [b"Content-Length: 10000", b"Transfer-Encoding: chunked"])
def test_bad_09_what_came_of_a_broken_chunk_is_kept(
    client: Client, end: str, length: bytes
) -> None:
    place = start(client, "admin/bad09")
    part = b"fa0\r\n" + CONTENT[:4000] if length.startswith(b"Transfer") else CONTENT[:4000]
    with connect(client.server) as wire:
        wire.send(head("PATCH", place, length), part)
        time.sleep(0.3)
        getattr(wire, end)()

    assert held(client, place) == "0-3999"
    assert client("PATCH", place, CONTENT[4000:], Content_Range="4000-9999").status == 202
    assert client("PUT", f"{place}?digest={DIGEST}", b"").status == 201


def held(client: Client, place: str) -> str:
    """The range of an upload, once its last request has let go of it."""
    for _ in range(50):
        found = client("GET", place).headers["range"]
        if found != "0-0":
            return found
        time.sleep(0.1)
    return found


@pytest.mark.parametrize("end", ["end", "reset"])
@pytest.mark.parametrize("length", [b"Content-Length: 10000", b"Transfer-Encoding: chunked"])
def test_bad_09_a_broken_whole_blob_leaves_nothing_behind(
    client: Client, end: str, length: bytes
) -> None:
    # The part that arrives is a blob by itself: what looks complete must not be taken for it.
    part = CONTENT[:4000]
    before = staged(client.server)
    sent = b"fa0\r\n" + part if length.startswith(b"Transfer") else part
    path = f"/v2/admin/bad09-post/blobs/uploads/?digest={digest_of(part)}"
    with connect(client.server) as wire:
        wire.send(head("POST", path, length), sent)
        time.sleep(0.3)
        getattr(wire, end)()

    for _ in range(50):
        if staged(client.server) == before:
            break
        time.sleep(0.1)
    assert staged(client.server) == before
    assert client("HEAD", f"/v2/admin/bad09-post/blobs/{digest_of(part)}").status == 404


@pytest.mark.parametrize("end", ["end", "reset"])
@pytest.mark.parametrize("length", [b"Content-Length: 10000", b"Transfer-Encoding: chunked"])
def test_bad_09_a_broken_manifest_is_not_stored(client: Client, end: str, length: bytes) -> None:
    _, raw = client.push_manifest("admin/bad09-manifest", "v1")
    size = f"{len(raw):x}\r\n".encode() if length.startswith(b"Transfer") else b""
    with connect(client.server) as wire:
        wire.send(head("PUT", "/v2/admin/bad09-manifest/manifests/v2", length), size + raw)
        time.sleep(0.3)
        getattr(wire, end)()
    time.sleep(0.3)

    assert client("HEAD", "/v2/admin/bad09-manifest/manifests/v2").status == 404


def test_bad_09_a_body_that_stalls_is_cut_off_and_kept(impatient: Client) -> None:
    place = start(impatient, "admin/stall")

    answer = ask(impatient.server, head("PATCH", place, b"Content-Length: 9999"), CONTENT[:500])

    assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (408, "TIMEOUT")
    assert held(impatient, place) == "0-499"
    assert impatient("DELETE", place).status == 204


def test_bad_09_a_body_that_drips_is_cut_off(impatient: Client) -> None:
    place = start(impatient, "admin/drip")

    with connect(impatient.server) as wire:
        wire.send(head("PATCH", place, b"Content-Length: 9999"))
        for _ in range(50):
            wire.send(b"x")
            if select.select([wire.socket], [], [], 0.2)[0]:
                break
        answer = wire.answer()

    assert (answer.status, answer.code) == (408, "TIMEOUT")
    assert impatient("DELETE", place).status == 204


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/v2/admin/stall/manifests/v1"), ("POST", "/v2/auth")]
)
def test_bad_09_any_body_that_stalls_is_cut_off(impatient: Client, method: str, path: str) -> None:
    answer = ask(impatient.server, head(method, path, b"Content-Length: 99"), b"{")

    assert answer.status == 408


def test_bad_09_a_user_has_only_so_many_uploads(impatient: Client) -> None:
    places = [start(impatient, "admin/many") for _ in range(3)]

    answer = impatient("POST", "/v2/admin/many/blobs/uploads/")
    for place in places:
        impatient("DELETE", place)

    assert (answer.status, answer.code) == (429, "TOOMANYREQUESTS")
    assert int(answer.headers["retry-after"]) > 0
    place = start(impatient, "admin/many")
    assert impatient("DELETE", place).status == 204


def test_bad_09_a_blob_over_the_limit_is_too_large(impatient: Client) -> None:
    place = start(impatient, "admin/large")
    large = b"x" * (1024 * 1024 + 1)

    by_length = impatient("PUT", f"{place}?digest={DIGEST}", large)
    streamed = ask(
        impatient.server, head("PATCH", place, b"Transfer-Encoding: chunked"), chunked([large])
    )
    announced = ask(
        impatient.server,
        head("PATCH", place, b"Content-Length: 9999999999", b"Expect: 100-continue"),
    )
    impatient("DELETE", place)

    for answer in (by_length, streamed, announced):
        assert (answer.status, answer.code) == (413, "SIZE_INVALID")
        assert "MAXIMUM_LAYER_SIZE" in answer.message
