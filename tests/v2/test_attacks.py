"""Hostile requests: each gets a clear refusal, never a 500."""

from __future__ import annotations

import socket

import jwt
import pytest

from tests.conftest import Client

MANIFEST = "/v2/admin/bad/manifests/v1"


@pytest.mark.parametrize(
    "path",
    [
        "/v2/..%2f..%2fetc/manifests/passwd",
        "/v2/%2e%2e/manifests/v1",
        "/v2/a//b/manifests/v1",
        "/v2/a%00b/manifests/v1",
        "/v2/a%0d%0ab/manifests/v1",
        "/v2/a%5cb/manifests/v1",
        "/v2/UPPER/manifests/v1",
        f"/v2/{'a' * 300}/manifests/v1",
    ],
)
def test_a_bad_name_is_refused(client: Client, path: str) -> None:
    answer = client("GET", path)

    assert (answer.status, answer.code) == (400, "NAME_INVALID")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"schemaVersion":2,"config":NaN}',
        b'{"schemaVersion":2,"layers":[],"layers":[]}',
        b'{"schemaVersion":2,"n":' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"schemaVersion":2,"layers":[],"manifests":[]}',
        b'{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:x","size":-1}}',
        b"null",
    ],
)
def test_a_manifest_that_is_no_manifest_is_refused(client: Client, body: bytes) -> None:
    answer = client("PUT", MANIFEST, body, Content_Type="application/json")

    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


def test_docker_schema_1_is_refused_with_a_sentence(client: Client) -> None:
    answer = client("PUT", MANIFEST, b'{"schemaVersion":1,"fsLayers":[]}')

    assert answer.status == 415
    assert "schema 1 is not supported" in answer.message


def test_a_manifest_over_4_mib_is_too_large(client: Client) -> None:
    answer = client("PUT", MANIFEST, b" " * (4 * 1024 * 1024 + 1))

    assert (answer.status, answer.code) == (413, "SIZE_INVALID")


@pytest.mark.parametrize("n", ["-1", "abc", "", "1.5"])
def test_a_bad_page_size_is_refused(client: Client, n: str) -> None:
    client.push_manifest("admin/pages", "v1")

    answer = client("GET", f"/v2/admin/pages/tags/list?n={n}")

    assert (answer.status, answer.code) == (400, "PAGINATION_NUMBER_INVALID")


def test_a_page_of_nothing_is_empty_and_has_no_next(client: Client) -> None:
    client.push_manifest("admin/pages", "v1")

    answer = client("GET", "/v2/admin/pages/tags/list?n=0")

    assert answer.status == 200
    assert "link" not in answer.headers


def test_missing_and_private_repositories_answer_alike(client: Client) -> None:
    client.push_manifest("admin/secret", "v1")
    anonymous = client.anonymous()

    there = anonymous("GET", "/v2/admin/secret/manifests/v1")
    missing = anonymous("GET", "/v2/admin/nothin/manifests/v1")

    assert there.status == missing.status == 401
    assert there.message.replace("secret", "nothin") == missing.message
    challenges = [a.headers["www-authenticate"] for a in (there, missing)]
    assert challenges[0].replace("secret", "nothin") == challenges[1]


def test_a_token_that_we_did_not_sign_is_refused(client: Client) -> None:
    claims = {"iss": "moorage", "aud": "moorage", "sub": "admin", "exp": 2**33, "iat": 0}
    for token in (
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, "k" * 32, algorithm="HS256"),
        "a.b.c",
    ):
        answer = Client(client.server, f"Bearer {token}")("GET", "/v2/")

        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("credential", ["!!", "YQ==", "AGE6AGI=", "Og==", "//79"])
def test_a_broken_credential_is_a_401(client: Client, credential: str) -> None:
    answer = Client(client.server, f"Basic {credential}")("GET", "/v2/")

    assert answer.status == 401


def test_both_lengths_at_once_are_refused(client: Client) -> None:
    with socket.create_connection((client.server.host, client.server.port), 10) as raw:
        raw.sendall(
            b"POST /v2/auth HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 400")


def test_too_many_query_fields_are_refused(client: Client) -> None:
    client.push_manifest("admin/pages", "v1")

    answer = client("GET", "/v2/admin/pages/tags/list?" + "&".join(["a=1"] * 1000))
    longer = client("GET", "/v2/admin/pages/tags/list?" + "&".join(["a=1"] * 10_000))

    assert answer.status == 400
    assert longer.status == 414
