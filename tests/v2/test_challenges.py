"""401, 403 and 404: what a refusal tells a client to do next."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex

import pytest

from tests.conftest import Client
from tests.raw import connect
from tests.server import admin, running_server
from tests.tokens import ask_token, bearer, challenge_of


@pytest.mark.parametrize("is_basic", [True, False], ids=["basic", "bearer"])
def test_what_one_may_create_is_missing_rather_than_forbidden(
    client: Client, is_basic: bool
) -> None:
    name = f"admin/new-{token_hex(4)}"
    digest = "sha256:" + "0" * 64
    caller = client if is_basic else bearer(client, f"repository:{name}:pull")

    answers = [
        caller("HEAD", f"/v2/{name}/manifests/v1"),
        caller("GET", f"/v2/{name}/manifests/v1"),
        caller("GET", f"/v2/{name}/manifests/{digest}"),
        caller("HEAD", f"/v2/{name}/blobs/{digest}"),
        caller("GET", f"/v2/{name}/blobs/{digest}"),
        caller("GET", f"/v2/{name}/tags/list"),
    ]

    assert {answer.status for answer in answers} == {404}
    assert {answer.code for answer in answers if answer.body} == {"NAME_UNKNOWN"}
    assert caller("GET", f"/v2/{name}/referrers/{digest}").status == 200


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "manifests/v1", "pull"),
        ("HEAD", "blobs/sha256:" + "0" * 64, "pull"),
        ("GET", "tags/list", "pull"),
        ("POST", "blobs/uploads/", "pull,push"),
        ("PUT", "manifests/v1", "pull,push"),
        ("DELETE", "manifests/v1", "delete"),
        ("DELETE", "blobs/sha256:" + "0" * 64, "delete"),
    ],
)
def test_a_challenge_names_the_scope_to_ask_for(
    client: Client, method: str, path: str, scope: str
) -> None:
    body = b"" if method in ("POST", "PUT") else None

    answer = client.anonymous()(method, f"/v2/admin/app/{path}", body)

    assert answer.status == 401
    assert challenge_of(answer).endswith(f',scope="repository:admin/app:{scope}"')


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("X-A: b", "/v2/"),
        ("X-A: b", "/v2/admin/app/manifests/v1"),
        ("X-A: b", "/v2/_catalog"),
        ("Authorization: Bearer x", "/v2/admin/app/tags/list"),
        ("Authorization: Basic eDp5", "/v2/"),
        ("Authorization: Basic eDp5", "/v2/auth"),
    ],
)
def test_every_401_has_exactly_one_challenge(client: Client, line: str, path: str) -> None:
    with connect(client.server) as wire:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{line}\r\nConnection: close\r\n\r\n"
        wire.send(request.encode())
        said = b"".join(iter(lambda: wire.socket.recv(65536), b"")).lower()

    assert said.startswith(b"http/1.1 401 ")
    assert said.count(b"\r\nwww-authenticate:") == 1


def test_a_mount_asks_for_both_repositories_at_once(client: Client) -> None:
    path = f"/v2/admin/to/blobs/uploads/?mount=sha256:{'0' * 64}&from=admin/from"

    answer = client.anonymous()("POST", path)

    assert answer.status == 401
    expected = 'scope="repository:admin/to:pull,push repository:admin/from:pull"'
    assert challenge_of(answer).endswith(expected)


def test_a_scope_asked_for_and_refused_is_a_403(client: Client, bob: Client) -> None:
    client.push_manifest("admin/private", "v1")
    refused = bearer(bob, "repository:admin/private:pull,push,delete")

    answers = [
        refused("GET", "/v2/admin/private/manifests/v1"),
        refused("PUT", "/v2/admin/private/manifests/v1", b"{}"),
        refused("DELETE", "/v2/admin/private/manifests/v1"),
        bob("GET", "/v2/admin/private/manifests/v1"),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "DENIED")}
    assert "or it does not exist" in answers[0].message


def test_a_scope_refused_is_a_404_for_those_who_see_the_namespace(
    client: Client, bob: Client
) -> None:
    """The token is older than the organization in which bob has all rights."""
    name = f"o{token_hex(4)}"
    refused = bearer(bob, f"repository:{name}/app:pull,push,delete")
    before = refused("GET", f"/v2/{name}/app/manifests/v1")
    admin(client.server, "organization", "create", name, "--owner", "bob")

    after = refused("GET", f"/v2/{name}/app/manifests/v1")
    push = refused("PUT", f"/v2/{name}/app/manifests/v1", b"{}")

    assert (before.status, before.code) == (403, "DENIED")
    assert (after.status, after.code) == (push.status, push.code) == (404, "NAME_UNKNOWN")


def test_a_scope_not_asked_for_is_a_401_with_what_is_missing(client: Client) -> None:
    client.push_manifest("admin/app", "v1")

    answer = bearer(client, "repository:admin/app:pull")("DELETE", "/v2/admin/app/manifests/v1")

    assert answer.status == 401
    assert challenge_of(answer).endswith(
        ',scope="repository:admin/app:delete",error="insufficient_scope"'
    )


def test_the_catalog_needs_its_own_scope(client: Client) -> None:
    client.push_manifest("admin/app", "v1")

    without = bearer(client, "repository:admin/app:pull")("GET", "/v2/_catalog")
    within = bearer(client, "registry:catalog:*")("GET", "/v2/_catalog")

    assert without.status == 401
    assert 'scope="registry:catalog:*"' in challenge_of(without)
    assert within.status == 200


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A registry that speaks Basic and lets nobody in."""
    settings = {"FEATURE_ANONYMOUS_ACCESS": "false", "V2_AUTH_SCHEME": "basic"}
    with running_server(tmp_path_factory.mktemp("closed"), settings) as running:
        yield Client(running)


def test_without_anonymous_access_what_is_public_needs_a_login(closed: Client) -> None:
    closed.push_manifest("admin/public", "v1")
    admin(closed.server, "repository", "set-visibility", "admin/public", "public")
    nobody = closed.anonymous()

    answers = [
        nobody("GET", "/v2/admin/public/manifests/v1"),
        nobody("GET", "/v2/admin/public/tags/list"),
        ask_token(nobody, "repository:admin/public:pull"),
        ask_token(nobody),
    ]

    assert {answer.status for answer in answers} == {401}
    assert closed("GET", "/v2/admin/public/manifests/v1").status == 200


def test_a_basic_registry_challenges_once_with_basic(closed: Client) -> None:
    answer = closed.anonymous()("GET", "/v2/")

    assert (answer.status, challenge_of(answer)) == (401, 'Basic realm="moorage"')
    assert closed("GET", "/v2/").status == 200
    assert bearer(closed, "repository:admin/a:pull")("GET", "/v2/").status == 200
