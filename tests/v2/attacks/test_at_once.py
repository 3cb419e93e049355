"""Rows 12 to 14: many at once, and a deletion under way."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes

from tests.conftest import Answer, Client, digest_of
from tests.raw import connect, head

MIB = 1024 * 1024
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def image(config: bytes, **annotations: str) -> bytes:
    described = {"mediaType": "application/x", "digest": digest_of(config), "size": len(config)}
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": []}
    return json.dumps(document | {"annotations": annotations}).encode()


def at_once(count: int, ask: Callable[[int], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(count) as crowd:
        return list(crowd.map(ask, range(count)))


def test_bad_12_deleting_a_blob_never_leaves_a_manifest_without_it(pair: Client) -> None:
    name = "admin/bad12"
    for turn in range(40):
        config = f'{{"turn":{turn}}}'.encode()
        raw = image(config)
        pair.push_blob(name, config)

        def race(place: int, raw: bytes = raw, config: bytes = config) -> Answer:
            if place == 0:
                return pair("DELETE", f"/v2/{name}/blobs/{digest_of(config)}")
            return pair("PUT", f"/v2/{name}/manifests/{digest_of(raw)}", raw)

        deleted, pushed = at_once(2, race)

        assert (deleted.status, pushed.status) in ((202, 400), (405, 201)), turn
        is_there = pair("HEAD", f"/v2/{name}/blobs/{digest_of(config)}").status
        assert is_there == (200 if pushed.status == 201 else 404)


def test_bad_13_fifty_pushes_of_one_tag_all_succeed(pair: Client) -> None:
    pair.push_blob("admin/bad13", b"{}")
    manifests = [image(b"{}", number=str(number)) for number in range(50)]

    answers = at_once(50, lambda n: pair("PUT", "/v2/admin/bad13/manifests/v1", manifests[n]))

    assert {answer.status for answer in answers} == {201}
    assert pair("GET", "/v2/admin/bad13/manifests/v1").body in manifests
    assert json.loads(pair("GET", "/v2/admin/bad13/tags/list").body)["tags"] == ["v1"]
    for raw in manifests:
        assert pair("HEAD", f"/v2/admin/bad13/manifests/{digest_of(raw)}").status == 200


def test_bad_13_fifty_pushes_of_several_tags_at_a_time_all_succeed(pair: Client) -> None:
    pair.push_blob("admin/bad13-tags", b"{}")
    manifests = [image(b"{}", number=str(number)) for number in range(50)]

    def push(number: int) -> Answer:
        tags = ("a", "b", "c") if number % 2 else ("c", "b", "a")
        query = "&".join(f"tag={tag}" for tag in tags)
        raw = manifests[number]
        return pair("PUT", f"/v2/admin/bad13-tags/manifests/{digest_of(raw)}?{query}", raw)

    answers = at_once(50, push)

    assert {answer.status for answer in answers} == {201}
    bodies = {pair("GET", f"/v2/admin/bad13-tags/manifests/{tag}").body for tag in "abc"}
    assert len(bodies) == 1, "the last writer set all three"


def test_bad_13_fifty_pushes_of_one_blob_store_one_copy(pair: Client) -> None:
    content = token_bytes(200_000)
    digest = digest_of(content)

    answers = at_once(
        50, lambda _: pair("POST", f"/v2/admin/bad13/blobs/uploads/?digest={digest}", content)
    )

    assert {answer.status for answer in answers} == {201}
    assert pair("GET", f"/v2/admin/bad13/blobs/{digest}").body == content
    copies = list((pair.server.data / "blobs").rglob(f"*{digest.partition(':')[2]}*"))
    assert len(copies) == 1


def test_bad_13_fifty_first_pushes_make_one_repository(pair: Client) -> None:
    name = f"admin/new-{token_bytes(4).hex()}"

    answers = at_once(50, lambda _: pair("POST", f"/v2/{name}/blobs/uploads/"))
    for answer in answers:
        pair("DELETE", answer.headers["location"])

    assert {answer.status for answer in answers} == {202}
    names = json.loads(pair("GET", "/v2/_catalog?n=1000").body)["repositories"]
    assert names.count(name) == 1


def test_bad_13_fifty_whole_pushes_into_a_new_repository_all_succeed(pair: Client) -> None:
    name = f"admin/new-{token_bytes(4).hex()}"

    def push(number: int) -> Answer:
        config = f'{{"number":{number}}}'.encode()
        pair.push_blob(name, config)
        return pair("PUT", f"/v2/{name}/manifests/t{number:02}", image(config))

    answers = at_once(50, push)

    assert {answer.status for answer in answers} == {201}
    tags = json.loads(pair("GET", f"/v2/{name}/tags/list").body)["tags"]
    assert tags == [f"t{number:02}" for number in range(50)]


def test_bad_13_pushes_and_deletions_of_one_tag_end_in_one_state(pair: Client) -> None:
    pair.push_blob("admin/bad13-delete", b"{}")
    manifests = [image(b"{}", number=str(number)) for number in range(10)]

    def ask(number: int) -> Answer:
        raw = manifests[number % 10]
        if number % 3 == 0:
            return pair("DELETE", "/v2/admin/bad13-delete/manifests/v1")
        if number % 3 == 1:
            return pair("DELETE", f"/v2/admin/bad13-delete/manifests/{digest_of(raw)}")
        return pair("PUT", "/v2/admin/bad13-delete/manifests/v1", raw)

    statuses = {answer.status for answer in at_once(60, ask)}

    assert statuses <= {201, 202, 404}
    assert pair("PUT", "/v2/admin/bad13-delete/manifests/v1", manifests[0]).status == 201
    assert pair("GET", "/v2/admin/bad13-delete/manifests/v1").body == manifests[0]


def test_bad_14_a_blob_deleted_while_it_is_pulled_arrives_whole(pair: Client) -> None:
    content = token_bytes(40 * MIB)
    path = f"/v2/admin/bad14/blobs/{pair.push_blob('admin/bad14', content)}"

    with connect(pair.server) as wire:
        wire.send(head("GET", path))
        wire.socket.recv(1, socket.MSG_PEEK)
        deleted = pair("DELETE", path)
        after = pair("HEAD", path)
        pulled = wire.answer()

    assert (deleted.status, after.status) == (202, 404)
    assert (pulled.status, pulled.body == content) == (200, True)


def test_bad_14_a_manifest_deleted_while_it_is_pulled_arrives_whole(pair: Client) -> None:
    pair.push_blob("admin/bad14", b"{}")
    raw = image(b"{}", large="x" * 4_000_000)
    path = f"/v2/admin/bad14/manifests/{digest_of(raw)}"
    assert pair("PUT", path, raw).status == 201

    with connect(pair.server) as wire:
        wire.send(head("GET", path))
        wire.socket.recv(1, socket.MSG_PEEK)
        deleted = pair("DELETE", path)
        after = pair("HEAD", path)
        pulled = wire.answer()

    assert (deleted.status, after.status) == (202, 404)
    assert (pulled.status, pulled.body == raw) == (200, True)
