"""Rows 15 to 17: manifests that are too large, not JSON, or two things at once."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from tests.conftest import Client
from tests.raw import ask, chunked, connect, head
from tests.v2.attacks.documents import EMPTY, INDEX, MANIFEST, image, index, put

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _config(client: Client) -> None:
    client.push_blob("admin/bad", b"{}")


def padded(size: int) -> bytes:
    raw = image()
    return raw + b" " * (size - len(raw))


def test_bad_15_a_manifest_of_4_mib_is_taken(client: Client) -> None:
    raw = padded(4 * MIB)

    assert put(client, raw, "large").status == 201
    assert client("GET", "/v2/admin/bad/manifests/large").body == raw


@pytest.mark.parametrize("size", [4 * MIB + 1, 6 * MIB, 20 * MIB])
def test_bad_15_a_larger_manifest_is_too_large(client: Client, size: int) -> None:
    length = f"Content-Length: {size}".encode()

    with connect(client.server) as wire:
        wire.send(head("PUT", "/v2/admin/bad/manifests/larger", length))
        with suppress(ConnectionError):
            wire.send(b" " * size)
        answer = wire.answer()

    assert (answer.status, answer.code) == (413, "SIZE_INVALID")
    assert client("HEAD", "/v2/admin/bad/manifests/larger").status == 404


def test_bad_15_a_larger_manifest_without_a_length_is_too_large(client: Client) -> None:
    pieces = [b" " * MIB] * 4 + [b" "]

    answer = ask(
        client.server,
        head("PUT", "/v2/admin/bad/manifests/larger", b"Transfer-Encoding: chunked"),
        chunked(pieces),
    )

    assert (answer.status, answer.code) == (413, "SIZE_INVALID")


def test_bad_15_an_announced_giant_is_refused_before_a_byte_is_read(client: Client) -> None:
    lines = (b"Content-Length: 9223372036854775807", b"Expect: 100-continue")

    answer = ask(client.server, head("PUT", "/v2/admin/bad/manifests/giant", *lines))

    assert (answer.status, answer.code) == (413, "SIZE_INVALID")


def test_bad_15_a_length_shorter_than_the_body_ends_the_manifest_there(client: Client) -> None:
    raw = image()
    length = f"Content-Length: {len(raw)}".encode()

    with connect(client.server) as wire:
        wire.send(head("PUT", "/v2/admin/bad/manifests/short", length), raw + b"} trailing")
        answer = wire.answer()
        is_closed = wire.is_closed()

    assert answer.status == 201
    assert is_closed, "what follows is no request"
    assert client("GET", "/v2/admin/bad/manifests/short").body == raw


BAD_JSON = {
    "depth of 100,000": b"[" * 100_000,
    "depth of 100,000 objects": b'{"a":' * 100_000,
    "depth in an unknown key": b'{"schemaVersion":2,"x":' + b"[" * 500 + b"]" * 500 + b"}",
    "depth in a known key": b'{"schemaVersion":2,"artifactType":' + b"[" * 960 + b"]" * 960 + b"}",
    "a huge integer": b'{"schemaVersion":2,"n":' + b"9" * 5000 + b"}",
    "an integer over 64 bits": b'{"schemaVersion":2,"n":18446744073709551616}',
    "NaN": b'{"schemaVersion":2,"config":NaN}',
    "Infinity": b'{"schemaVersion":2,"config":-Infinity}',
    "a number without end": b'{"schemaVersion":1e999}',
    "bad UTF-8": b"\xff\xfe",
    "a lone surrogate": image()[:-1] + b',"annotations":{"a":"\\ud800"}}',
    "UTF-16": '{"schemaVersion":2}'.encode("utf-16"),
    "a byte-order mark": b"\xef\xbb\xbf" + image(),
    "NUL": b"\0" * 100,
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "text": b'"schemaVersion"',
    "two documents": image() + image(),
    "a comment": b"/* */" + image(),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}
BAD_KEYS = {
    "layers twice": image()[:-1] + b',"layers":[]}',
    "config twice": image()[:-1] + b',"config":{}}',
    "manifests twice": index([])[:-1] + b',"manifests":[]}',
    "digest twice": image().replace(b'"size": 2', b'"size": 2, "size": 2'),
    "a key in two cases": image(Layers=[]),
    "a key in another case": image(Subject=EMPTY),
    "300,000 keys and one twice": b"{%b}"
    % b",".join([*(b'"%d":0' % number for number in range(300_000)), b'"z":1,"z":2']),
}
BAD_VALUES = {
    "no schemaVersion": b"{}",
    "schemaVersion 3": image(schemaVersion=3),
    "a config that is no object": image(config=[]),
    "no config": image(config=None),
    "layers that are no list": image(layers={}),
    "a layer that is no object": image(layers=[None]),
    "a layer that is a number": image(layers=[1]),
    "a negative size": image(config=EMPTY | {"size": -1}),
    "a size over 63 bits": image(config=EMPTY | {"size": 2**63}),
    "a size that is a fraction": image(config=EMPTY | {"size": 2.0}),
    "a size that is text": image(config=EMPTY | {"size": "2"}),
    "a size that is true": image(config=EMPTY | {"size": True}),
    "a size that is not the blob's": image(config=EMPTY | {"size": 3}),
    "a digest that is none": image(config=EMPTY | {"digest": "sha256:x"}),
    "a digest that is a list": image(config=EMPTY | {"digest": [["sha256:x"]]}),
    "a media type without a slash": image(config=EMPTY | {"mediaType": "json"}),
    "an artifactType that is none": image(artifactType="a b"),
    "an artifactType that is a list": image(artifactType=["a/b"]),
    "a subject that is text": image(subject="sha256:"),
    "annotations that are a list": image(annotations=[]),
    "annotations that are numbers": image(annotations={"a": 1}),
    "a mediaType that is a number": image(mediaType=7),
    "children that are no list": index([]).replace(b"[]", b"7"),
    "a child without a digest": index([{"mediaType": MANIFEST, "size": 1}]),
}


@pytest.mark.parametrize("raw", BAD_JSON.values(), ids=BAD_JSON)
@pytest.mark.parametrize("media_type", [MANIFEST, "application/json"])
def test_bad_16_what_is_not_json_is_no_manifest(
    client: Client, raw: bytes, media_type: str
) -> None:
    answer = put(client, raw, "json", media_type)

    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")
    assert len(answer.message) < 500


@pytest.mark.parametrize("raw", BAD_KEYS.values(), ids=BAD_KEYS)
def test_bad_16_keys_that_two_readers_read_differently_are_refused(
    client: Client, raw: bytes
) -> None:
    answer = put(client, raw, "keys", "application/json")

    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


@pytest.mark.parametrize("raw", BAD_VALUES.values(), ids=BAD_VALUES)
def test_bad_16_values_of_the_wrong_kind_are_refused(client: Client, raw: bytes) -> None:
    answer = put(client, raw, "values", "application/json")

    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")
    assert client("HEAD", "/v2/admin/bad/manifests/values").status == 404


@pytest.mark.parametrize(
    "raw",
    [
        image(manifests=[]),
        index([], layers=[]),
        image(mediaType=INDEX),
        index([]).replace(INDEX.encode(), MANIFEST.encode()),
    ],
)
def test_bad_17_a_manifest_is_never_two_things(client: Client, raw: bytes) -> None:
    for media_type in (MANIFEST, INDEX, "application/json", ""):
        answer = put(client, raw, "both", media_type)

        assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


@pytest.mark.parametrize(
    "media_type",
    [INDEX, "application/vnd.docker.distribution.manifest.v2+json", "text/plain", "x", "\xff/\xff"],
)
def test_bad_17_the_content_type_must_be_the_media_type(client: Client, media_type: str) -> None:
    answer = put(client, image(), "other", media_type)

    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


@pytest.mark.parametrize("media_type", ["text/plain", "application/vnd.x+json", "\xff/\xff"])
def test_bad_17_an_unknown_media_type_is_refused(client: Client, media_type: str) -> None:
    raw = json.dumps({"schemaVersion": 2, "config": EMPTY, "layers": []}).encode()

    answer = put(client, raw, "other", media_type)

    assert (answer.status, answer.code) == (415, "MANIFEST_INVALID")


@pytest.mark.parametrize("raw", [b'{"schemaVersion":1,"fsLayers":[]}', b'{"schemaVersion":1}'])
def test_bad_17_docker_schema_1_is_refused_with_a_sentence(client: Client, raw: bytes) -> None:
    answer = put(client, raw, "one", "application/json")

    assert (answer.status, answer.code) == (415, "MANIFEST_INVALID")
    assert "schema 1 is not supported" in answer.message
