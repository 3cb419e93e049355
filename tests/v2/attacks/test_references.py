"""Rows 18 and 19: manifests that name many, deep, or missing ones."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Client, digest_of
from tests.v2.attacks.documents import (
    EMPTY,
    INDEX,
    MANIFEST,
    descriptor,
    image,
    index,
    put,
)


@pytest.fixture(autouse=True)
def _config(client: Client) -> None:
    client.push_blob("admin/bad", b"{}")


def test_bad_18_an_index_of_10_000_missing_children_is_answered_shortly(client: Client) -> None:
    children = [descriptor(f"sha256:{number:064d}", 1, MANIFEST) for number in range(10_000)]

    answer = put(client, index(children), "wide", INDEX)

    assert (answer.status, answer.code) == (400, "MANIFEST_BLOB_UNKNOWN")
    assert len(answer.body) < 20_000


def test_bad_18_an_index_of_10_000_children_is_taken_where_they_may_be_missing(
    impatient: Client,
) -> None:
    children = [descriptor(f"sha256:{number:064d}", 1, MANIFEST) for number in range(10_000)]
    raw = index(children)

    assert put(impatient, raw, "wide", INDEX).status == 201
    assert impatient("GET", "/v2/admin/bad/manifests/wide").body == raw
    assert impatient("DELETE", f"/v2/admin/bad/manifests/{digest_of(raw)}").status == 202


def test_bad_18_an_index_that_names_a_blob_40_000_times_is_taken(client: Client) -> None:
    raw = image(layers=[EMPTY] * 25_000)

    assert put(client, raw, "again").status == 201


def test_bad_18_100_levels_of_indexes_are_taken_and_deleted(client: Client) -> None:
    raw, media_type = image(), MANIFEST
    assert put(client, raw, digest_of(raw)).status == 201
    for _ in range(100):
        raw, media_type = index([descriptor(digest_of(raw), len(raw), media_type)]), INDEX
        assert put(client, raw, digest_of(raw), INDEX).status == 201

    assert put(client, raw, "deep", INDEX).status == 201
    assert client("GET", "/v2/admin/bad/manifests/deep").body == raw
    assert client("DELETE", f"/v2/admin/bad/manifests/{digest_of(raw)}").status == 202


def test_bad_18_subjects_in_a_ring_are_listed_each_for_itself(impatient: Client) -> None:
    # A manifest cannot name itself: its digest would depend on itself. A ring through a subject
    # that is not there yet is the nearest thing.
    first = image(subject=descriptor("sha256:" + "1" * 64, 1))
    second = image(subject=descriptor(digest_of(first), len(first)))
    for raw in (second, first):
        assert put(impatient, raw, digest_of(raw)).status == 201

    listed = impatient("GET", f"/v2/admin/bad/referrers/{digest_of(first)}")

    entries = json.loads(listed.body)["manifests"]
    assert [entry["digest"] for entry in entries] == [digest_of(second)]


@pytest.mark.parametrize("missing", ["config", "layer", "child"])
def test_bad_19_missing_content_is_named(client: Client, missing: str) -> None:
    digest = digest_of(missing.encode())
    gone = descriptor(digest, 5)
    raw = {
        "config": image(config=gone),
        "layer": image(layers=[EMPTY, gone]),
        "child": index([gone]),
    }[missing]

    answer = put(client, raw, "sparse", INDEX if missing == "child" else MANIFEST)

    assert (answer.status, answer.code) == (400, "MANIFEST_BLOB_UNKNOWN")
    assert json.loads(answer.body)["errors"][0]["detail"] == [{"digest": digest}]
    assert client("HEAD", "/v2/admin/bad/manifests/sparse").status == 404


def test_bad_19_content_of_another_repository_is_missing_here(client: Client) -> None:
    layer = client.push_blob("admin/elsewhere", b"elsewhere")

    answer = put(client, image(layers=[descriptor(layer, 9)]), "foreign")

    assert (answer.status, answer.code) == (400, "MANIFEST_BLOB_UNKNOWN")


def test_bad_19_missing_content_is_taken_where_the_setting_says_so(impatient: Client) -> None:
    raw = image(layers=[descriptor("sha256:" + "5" * 64, 5)])

    assert put(impatient, raw, "sparse").status == 201
