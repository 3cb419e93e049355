"""The snippets over the API; which commands they are is tested in tests/artifacts."""

from __future__ import annotations

import json
from base64 import b64decode

from tests.api.conftest import Api
from tests.console.content import etherpad, push_chart


def test_an_empty_namespace_is_told_how_to_push(api: Api) -> None:
    answer = api.anonymous()("GET", "/commands/push?namespace=helm&kind=chart")

    host = f"{api.server.host}:{api.server.port}"
    first = answer.json["commands"][0]
    assert first["client"] == "helm-4"
    assert first["text"] == f"helm push mychart-0.1.0.tgz oci://{host}/helm --plain-http"


def test_a_robots_login_is_quoted(api: Api) -> None:
    answer = api("GET", "/commands/login?username=acme%2Bci&namespace=acme")

    found = {(one["client"], one["purpose"]): one["text"] for one in answer.json["commands"]}
    host = f"{api.server.host}:{api.server.port}"
    assert found["docker", "login"] == f"docker login {host} --username 'acme+ci'"
    assert found["helm-repo", "login"] == (
        f"helm repo add acme http://{host}/charts/acme --username 'acme+ci'"
    )


def test_files_with_a_login_are_never_kept(api: Api) -> None:
    answer = api("POST", "/commands/files", {"username": "acme+ci", "token": "s3cret"})

    files = {one["client"]: one for one in answer.json["files"]}
    (login,) = json.loads(files["docker"]["text"])["auths"].values()
    assert answer.headers["cache-control"] == "no-store"
    assert b64decode(login["auth"]) == b"acme+ci:s3cret"


def test_names_that_are_none_are_refused(api: Api) -> None:
    assert api("GET", "/commands/push?namespace=$(x)").status == 400
    assert api("GET", "/commands/login?username=a&namespace=..").status == 400
    assert api("GET", "/commands/login").status == 400


def test_a_chart_by_tag_and_by_digest(api: Api) -> None:
    chart = etherpad("0.1.0+build.7")
    digest = push_chart(api.registry(), "admin/etherpad", chart, "0.1.0_build.7")

    path = f"/repository/admin/etherpad/manifest/{digest}/commands"
    answer = api("GET", f"{path}?tag=0.1.0_build.7")

    host = f"{api.server.host}:{api.server.port}"
    found = {(c["client"], c["purpose"], c["reference"]): c for c in answer.json["commands"]}
    assert found["helm-4", "pull", "tag"]["text"] == (
        f"helm pull oci://{host}/admin/etherpad --version 0.1.0+build.7 --plain-http"
    )
    assert found["helm-4", "pull", "digest"]["text"] == (
        f"helm pull oci://{host}/admin/etherpad@{digest} --plain-http"
    )
    assert found["flux", "install", "tag"]["language"] == "yaml"
    assert not any(client == "docker" for client, _, _ in found)
    assert api.anonymous()("GET", path).status == 401
    assert api("GET", f"{path}?tag=$(x)").status == 400
