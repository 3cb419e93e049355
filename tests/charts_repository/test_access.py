"""Who sees what in an index, with which credential, and what the others are told."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from moorage.oci.digest import Digest
from tests.charts_repository.conftest import client_of, give, make_user, set_visibility
from tests.charts_repository.made import listed, make_chart, push, signed
from tests.conftest import Client
from tests.server import Server, running_server


def test_each_caller_gets_the_public_part_and_what_he_may_pull(
    client: Client, server: Server, stranger: Client, place: str
) -> None:
    for name in ("public", "private", "shared"):
        push(client, f"{place}/{name}", make_chart(name, "1.0.0"))
    set_visibility(server, f"{place}/public", "public")
    reader_name = f"reader{secrets.token_hex(4)}"
    reader = make_user(server, reader_name)
    give(server, reader_name, f"{place}/shared", "read")

    assert set(listed(client, place)) == {"public", "private", "shared"}
    assert set(listed(reader, place)) == {"public", "shared"}
    assert set(listed(stranger, place)) == {"public"}
    assert set(listed(client.anonymous(), place)) == {"public"}
    assert f"{place}/private" not in listed(stranger, "")
    for caller, status in ((client, 200), (reader, 404), (client.anonymous(), 404)):
        assert caller("GET", f"/charts/{place}/charts/private-1.0.0.tgz").status == status


def test_a_change_of_visibility_shows_at_once(
    client: Client, server: Server, stranger: Client, place: str
) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"))
    path = f"/charts/{place}/index.yaml"
    seen = [stranger("GET", path).status]
    for visibility in ("public", "private"):
        set_visibility(server, f"{place}/pad", visibility)
        seen.append(stranger("GET", path).status)

    assert seen == [404, 200, 404]


def test_a_namespace_nobody_may_see_answers_as_a_missing_one(
    client: Client, stranger: Client, place: str
) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"))
    paths = ("index.yaml", "charts/pad-1.0.0.tgz", "api/charts", "api/charts/pad/1.0.0")

    for path in paths:
        for caller, status in ((stranger, 404), (client.anonymous(), 401)):
            hidden = caller("GET", f"/charts/{place}/{path}")
            missing = caller("GET", f"/charts/no{place}/{path}")
            assert (hidden.status, missing.status) == (status, status)
            assert hidden.body.replace(place.encode(), b"X") == missing.body.replace(
                b"no" + place.encode(), b"X"
            )
            assert hidden.headers.get("www-authenticate") == missing.headers.get("www-authenticate")


def test_nobody_is_asked_for_basic_credentials(client: Client, place: str) -> None:
    answer = client.anonymous()("GET", f"/charts/{place}/index.yaml")

    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Basic realm="moorage"')


def test_an_empty_namespace_of_ones_own_has_an_empty_index(client: Client, place: str) -> None:
    assert listed(client, place) == {}


def test_every_kind_of_credential_is_taken(
    client: Client, server: Server, place: str, token: str
) -> None:
    push(client, f"{place}/pad", make_chart("pad", "1.0.0"))
    bearer = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    robot = json.loads(
        client("PUT", f"/api/v1/organization/{place}/robots/ci", b"{}", **bearer).body
    )
    give(server, robot["name"], f"{place}/pad", "read")
    wrong = client_of(server, "admin", "wrong password")

    for caller in (
        client,
        client_of(server, robot["name"], robot["token"]),
        client_of(server, "$oauthtoken", token),
        Client(server, f"Bearer {token}"),
    ):
        assert listed(caller, place) == {"pad": ["1.0.0"]}
    assert wrong("GET", f"/charts/{place}/index.yaml").status == 401


def test_archives_and_signatures_come_out_of_the_same_blobs(client: Client, place: str) -> None:
    chart = make_chart("pad", "1.0.0")
    push(client, f"{place}/pad", chart, provenance=signed(chart))
    path = f"/charts/{place}/charts/pad-1.0.0.tgz"

    whole, part = client("GET", path), client("GET", path, Range="bytes=2-5")
    head, signature = client("HEAD", path), client("GET", f"{path}.prov")
    known = client("GET", path, If_None_Match=whole.headers["etag"])

    assert whole.body == chart.archive
    assert whole.headers["etag"] == f'"{Digest.of(chart.archive)}"'
    assert (part.status, part.body) == (206, chart.archive[2:6])
    assert (head.status, head.headers["content-length"]) == (200, str(len(chart.archive)))
    assert signature.body == signed(chart)
    assert known.status == 304
    assert "immutable" not in whole.headers["cache-control"]
    assert client("GET", f"/charts/{place}/charts/pad-2.0.0.tgz").status == 404


def test_without_helm_support_there_is_no_chart_repository(tmp_path: Path) -> None:
    with running_server(tmp_path, {"FEATURE_HELM_OCI_SUPPORT": "false"}) as server:
        client = Client(server)
        answers = [
            client("GET", "/charts/admin/index.yaml"),
            client("GET", "/charts-oci/admin/index.yaml"),
            client("POST", "/charts/api/admin/charts", b"x"),
        ]

    assert [answer.status for answer in answers] == [404, 404, 405]
    for answer in answers:
        assert "FEATURE_HELM_OCI_SUPPORT" in json.loads(answer.body)["error"]
