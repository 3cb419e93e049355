"""Pushing and pulling through the front door."""

from __future__ import annotations

import json
from hashlib import sha512

import pytest

from tests.conftest import Client, digest_of


def test_a_blob_comes_back_as_it_was_pushed(client: Client) -> None:
    content = b"layer" * 50_000

    digest = client.push_blob("admin/blob", content)

    answer = client("GET", f"/v2/admin/blob/blobs/{digest}", Accept_Encoding="gzip")
    assert answer.status == 200
    assert answer.body == content
    assert answer.headers["docker-content-digest"] == digest
    assert "content-encoding" not in answer.headers


def test_a_blob_with_the_wrong_digest_leaves_nothing_behind(client: Client) -> None:
    digest = digest_of(b"right")

    answer = client("POST", f"/v2/admin/wrong/blobs/uploads/?digest={digest}", b"wrong")

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert client("HEAD", f"/v2/admin/wrong/blobs/{digest}").status == 404
    assert client("HEAD", f"/v2/admin/wrong/blobs/{digest_of(b'wrong')}").status == 404


def test_an_upload_in_chunks_goes_on_where_it_was(client: Client) -> None:
    content = b"0123456789"
    place = client("POST", "/v2/admin/chunk/blobs/uploads/").headers["location"]

    first = client("PATCH", place, content[:4], Content_Range="0-3")
    wrong = client("PATCH", place, content[6:], Content_Range="6-9")
    asked = client("GET", place)
    last = client("PUT", f"{place}?digest={digest_of(content)}", content[4:], Content_Range="4-9")

    assert (first.status, first.headers["range"]) == (202, "0-3")
    assert (wrong.status, wrong.headers["range"], wrong.headers["location"]) == (416, "0-3", place)
    assert (asked.status, asked.headers["range"]) == (204, "0-3")
    assert last.status == 201


def test_a_sha512_blob_is_hashed_again_when_only_the_end_tells(client: Client) -> None:
    content = b"x" * 100_000
    digest = f"sha512:{sha512(content).hexdigest()}"
    place = client("POST", "/v2/admin/sha512/blobs/uploads/").headers["location"]
    client("PATCH", place, content[:1000])

    answer = client("PUT", f"{place}?digest={digest}", content[1000:])

    assert (answer.status, answer.headers["docker-content-digest"]) == (201, digest)


def test_a_cancelled_upload_is_unknown(client: Client) -> None:
    place = client("POST", "/v2/admin/cancel/blobs/uploads/").headers["location"]

    assert client("DELETE", place).status == 204
    assert client("GET", place).code == "BLOB_UPLOAD_UNKNOWN"


def test_an_upload_is_unknown_in_another_repository(client: Client) -> None:
    place = client("POST", "/v2/admin/mine/blobs/uploads/").headers["location"]
    client("POST", "/v2/admin/other/blobs/uploads/")

    answer = client("GET", place.replace("/mine/", "/other/"))

    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_manifest_keeps_its_bytes_and_its_media_type(client: Client) -> None:
    digest, raw = client.push_manifest("admin/image", "v1", unknown={"b": 1, "a": 2})

    by_tag = client("GET", "/v2/admin/image/manifests/v1")
    known = client("GET", "/v2/admin/image/manifests/v1", If_None_Match=f'"{digest}"')

    assert by_tag.body == raw
    assert by_tag.headers["content-type"] == "application/vnd.oci.image.manifest.v1+json"
    assert known.status == 304


def test_a_manifest_with_unknown_blobs_is_refused_by_digest(client: Client) -> None:
    client.push_blob("admin/dangling", b"{}")
    layer = {"mediaType": "application/x", "digest": digest_of(b"nowhere"), "size": 7}
    config = {"mediaType": "application/x", "digest": digest_of(b"{}"), "size": 2}
    raw = json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode()

    answer = client("PUT", "/v2/admin/dangling/manifests/v1", raw)

    assert (answer.status, answer.code) == (400, "MANIFEST_BLOB_UNKNOWN")
    assert digest_of(b"nowhere") in answer.message


def test_tags_are_listed_in_pages_in_byte_order(client: Client) -> None:
    for tag in ("b", "B", "a", "_"):
        client.push_manifest("admin/tags", tag)

    whole = client("GET", "/v2/admin/tags/tags/list")
    page = client("GET", "/v2/admin/tags/tags/list?n=2&last=B")

    assert json.loads(whole.body) == {"name": "admin/tags", "tags": ["B", "_", "a", "b"]}
    assert json.loads(page.body)["tags"] == ["_", "a"]
    assert page.headers["link"] == '</v2/admin/tags/tags/list?n=2&last=a>; rel="next"'


def test_a_deleted_manifest_takes_its_tags_along(client: Client) -> None:
    digest, _ = client.push_manifest("admin/gone", "v1")

    assert client("DELETE", f"/v2/admin/gone/manifests/{digest}").status == 202
    assert client("HEAD", "/v2/admin/gone/manifests/v1").status == 404


def test_a_blob_in_use_is_not_deleted(client: Client) -> None:
    client.push_manifest("admin/used", "v1")

    answer = client("DELETE", f"/v2/admin/used/blobs/{digest_of(b'{}')}")

    assert (answer.status, answer.code) == (405, "UNSUPPORTED")


def test_referrers_of_nothing_are_an_empty_index(client: Client) -> None:
    answer = client("GET", f"/v2/admin/unborn/referrers/{digest_of(b'')}")

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/vnd.oci.image.index.v1+json"
    assert json.loads(answer.body)["manifests"] == []


@pytest.mark.parametrize("reference", ["sha256:abc", "a+b", "x" * 129, "sha512:" + "0" * 64])
def test_a_bad_reference_is_a_400(client: Client, reference: str) -> None:
    answer = client("GET", f"/v2/admin/image/manifests/{reference}")

    assert answer.status == 400
    assert answer.code in ("DIGEST_INVALID", "TAG_INVALID")
