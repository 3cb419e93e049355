"""Rows 20 and 21: long lists, and page sizes that are none."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from moorage.db import schema
from tests.conftest import Answer, Client
from tests.database import write_rows

COUNT = 20_000
MIB = 1024 * 1024
SUBJECT = "sha256:" + "5" * 64
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def insert_referrers(client: Client, name: str, count: int, raw: bytes) -> None:
    """Rows of manifests that name SUBJECT; their digests count up."""

    def write(tx: Connection) -> None:
        repository_id = repository_of(tx, name)
        row = {"repository_id": repository_id, "media_type": MANIFEST, "artifact_type": "a/b"}
        row |= {"subject_digest": SUBJECT, "raw": raw, "created_ms": 0}
        rows = [row | {"digest": f"sha256:{number:064x}"} for number in range(count)]
        tx.execute(insert(schema.manifests), rows)

    write_rows(client.server, write)


def insert_tags(client: Client, name: str, count: int) -> None:
    def write(tx: Connection) -> None:
        repository_id = repository_of(tx, name)
        manifest_id = tx.scalar(
            select(schema.manifests.c.id).where(schema.manifests.c.repository_id == repository_id)
        )
        row = {"repository_id": repository_id, "manifest_id": manifest_id, "started_ms": 0}
        rows = [row | {"name": f"t{number:06}"} for number in range(count)]
        tx.execute(insert(schema.tags), rows)

    write_rows(client.server, write)


def repository_of(tx: Connection, name: str) -> int:
    found = select(schema.repositories.c.id).where(schema.repositories.c.name == name)
    repository_id: int = tx.execute(found).scalar_one()
    return repository_id


def pages(client: Client, path: str) -> Iterator[Answer]:
    """A list page by page, as its Links say."""
    while path:
        answer = client("GET", path)
        assert answer.status == 200, answer
        yield answer
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        path = link[1] if link else ""


def peak_bytes(client: Client) -> int:
    """The most memory that the server's processes together have used.

    Without the reader of artifacts, which begins and ends when it likes, within a limit of its own.
    """
    group = client.server.process.pid
    peak = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        pid = int(status.parent.name)
        if os.path.exists(status) and os.getpgid(pid) == group:
            if b"moorage.artifacts.reader" in status.with_name("cmdline").read_bytes():
                continue
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            peak += int(found[1]) * 1024 if found else 0
    return peak


def entries(answer: Answer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.body)["manifests"]
    return found


def test_bad_20_many_referrers_come_in_pages_and_constant_memory(client: Client) -> None:
    client.push_manifest("admin/bad20", "v1")
    insert_referrers(client, "admin/bad20", COUNT, b'{"annotations":{"a":"b"}}')
    client("GET", f"/v2/admin/bad20/referrers/{SUBJECT}")
    before = peak_bytes(client)

    answers = list(pages(client, f"/v2/admin/bad20/referrers/{SUBJECT}"))

    digests = [entry["digest"] for answer in answers for entry in entries(answer)]
    assert digests == [f"sha256:{number:064x}" for number in range(COUNT)]
    assert max(len(answer.body) for answer in answers) < 4 * MIB
    assert peak_bytes(client) - before < 30 * MIB


def test_bad_20_large_referrers_come_in_pages_below_4_mib(client: Client) -> None:
    client.push_manifest("admin/bad20-large", "v1")
    raw = b'{"annotations":{"a":"%b"}}' % (b"x" * 1_500_000)
    client("GET", f"/v2/admin/bad20-large/referrers/{SUBJECT}")
    before = peak_bytes(client)
    insert_referrers(client, "admin/bad20-large", 60, raw)

    answers = list(pages(client, f"/v2/admin/bad20-large/referrers/{SUBJECT}?artifactType=a/b"))

    digests = [entry["digest"] for answer in answers for entry in entries(answer)]
    assert digests == [f"sha256:{number:064x}" for number in range(60)]
    assert max(len(answer.body) for answer in answers) < 4 * MIB
    assert {answer.headers["oci-filters-applied"] for answer in answers} == {"artifactType"}
    assert peak_bytes(client) - before < 60 * MIB


def test_bad_20_the_tag_of_an_old_registry_is_merged_once(client: Client) -> None:
    """Its entries come after the last page's rows, without those that are rows."""
    name = "admin/bad20-tag"
    client.push_manifest(name, "v1")
    child, raw = client.push_manifest(name, "child", annotations={"large": "x" * 2000})
    old = {"mediaType": MANIFEST, "digest": child, "size": len(raw), "artifactType": "old/type"}
    again = {"mediaType": MANIFEST, "digest": f"sha256:{3:064x}", "size": 26}
    insert_referrers(client, name, 1200, b'{"annotations":{"a":"b"}}')
    index = {"schemaVersion": 2, "manifests": [old, again]}
    index |= {"mediaType": "application/vnd.oci.image.index.v1+json"}
    tag = SUBJECT.replace(":", "-")
    put = client("PUT", f"/v2/{name}/manifests/{tag}", json.dumps(index).encode())

    answers = list(pages(client, f"/v2/{name}/referrers/{SUBJECT}"))
    filtered = list(pages(client, f"/v2/{name}/referrers/{SUBJECT}?artifactType=old%2Ftype"))

    assert put.status == 201
    found = [entry["digest"] for answer in answers for entry in entries(answer)]
    assert found == [*(f"sha256:{number:064x}" for number in range(1200)), child]
    assert [entry for answer in filtered for entry in entries(answer)] == [old]


def test_bad_20_many_tags_come_in_pages(client: Client) -> None:
    client.push_manifest("admin/bad20-tags", "v1")
    insert_tags(client, "admin/bad20-tags", COUNT)

    answers = list(pages(client, "/v2/admin/bad20-tags/tags/list"))

    tags = [tag for answer in answers for tag in json.loads(answer.body)["tags"]]
    assert tags == [*(f"t{number:06}" for number in range(COUNT)), "v1"]
    assert len(answers) > 1


@pytest.mark.parametrize("path", ["/v2/admin/bad21/tags/list", "/v2/_catalog"])
@pytest.mark.parametrize("n", ["-1", "abc", "", "1.5", "1e3", "0x10", "%c2%b2", "%20", "1%2c2"])
def test_bad_21_a_bad_page_size_is_refused(client: Client, path: str, n: str) -> None:
    client.push_manifest("admin/bad21", "v1")

    answer = client("GET", f"{path}?n={n}")

    assert (answer.status, answer.code) == (400, "PAGINATION_NUMBER_INVALID")


@pytest.mark.parametrize(
    ("path", "key"), [("/v2/admin/bad21/tags/list", "tags"), ("/v2/_catalog", "repositories")]
)
def test_bad_21_a_page_of_nothing_is_empty_and_has_no_next(
    client: Client, path: str, key: str
) -> None:
    client.push_manifest("admin/bad21", "v1")

    answer = client("GET", f"{path}?n=0")

    assert (answer.status, json.loads(answer.body)[key]) == (200, [])
    assert "link" not in answer.headers


@pytest.mark.parametrize("path", ["/v2/admin/bad21/tags/list", "/v2/_catalog"])
@pytest.mark.parametrize("n", ["1000000000000", "9" * 400, "10001"])
def test_bad_21_a_giant_page_is_cut_to_ours(client: Client, path: str, n: str) -> None:
    client.push_manifest("admin/bad21", "v1")

    answer = client("GET", f"{path}?n={n}")

    assert answer.status == 200


@pytest.mark.parametrize("last", ["zzz", "%ff", "%f0%9f%90%8b", "a%2fb", "x" * 4000, "%ed%a0%80"])
def test_bad_21_a_last_that_names_nothing_is_a_place_in_the_order(
    client: Client, last: str
) -> None:
    client.push_manifest("admin/bad21", "v1")

    answer = client("GET", f"/v2/admin/bad21/tags/list?n=1&last={last}")

    assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v2/admin/bad21/tags/list?last=%00",
        "/v2/_catalog?last=a%00",
        f"/v2/admin/bad21/referrers/{SUBJECT}?artifactType=%00",
        f"/v2/admin/bad21/referrers/{SUBJECT}?last=%00",
        "/v2/auth?account=%00",
    ],
)
def test_bad_21_a_nul_is_refused(client: Client, path: str) -> None:
    client.push_manifest("admin/bad21", "v1")

    answer = client("GET", path)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
