"""Row 26: guessing names and passwords, and credentials that are an attack by themselves."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from tests.conftest import Answer, Client
from tests.raw import ask
from tests.v2.conftest import ANN_PASSWORD, basic

WRONG = "Invalid Username or Password"
NAMES = [
    "ann",
    "nobody",
    "*)(uid=*",
    "admin'--",
    "admin\0",
    "\0",
    "ADMIN",
    " admin",
    "é",
    "a" * 255,
]


def by_basic(client: Client, name: str, password: str) -> Answer:
    return replace(client, authorization=basic(name, password))("GET", "/v2/")


def by_get(client: Client, name: str, password: str) -> Answer:
    return replace(client, authorization=basic(name, password))("GET", "/v2/auth")


def by_post(client: Client, name: str, password: str) -> Answer:
    form = urlencode({"grant_type": "password", "username": name, "password": password})
    return client.anonymous()("POST", "/v2/auth", form.encode())


WAYS = [by_basic, by_get, by_post]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_bad_26_a_wrong_login_tells_nothing_of_the_name(
    client: Client, ann: Client, way: object, name: str
) -> None:
    assert callable(way)
    wrong, unknown = way(client, name, "wrong"), way(client, "surely-nobody", "wrong")

    assert (wrong.status, wrong.message) == (unknown.status, unknown.message) == (401, WRONG)
    assert wrong.headers["www-authenticate"] == unknown.headers["www-authenticate"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("password", ["", "\0", ANN_PASSWORD + "\0", ANN_PASSWORD + " ", "é" * 200])
def test_bad_26_a_password_is_compared_whole(
    client: Client, ann: Client, way: object, password: str
) -> None:
    assert callable(way)
    answer = way(client, "ann", password)

    assert (answer.status, answer.message) == (401, WRONG)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "password"), [("ann", "x" * 401), ("ann", "x" * 30_000), ("a" * 256, "x")]
)
def test_bad_26_a_giant_login_is_refused_without_hashing_it(
    client: Client, way: object, name: str, password: str
) -> None:
    assert callable(way)
    answer = way(client, name, password)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


def test_bad_26_a_password_of_a_megabyte_is_not_even_read(client: Client) -> None:
    posted = by_post(client, "ann", "x" * 1_000_000)
    line = f"Authorization: {basic('ann', 'x' * 1_000_000)}".encode()
    headed = ask(client.server, b"GET /v2/ HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")

    assert (posted.status, posted.code) == (413, "SIZE_INVALID")
    assert headed.status == 431


@pytest.mark.parametrize(
    "authorization",
    [
        *("Basic !!", "Basic YQ==", "Basic //79", "Basic " + "=" * 100),
        *("Bearer", "Bearer ", "Digest username=admin", "Negotiate AAAA", "x" * 5000, ","),
    ],
)
@pytest.mark.parametrize("path", ["/v2/", "/v2/admin/bad26/manifests/v1", "/v2/auth"])
def test_bad_26_a_credential_that_is_none_is_a_401(
    client: Client, path: str, authorization: str
) -> None:
    answer = replace(client, authorization=authorization)("GET", path)

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert len(answer.body) < 500


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"\xff\xfe",
        b"grant_type=",
        b"grant_type=client_credentials",
        b"grant_type=authorization_code&code=x",
        b"{}",
        b"&".join([b"a=1"] * 100),
        b"\x1f\x8b\x08",
    ],
)
def test_bad_26_a_form_that_is_none_is_a_400(client: Client, form: bytes) -> None:
    answer = client.anonymous()("POST", "/v2/auth", form)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    "form",
    [
        b"grant_type=password",
        b"grant_type=password&username=ann",
        b"grant_type=password&username=ann&password=%ff%fe",
        b"grant_type=refresh_token",
        b"grant_type=refresh_token&refresh_token=a.b.c",
        b"grant_type=refresh_token&refresh_token=" + b"x" * 30_000,
    ],
)
def test_bad_26_a_form_without_a_right_login_is_a_401(client: Client, form: bytes) -> None:
    answer = client.anonymous()("POST", "/v2/auth", form)

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
