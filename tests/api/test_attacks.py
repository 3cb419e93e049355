"""What an attacker without an account tries at the management API, and at other people's names."""

from __future__ import annotations

import http.client
import json
import socket
import time
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.api.conftest import Api
from tests.server import PASSWORD, running_server

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Little patience: nothing here asks the database for anything special."""
    data = tmp_path_factory.mktemp("attacked")
    settings = {"WRONG_PASSWORDS_PER_ACCOUNT": "2", "BODY_IDLE_SECONDS": "1"}
    with running_server(data, settings) as server:
        yield Api(server, data, settings).acting_as("admin")


def sign_in(api: Api, user: str, password: str, address: str) -> int:
    """The status of HTTP Basic from an address of this machine."""
    credential = b64encode(f"{user}:{password}".encode()).decode()
    connection = http.client.HTTPConnection(
        api.server.host, api.server.port, timeout=30, source_address=(address, 0)
    )
    try:
        connection.request("GET", "/v2/", headers={"Authorization": f"Basic {credential}"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_guesser_closes_an_account_for_his_own_address_alone(api: Api) -> None:
    api.make_user("guessed")

    guesses = [sign_in(api, "guessed", f"guess {n}", "127.0.1.1") for n in range(3)]

    assert guesses == [401, 401, 429]
    assert sign_in(api, "guessed", PASSWORD, "127.0.1.1") == 429
    assert sign_in(api, "guessed", PASSWORD, "127.0.1.2") == 200


def test_guesses_from_everywhere_leave_known_addresses_alone(api: Api) -> None:
    api.make_user("besieged")
    assert sign_in(api, "besieged", PASSWORD, "127.0.2.1") == 200
    token = api.acting_as("besieged")
    guesses = [
        sign_in(api, "besieged", f"guess {n}", f"127.0.3.{address}")
        for address in range(1, 11)
        for n in range(2)
    ]
    changed = token("PUT", "/user/", {"password": "another long password"})

    # The changed password was never seen before: only the address is known.
    unknown = sign_in(api, "besieged", "another long password", "127.0.2.2")
    known = sign_in(api, "besieged", "another long password", "127.0.2.1")

    assert set(guesses) == {401}
    assert changed.status == 200
    assert (known, unknown) == (200, 429)
    assert token("GET", "/user/").status == 200
    assert sign_in(api, "admin", PASSWORD, "127.0.2.2") == 200


@pytest.mark.parametrize("path", ["/api/v1/organization/", "/api/v1/user/", "/oauth/authorizeapp"])
@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "chunked"])
def test_a_large_body_is_refused_before_it_is_kept(api: Api, path: str, is_announced: bool) -> None:
    body = b"[" + b" " * MIB if is_announced else iter([b"[" + b" " * 65_536] * 33)
    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(api.server.host, api.server.port, timeout=30)

    connection.request("POST", path, body, {"Content-Type": kind})
    answer = connection.getresponse()
    refusal = json.loads(answer.read())
    connection.close()

    assert (answer.status, refusal["error_type"]) == (413, "invalid_request")
    assert refusal["message"] == refusal["detail"] == "a body may have at most 1048576 bytes"


def test_a_body_of_a_mebibyte_is_read(api: Api) -> None:
    body = {"description": "x" * (MIB - 100)}
    made = {"namespace": "admin", "repository": "large", "visibility": "private"}
    api("POST", "/repository", made | {"description": ""})

    answer = api("PUT", "/repository/admin/large", body)

    assert answer.status != 413


@pytest.mark.parametrize("interval_s", [None, 0.3], ids=["silent", "dripping"])
def test_a_slow_body_is_cut_off(api: Api, interval_s: float | None) -> None:
    """A second of silence is too much, and so is a byte now and then."""
    with socket.create_connection((api.server.host, api.server.port), timeout=30) as connection:
        connection.sendall(
            b"POST /api/v1/organization/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        began = time.monotonic()
        if interval_s is not None:
            connection.settimeout(interval_s)
        answer = b""
        while not answer:
            try:
                answer = connection.recv(65_536)
            except TimeoutError:
                connection.sendall(b" ")
        took_s = time.monotonic() - began

    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"error_type":"request_timeout"' in answer
    assert took_s < 20
