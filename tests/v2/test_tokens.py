"""Logging in and asking for tokens, in the ways that clients do it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from tests.conftest import Answer, Client
from tests.server import PASSWORD, admin
from tests.tokens import ask_token, bearer, challenge_of
from tests.v2.conftest import BOB_PASSWORD


def claims_of(answer: Answer) -> dict[str, Any]:
    token = json.loads(answer.body)["token"]
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def granted(answer: Answer) -> dict[str, list[str]]:
    return {entry["name"]: entry["actions"] for entry in claims_of(answer)["access"]}


def post(client: Client, **form: str) -> Answer:
    """`POST /v2/auth` as a form, without any header of credentials."""
    return client.anonymous()("POST", "/v2/auth", urlencode(form).encode())


def by_password(client: Client, **form: str) -> Answer:
    return post(client, grant_type="password", username="admin", password=PASSWORD, **form)


def test_the_challenge_leads_to_a_token_that_opens_the_door(client: Client) -> None:
    refused = client.anonymous()("GET", "/v2/")
    found = dict(re.findall(r'(\w+)="([^"]*)"', challenge_of(refused)))
    token = client("GET", f"/v2/auth?{urlencode({'service': found['service']})}")
    opened = replace(client, authorization=f"Bearer {json.loads(token.body)['token']}")

    assert refused.status == 401
    assert refused.headers["docker-distribution-api-version"] == "registry/2.0"
    assert found["realm"] == f"http://127.0.0.1:{client.server.port}/v2/auth"
    assert set(found) == {"realm", "service"}
    assert opened("GET", "/v2/").status == 200


def test_a_token_answer_says_how_long_and_since_when(client: Client) -> None:
    answer = ask_token(client, "repository:admin/app:pull")

    body = json.loads(answer.body)
    assert body["token"] == body["access_token"]
    assert body["expires_in"] >= 60
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["issued_at"])
    assert claims_of(answer)["exp"] - claims_of(answer)["iat"] == body["expires_in"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [
        "scope=repository:admin/a:pull,push&scope=repository:admin/b:pull",
        "scope=repository:admin/a:pull,push%20repository:admin/b:pull",
        "scope=repository:admin/a:pull+repository:admin/b:pull&scope=repository:admin/a:push",
        "scope=repository%3Aadmin%2Fa%3Apull%2Cpush&scope=repository:admin/b:pull&service=other",
    ],
)
def test_scopes_come_repeated_or_in_one_field(client: Client, query: str) -> None:
    by_get = client("GET", f"/v2/auth?{query}")
    by_form = client.anonymous()(
        "POST",
        "/v2/auth",
        f"grant_type=password&username=admin&{urlencode({'password': PASSWORD})}&{query}".encode(),
    )

    expected = {"admin/a": ["pull", "push"], "admin/b": ["pull"]}
    assert granted(by_get) == granted(by_form) == expected


def test_a_login_asks_for_no_scope_at_all(client: Client) -> None:
    for answer in (ask_token(client), ask_token(client, account="admin"), by_password(client)):
        token = json.loads(answer.body)["token"]

        assert answer.status == 200
        assert claims_of(answer)["sub"] == "admin"
        assert replace(client, authorization=f"Bearer {token}")("GET", "/v2/").status == 200


@pytest.mark.parametrize("fields", [{}, {"service": "moorage"}, {"service": "x", "account": "y"}])
def test_service_and_account_may_be_absent_or_anything(
    client: Client, fields: dict[str, str]
) -> None:
    answer = ask_token(client, "repository:admin/a:pull", **fields)

    assert (claims_of(answer)["sub"], claims_of(answer)["aud"]) == ("admin", "moorage")


@pytest.mark.parametrize("authorization", [None, "Basic Og=="])
def test_nobody_gets_a_token_for_what_is_public(client: Client, authorization: str | None) -> None:
    client.push_manifest("admin/public", "v1")
    client.push_manifest("admin/private", "v1")
    admin(client.server, "repository", "set-visibility", "admin/public", "public")
    nobody = replace(client, authorization=authorization)
    scopes = ["repository:admin/public:pull,push", "repository:admin/private:pull"]

    answer = ask_token(nobody, *scopes)

    assert answer.status == 200
    assert granted(answer) == {"admin/public": ["pull"]}
    reader = bearer(nobody, *scopes)
    assert reader("GET", "/v2/admin/public/manifests/v1").status == 200
    assert reader("GET", "/v2/admin/public/tags/list").status == 200
    assert reader("GET", "/v2/admin/private/manifests/v1").status == 401
    assert nobody("GET", "/v2/admin/public/manifests/v1").status == 200
    assert nobody("GET", "/v2/").status == 401


def test_a_refresh_token_brings_new_tokens(client: Client) -> None:
    by_get = ask_token(client, offline_token="true", client_id="docker", account="admin")
    by_form = by_password(client, access_type="offline", client_id="x", service="moorage")

    for first in (by_get, by_form):
        refresh = json.loads(first.body)["refresh_token"]
        second = post(
            client,
            grant_type="refresh_token",
            refresh_token=refresh,
            service="moorage",
            client_id="docker",
            scope="repository:admin/a:pull,push repository:admin/b:pull",
        )

        assert second.status == 200
        assert json.loads(second.body)["access_token"] == json.loads(second.body)["token"]
        assert granted(second) == {"admin/a": ["pull", "push"], "admin/b": ["pull"]}


def test_no_refresh_token_unless_one_is_asked_for(client: Client) -> None:
    for answer in (ask_token(client), by_password(client), ask_token(client.anonymous())):
        assert "refresh_token" not in json.loads(answer.body)
    assert "refresh_token" not in json.loads(
        ask_token(client.anonymous(), offline_token="true").body
    )


def test_a_refresh_token_ends_with_the_password_it_was_got_with(client: Client) -> None:
    name = f"u{token_hex(4)}"
    admin(client.server, "user", "create", name, "--password-stdin", stdin="old password")
    form = {"grant_type": "password", "username": name, "access_type": "offline"}
    login = post(client, **form, password="old password")
    refresh = json.loads(login.body)["refresh_token"]
    admin(client.server, "user", "passwd", name, "--password-stdin", stdin="new password")

    answer = post(client, grant_type="refresh_token", refresh_token=refresh)

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert "log in again" in answer.message


def test_every_character_of_a_password_counts_in_every_way(client: Client, bob: Client) -> None:
    form = {"grant_type": "password", "username": "bob", "password": BOB_PASSWORD}

    answers = [bob("GET", "/v2/"), ask_token(bob), post(client, **form)]

    assert [answer.status for answer in answers] == [200, 200, 200]


def test_a_wrong_password_is_a_401_with_words_for_the_user(client: Client) -> None:
    wrong = replace(client, authorization="Basic " + b64encode(b"admin:wrong").decode())

    for answer in (
        ask_token(wrong),
        ask_token(wrong, "repository:admin/a:pull"),
        post(client, grant_type="password", username="admin", password="wrong"),
        wrong("GET", "/v2/"),
    ):
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
        assert answer.message == "Invalid Username or Password"
        assert challenge_of(answer).startswith("Bearer realm=")


def test_helm_4_pushes_by_digest_and_reads_it_back_before_the_tag(client: Client) -> None:
    name = f"admin/chart-{token_hex(4)}"
    caller = bearer(client, f"repository:{name}:pull,push")
    _, raw = client.push_manifest(name, "seed")
    again = raw + b"\n"
    by_digest = f"/v2/{name}/manifests/sha256:{sha256(again).hexdigest()}"

    put = caller("PUT", by_digest, again, Content_Type="application/vnd.oci.image.manifest.v1+json")
    read = caller("GET", by_digest)
    tagged = caller("PUT", f"/v2/{name}/manifests/0.0.4", again)

    assert (put.status, read.status, tagged.status) == (201, 200, 201)
    assert read.body == again
    assert json.loads(caller("GET", f"/v2/{name}/tags/list").body)["tags"] == ["0.0.4", "seed"]
