"""The read-only view of charts for Helm 3.0 to 3.6."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.charts_repository.conftest import make_user, set_visibility
from tests.charts_repository.made import OCI_MANIFEST, make_chart, push, signed
from tests.conftest import DATABASES, Client
from tests.postgres_server import new_database
from tests.server import Server, running_server
from tests.tokens import bearer


@pytest.fixture(scope="module", params=DATABASES)
def viewed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    settings = {"HELM_LEGACY_VIEW": "old"}
    if request.param == "postgres":
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    with running_server(tmp_path_factory.mktemp("viewed"), settings) as running:
        yield running


def test_a_new_chart_is_shown_in_the_old_form(viewed: Server) -> None:
    client, chart = Client(viewed), make_chart("pad", "1.0.0")
    push(client, "admin/pad", chart, provenance=signed(chart))
    path = "/v2/old/admin/pad/manifests"

    by_tag = client("GET", f"{path}/1.0.0")
    digest = by_tag.headers["docker-content-digest"]
    by_digest, head = client("GET", f"{path}/{digest}"), client("HEAD", f"{path}/1.0.0")

    document = json.loads(by_tag.body)
    (layer,) = document["layers"]
    assert (layer["mediaType"], layer["digest"]) == (
        "application/tar+gzip",
        Client.digest_of(chart.archive),
    )
    assert set(document) == {"schemaVersion", "config", "layers"}
    assert digest == Client.digest_of(by_tag.body) == head.headers["docker-content-digest"]
    assert by_digest.body == by_tag.body
    assert client("GET", f"/v2/old/admin/pad/blobs/{layer['digest']}").body == chart.archive
    assert json.loads(client("GET", "/v2/old/admin/pad/tags/list").body)["tags"] == ["1.0.0"]
    assert client("GET", f"/v2/admin/pad/manifests/{digest}").status == 404


def test_the_view_goes_with_the_chart(viewed: Server) -> None:
    client = Client(viewed)
    push(client, "admin/gone", make_chart("gone", "1.0.0"))
    path = "/v2/old/admin/gone/manifests"
    digest = client("GET", f"{path}/1.0.0").headers["docker-content-digest"]
    real = client("GET", "/v2/admin/gone/manifests/1.0.0").headers["docker-content-digest"]

    client("DELETE", f"/v2/admin/gone/manifests/{real}")

    assert [client("GET", f"{path}/{ref}").status for ref in ("1.0.0", digest)] == [404, 404]


def test_the_view_has_the_rights_of_the_repository_and_never_takes_a_push(viewed: Server) -> None:
    client, nobody = Client(viewed), Client(viewed, None)
    push(client, "admin/secret", make_chart("secret", "1.0.0"))
    stranger = make_user(viewed, "viewstranger")
    path = "/v2/old/admin/secret/manifests/1.0.0"
    scope = "repository:old/admin/secret:pull,push"

    hidden = [caller("GET", path).status for caller in (nobody, stranger)]
    by_token = [bearer(caller, scope)("GET", path).status for caller in (client, stranger)]
    refused = client("PUT", path, b"{}", Content_Type=OCI_MANIFEST)
    upload = client("POST", "/v2/old/admin/secret/blobs/uploads/")
    push(client, "admin/open", make_chart("open", "1.0.0"))
    set_visibility(viewed, "admin/open", "public")

    assert hidden == [401, 403]
    assert by_token == [200, 403]
    assert (refused.status, upload.status) == (403, 403)
    assert "only be pulled" in refused.message
    assert nobody("GET", "/v2/old/admin/open/manifests/1.0.0").status == 200


def test_images_are_not_in_the_view(viewed: Server) -> None:
    client = Client(viewed)
    client.push_manifest("admin/image", "v1")

    answer = client("GET", "/v2/old/admin/image/manifests/v1")

    assert (answer.status, answer.code) == (404, "MANIFEST_UNKNOWN")


def test_there_is_no_view_unless_a_setting_says_so(client: Client) -> None:
    push(client, "admin/pad", make_chart("pad", "1.0.0"))

    assert client("GET", "/v2/old/admin/pad/manifests/1.0.0").status in (403, 404)
