"""The generated index: what is in it, in which order, and what changes it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from sqlalchemy import delete

from moorage.db.charts_schema import charts
from moorage.registry.charts import read_unread_charts
from moorage.settings import load_settings
from moorage.wiring import build_registry
from tests.charts_repository.made import index_of, listed, make_chart, push
from tests.conftest import Client
from tests.database import write_rows
from tests.server import Server

OLD_LAYER = "application/tar+gzip"


def test_an_entry_has_every_key_of_chart_yaml_and_where_the_archive_is(
    client: Client, place: str
) -> None:
    document: dict[str, Any] = {
        "apiVersion": "v2",
        "name": "etherpad",
        "version": "1.3.0+build.7",
        "description": "pads: <b>&\u0001 \U0001f600",
        "keywords": ["a", "b"],
        "maintainers": [{"name": "Ann", "email": "ann@example.test"}],
        "annotations": {"changes": "- one\n- two\x7f"},
        "appVersion": "1.10",
        "deprecated": True,
        "dependencies": [
            {
                "name": "redis",
                "version": "1.x",
                "repository": "https://charts.test",
                "import-values": [{"child": "a", "parent": "b"}],
            }
        ],
    }
    chart = make_chart(**document)

    push(client, f"{place}/etherpad", chart)

    (entry,) = index_of(client, place)["entries"]["etherpad"]
    assert entry.pop("urls") == ["charts/etherpad-1.3.0%2Bbuild.7.tgz"]
    assert entry.pop("digest") == chart.hex_digest
    assert entry.pop("created").startswith("20")
    assert entry == chart.metadata.document
    archive = client("GET", f"/charts/{place}/charts/etherpad-1.3.0%2Bbuild.7.tgz")
    assert (archive.status, archive.body) == (200, chart.archive)


def test_versions_stand_newest_first_whatever_the_order_of_pushes(
    client: Client, place: str
) -> None:
    for version in ("1.9.0", "1.10.0-rc.2", "0.0.4", "1.10.0", "1.10.0-rc.10", "2.0.0-alpha"):
        push(client, f"{place}/etherpad", make_chart("etherpad", version))

    assert listed(client, place)["etherpad"] == [
        *("2.0.0-alpha", "1.10.0", "1.10.0-rc.10", "1.10.0-rc.2", "1.9.0", "0.0.4")
    ]


def test_charts_of_old_clients_and_of_nested_repositories_are_in_it(
    client: Client, place: str
) -> None:
    push(client, f"{place}/old", make_chart("old", "1.0.0"), layer_type=OLD_LAYER)
    push(client, f"{place}/stable/deep/pad", make_chart("pad", "1.0.0"))
    client.push_manifest(f"{place}/image", "v1")

    assert listed(client, place) == {"old": ["1.0.0"], "pad": ["1.0.0"]}
    assert listed(client, f"{place}/stable") == {"pad": ["1.0.0"]}
    assert listed(client, "")[f"{place}/pad"] == ["1.0.0"]


def test_of_two_charts_with_one_version_that_in_the_repository_of_its_name_is_listed(
    client: Client, place: str
) -> None:
    """Then the one with the shorter name; each is in the index of its own part."""
    copies = {
        f"{place}/a-mirror": make_chart("pad", "1.0.0", description="elsewhere"),
        f"{place}/deep/pad": make_chart("pad", "1.0.0", description="deep"),
        f"{place}/pad": make_chart("pad", "1.0.0", description="at home"),
    }
    for repository, chart in copies.items():
        push(client, repository, chart)

    def shown(prefix: str) -> tuple[str, bytes]:
        (entry,) = index_of(client, prefix)["entries"]["pad"]
        archive = client("GET", f"/charts/{prefix}/{entry['urls'][0]}")
        return entry["description"], archive.body

    assert shown(place) == ("at home", copies[f"{place}/pad"].archive)
    assert shown(f"{place}/deep") == ("deep", copies[f"{place}/deep/pad"].archive)
    client("DELETE", f"/v2/{place}/pad/manifests/1.0.0")
    assert shown(place) == ("deep", copies[f"{place}/deep/pad"].archive)


def test_a_chart_with_several_tags_is_listed_once(client: Client, place: str) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"), "latest", "1.0.0", "zeta")

    assert listed(client, place) == {"pad": ["1.0.0"]}
    oci = client("GET", f"/charts-oci/{place}/index.yaml")
    (entry,) = json.loads(oci.body)["entries"]["pad"]
    host = f"{client.server.host}:{client.server.port}"
    assert entry["urls"] == [f"oci://{host}/{place}/pad:1.0.0"]


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (b"{}", "chart.metadata.apiVersion is required"),
        (b"not json", "not JSON"),
        (b'{"apiVersion":"v2","name":"../x","version":"1.0.0"}', "is invalid"),
        (b'{"apiVersion":"v2","name":"x","version":"latest"}', "is invalid"),
        (b"[" * 100_000, "not JSON"),
        (b'{"apiVersion":"v2","name":"x","version":"1.0.0","home":[1]}', "not text"),
        (b" " * 300_000, "at most"),
    ],
)
def test_an_absurd_config_is_pushed_and_pulled_but_not_listed(
    client: Client, place: str, config: bytes, reason: str
) -> None:
    chart = make_chart("x", "1.0.0")

    answer = push(client, f"{place}/x", chart, "1.0.0", config=config)

    assert reason in answer.headers["warning"]
    assert client("GET", f"/v2/{place}/x/manifests/1.0.0").status == 200
    assert listed(client, place) == {}


def test_the_index_follows_the_tags(client: Client, place: str, token: str) -> None:
    name = f"{place}/pad"
    digest = push(client, name, make_chart("pad", "1.0.0"), "1.0.0", "old").headers[
        "docker-content-digest"
    ]
    seen = [listed(client, place)]

    def after(step: Any) -> None:
        step()
        seen.append(listed(client, place))

    after(lambda: client("DELETE", f"/v2/{name}/manifests/1.0.0"))
    after(lambda: push(client, name, make_chart("pad", "2.0.0"), "old"))
    after(lambda: client("DELETE", f"/v2/{name}/manifests/old"))
    api = _api(client, token)
    after(lambda: api("POST", "/tag/1.0.0/restore", name, {"manifest_digest": digest}))
    after(lambda: client.push_manifest(name, "1.0.0"))

    one, two = {"pad": ["1.0.0"]}, {"pad": ["2.0.0"]}
    assert seen == [one, one, two, {}, one, {}]


def test_an_expired_tag_leaves_the_index_by_itself(client: Client, place: str) -> None:
    chart = make_chart("pad", "1.0.0")
    push(client, f"{place}/pad", chart, annotations={"quay.expires-after": "2s"})
    pushed_s = time.monotonic()
    before = listed(client, place)

    time.sleep(2.1 + pushed_s - time.monotonic())

    assert (before, listed(client, place)) == ({"pad": ["1.0.0"]}, {})


def test_a_deleted_repository_takes_its_charts_out(client: Client, place: str, token: str) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"))
    push(client, f"{place}/jar", make_chart("jar", "1.0.0"))
    assert set(listed(client, place)) == {"pad", "jar"}

    assert _api(client, token)("DELETE", "", f"{place}/pad", None) == 204

    assert listed(client, place) == {"jar": ["1.0.0"]}


def test_an_index_has_an_etag_that_changes_with_it(client: Client, place: str) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"))
    path = f"/charts/{place}/index.yaml"
    first = client("GET", path)

    same = client("GET", path, If_None_Match=first.headers["etag"])
    head = client("HEAD", path)
    push(client, f"{place}/pad", make_chart("pad", "1.1.0"))
    other = client("GET", path, If_None_Match=first.headers["etag"])

    assert (same.status, same.body) == (304, b"")
    assert head.headers["content-length"] == str(len(first.body))
    assert other.status == 200
    assert "content-encoding" not in client("GET", path, Accept_Encoding="gzip").headers


def test_charts_that_an_older_release_took_are_read_in_the_background(
    server: Server, client: Client, place: str
) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"))
    write_rows(server, lambda tx: tx.execute(delete(charts)))

    counts = asyncio.run(_read_unread(server)), asyncio.run(_read_unread(server))

    assert counts[0] > 0 and counts[1] == 0
    assert listed(client, place) == {"pad": ["1.0.0"]}


async def _read_unread(server: Server) -> int:
    """What a worker does at its start and then every five minutes."""
    text = "".join(f"{key}: {value}\n" for key, value in server.settings.items())
    config = server.data / "config.yaml"
    config.write_text(text)
    registry = build_registry(load_settings(config, {"DATA_FOLDER": server.data}))
    await registry.db.open()
    try:
        return await read_unread_charts(registry)
    finally:
        await registry.db.close()


def test_a_renamed_organization_has_its_index_under_the_new_name(
    client: Client, place: str, token: str
) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"))
    assert f"{place}/pad" in listed(client, "")
    new = f"new{place}"

    answer = client(
        "PUT",
        f"/api/v1/superuser/organizations/{place}",
        json.dumps({"name": new}).encode(),
        Authorization=f"Bearer {token}",
        Content_Type="application/json",
    )

    assert answer.status == 200, answer
    everything = index_of(client, "")["entries"]
    assert f"{place}/pad" not in everything
    (entry,) = everything[f"{new}/pad"]
    assert entry["urls"] == [f"{new}/charts/pad-1.0.0.tgz"]
    assert client("GET", f"/charts/{entry['urls'][0]}").status == 200
    assert client("GET", f"/charts/{place}/index.yaml").status == 404


def _api(client: Client, token: str) -> Any:
    """Requests of the management API about a repository; their status."""

    def ask(method: str, path: str, name: str, body: Any) -> int:
        raw = json.dumps(body).encode() if body is not None else None
        answer = client(
            method,
            f"/api/v1/repository/{name}{path}",
            raw,
            Authorization=f"Bearer {token}",
            Content_Type="application/json",
        )
        assert answer.status < 300, answer
        return answer.status

    return ask
