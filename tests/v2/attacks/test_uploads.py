"""Rows 5 to 8: uploads that lie, collide, or belong to somebody else."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from moorage.db import schema
from tests.conftest import Answer, Client, digest_of
from tests.database import staged, write_rows
from tests.raw import ask, chunked, connect, head
from tests.server import run_command

CONTENT = b"0123456789" * 1000
DIGEST = digest_of(CONTENT)
WRONG = digest_of(b"other")


def start(client: Client, name: str) -> str:
    return client("POST", f"/v2/{name}/blobs/uploads/").headers["location"]


def is_nowhere(client: Client, name: str) -> bool:
    return all(
        client("HEAD", f"/v2/{name}/blobs/{digest}").status == 404 for digest in (DIGEST, WRONG)
    )


@pytest.mark.parametrize("way", ["put", "post", "chunk", "stream"])
def test_bad_05_a_wrong_digest_leaves_nothing_behind(client: Client, way: str) -> None:
    name = f"admin/bad05-{way}"
    place, before = start(client, name), staged(client.server)
    if way == "chunk":
        client("PATCH", place, CONTENT[:5000], Content_Range="0-4999")
    if way == "stream":
        ask(client.server, head("PATCH", place, b"Transfer-Encoding: chunked"), chunked([CONTENT]))
    body = {"put": CONTENT, "post": CONTENT, "chunk": CONTENT[5000:], "stream": b""}[way]

    if way == "post":
        answer = client("POST", f"/v2/{name}/blobs/uploads/?digest={WRONG}", body)
        client("DELETE", place)
    else:
        answer = client("PUT", f"{place}?digest={WRONG}", body)

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert DIGEST in answer.message
    assert is_nowhere(client, name)
    assert client("GET", place).status == 404
    assert staged(client.server) == before - {place.rpartition("/")[2]}


def test_bad_05_a_manifest_with_a_wrong_digest_is_not_stored(client: Client) -> None:
    _, raw = client.push_manifest("admin/bad05", "v1")

    answer = client("PUT", f"/v2/admin/bad05/manifests/{WRONG}", raw + b" ")

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert client("HEAD", f"/v2/admin/bad05/manifests/{WRONG}").status == 404
    assert client("HEAD", f"/v2/admin/bad05/manifests/{digest_of(raw + b' ')}").status == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    "content_range",
    [
        *("5-9", "3-7", "1000-1009", "0-9", "9-4", "-", "5", "a-b", "-5", "5-", ""),
        *("bytes 4-9/10", "4-9/10", "4-9,10-11", "4--9", "9" * 30 + "-" + "9" * 31),
    ],
)
def test_bad_06_a_chunk_that_does_not_follow_is_refused(
    client: Client, method: str, content_range: str
) -> None:
    place = start(client, "admin/bad06")
    client("PATCH", place, CONTENT[:4], Content_Range="0-3")
    url = place if method == "PATCH" else f"{place}?digest={DIGEST}"

    answer = client(method, url, CONTENT[4:10], Content_Range=content_range)

    assert (answer.status, answer.code) == (416, "RANGE_INVALID")
    assert client("GET", url).headers["range"] == "0-3"
    assert client("PUT", f"{place}?digest={DIGEST}", CONTENT[4:]).status == 201


@pytest.mark.parametrize("content_range", ["4-8", "4-10", "4-9999999999"])
def test_bad_06_a_length_that_differs_from_the_range_adds_nothing(
    client: Client, content_range: str
) -> None:
    place = start(client, "admin/bad06")
    client("PATCH", place, CONTENT[:4], Content_Range="0-3")

    answer = client("PATCH", place, CONTENT[4:10], Content_Range=content_range)

    assert (answer.status, answer.code) == (400, "SIZE_INVALID")
    assert client("GET", place).headers["range"] == "0-3"


@pytest.mark.parametrize("content_range", ["4-8", "4-10"])
def test_bad_06_a_streamed_length_that_differs_from_the_range_adds_nothing(
    client: Client, content_range: str
) -> None:
    place = start(client, "admin/bad06")
    client("PATCH", place, CONTENT[:4], Content_Range="0-3")
    lines = (b"Transfer-Encoding: chunked", f"Content-Range: {content_range}".encode())

    answer = ask(client.server, head("PATCH", place, *lines), chunked([CONTENT[4:10]]))

    assert (answer.status, answer.code) == (400, "SIZE_INVALID")
    assert client("GET", place).headers["range"] == "0-3"


def test_bad_07_two_chunks_at_once_never_mix(pair: Client) -> None:
    place = start(pair, "admin/bad07")
    halves = [b"a" * 200_000, b"b" * 200_000]

    def send(half: bytes) -> Answer:
        return pair("PATCH", place, half, Content_Range=f"0-{len(half) - 1}")

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(send, halves))

    assert sorted(answer.status for answer in answers)[0] == 202
    assert sorted(answer.status for answer in answers)[1] in (409, 416)
    won = halves[[answer.status for answer in answers].index(202)]
    assert pair("PUT", f"{place}?digest={digest_of(won)}", b"").status == 201


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_bad_07_a_chunk_while_another_is_in_flight_is_refused(pair: Client, method: str) -> None:
    place = start(pair, "admin/bad07")
    url = place if method == "PATCH" else f"{place}?digest={DIGEST}"
    with connect(pair.server) as wire:
        wire.send(head("PATCH", place, b"Content-Length: 10000"), CONTENT[:4000])
        time.sleep(0.3)

        second = pair(method, url, CONTENT)
        wire.send(CONTENT[4000:])
        first = wire.answer()

    assert (second.status, second.code) == (409, "BLOB_UPLOAD_INVALID")
    assert first.status == 202
    assert pair("PUT", f"{place}?digest={DIGEST}", b"").status == 201


def test_bad_07_two_finishes_at_once_store_the_blob_once(pair: Client) -> None:
    place = start(pair, "admin/bad07-end")
    pair("PATCH", place, CONTENT)

    with ThreadPoolExecutor(4) as several:
        answers = several.map(lambda _: pair("PUT", f"{place}?digest={DIGEST}", b""), range(4))
        found = sorted(answer.status for answer in answers)

    assert found[0] == 201
    assert set(found[1:]) <= {404, 409}
    assert pair("GET", f"/v2/admin/bad07-end/blobs/{DIGEST}").body == CONTENT


METHODS = ["GET", "PATCH", "PUT", "DELETE"]


@pytest.mark.parametrize("method", METHODS)
def test_bad_08_an_upload_is_unknown_in_another_repository(client: Client, method: str) -> None:
    place = start(client, "admin/mine")
    start(client, "admin/other")
    elsewhere = place.replace("/mine/", "/other/") + f"?digest={DIGEST}"

    answer = client(method, elsewhere, b"x" if method in ("PATCH", "PUT") else None)

    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert client("GET", place).headers["range"] == "0-0"


@pytest.mark.parametrize("method", METHODS)
def test_bad_08_an_upload_of_another_user_is_unknown(
    client: Client, ann: Client, method: str
) -> None:
    place = start(client, "ann/shared")

    answer = ann(method, f"{place}?digest={DIGEST}", b"x" if method in ("PATCH", "PUT") else None)

    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert client("GET", place).headers["range"] == "0-0"


@pytest.mark.parametrize("method", METHODS)
def test_bad_08_a_cancelled_upload_is_unknown(client: Client, method: str) -> None:
    place = start(client, "admin/bad08")
    client("PATCH", place, CONTENT)
    client("DELETE", place)

    answer = client(method, f"{place}?digest={DIGEST}", CONTENT)

    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert place.rpartition("/")[2] not in staged(client.server)


@pytest.mark.parametrize("method", METHODS)
def test_bad_08_an_expired_upload_is_unknown(client: Client, method: str) -> None:
    place = start(client, "admin/bad08")
    client("PATCH", place, CONTENT)
    upload_id = place.rpartition("/")[2]
    old = update(schema.uploads).where(schema.uploads.c.id == upload_id).values(touched_ms=0)
    write_rows(client.server, lambda tx: tx.execute(old).rowcount)
    run_command(client.server, "collect")

    answer = client(method, f"{place}?digest={DIGEST}", CONTENT)

    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert upload_id not in staged(client.server)
