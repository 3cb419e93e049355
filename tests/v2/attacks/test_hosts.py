"""Row 32: names of our host that somebody else puts into a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.conftest import Client
from tests.raw import connect
from tests.server import running_server

EVIL = "evil.example"
PROXY = {"X_Forwarded_Host": EVIL, "X_Forwarded_Proto": "https"}

Serve = Callable[..., AbstractContextManager[Client]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    @contextmanager
    def run(**settings: str) -> Iterator[Client]:
        with running_server(tmp_path, settings) as running:
            yield Client(running, None)

    return run


def realm(client: Client, **headers: str) -> str:
    """Where a client is sent with its password."""
    challenge = client("GET", "/v2/", None, **headers).headers["www-authenticate"]
    return challenge.partition('realm="')[2].partition('"')[0]


def test_bad_32_the_configured_name_is_never_overruled(serve: Serve) -> None:
    configured = {"SERVER_HOSTNAME": "registry.example:8443", "PREFERRED_URL_SCHEME": "https"}
    with serve(**configured, TRUSTED_PROXIES="127.0.0.0/8") as client:
        expected = "https://registry.example:8443/v2/auth"
        challenge = client("GET", "/v2/", None, Host=EVIL, **PROXY).headers["www-authenticate"]

        assert challenge == f'Bearer realm="{expected}",service="registry.example:8443"'
        assert EVIL not in client("GET", "/", None, Host=EVIL, **PROXY).body.decode()


def test_bad_32_forwarded_headers_of_strangers_are_not_believed(serve: Serve) -> None:
    with serve(TRUSTED_PROXIES="10.0.0.0/8,192.0.2.1") as client:
        host = f"{client.server.host}:{client.server.port}"

        assert realm(client, **PROXY) == f"http://{host}/v2/auth"


def test_bad_32_forwarded_headers_are_not_believed_without_a_trusted_proxy(
    client: Client,
) -> None:
    host = f"{client.server.host}:{client.server.port}"

    assert realm(client.anonymous(), **PROXY) == f"http://{host}/v2/auth"
    assert realm(client.anonymous(), Forwarded=f"host={EVIL};proto=https") == (
        f"http://{host}/v2/auth"
    )


def test_bad_32_a_trusted_proxy_is_believed_in_the_value_it_added(serve: Serve) -> None:
    with serve(TRUSTED_PROXIES="127.0.0.0/8") as client:
        added = {
            "X_Forwarded_Host": f"{EVIL}, registry.example",
            "X_Forwarded_Proto": "gopher, https",
        }

        assert realm(client, **added) == "https://registry.example/v2/auth"
        assert realm(client, X_Forwarded_Proto="gopher").startswith("http://127.0.0.1:")


def test_bad_32_tls_that_ends_in_front_is_named_https(serve: Serve) -> None:
    with serve(EXTERNAL_TLS_TERMINATION="true") as client:
        assert realm(client, Host="registry.example") == "https://registry.example/v2/auth"


@pytest.mark.parametrize(
    "host", ['a"b', "a b", "a/b", "a@b", "a,b", 'a",error="b', "a\\b", "x" * 300, "", "a:b:c"]
)
def test_bad_32_a_host_that_is_none_is_not_repeated(client: Client, host: str) -> None:
    with connect(client.server) as wire:
        wire.send(f"GET /v2/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = wire.answer()

    assert answer.status in (400, 401)
    if answer.status == 401:
        assert (
            f'realm="http://127.0.0.1:{client.server.port}/v2/auth"'
            in (answer.headers["www-authenticate"])
        )


def test_bad_32_a_location_names_no_host(client: Client) -> None:
    place = client("POST", "/v2/admin/bad32/blobs/uploads/", b"", Host=EVIL, **PROXY)

    assert place.headers["location"].startswith("/v2/admin/bad32/blobs/uploads/")


def test_bad_32_a_next_page_names_no_host(client: Client) -> None:
    for tag in ("a", "b"):
        client.push_manifest("admin/bad32", tag)

    answer = client("GET", "/v2/admin/bad32/tags/list?n=1", None, Host=EVIL, **PROXY)

    assert answer.headers["link"].startswith("</v2/admin/bad32/tags/list?")


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/v2//evil.example", "/%5cevil.example", "/v2"]
)
def test_bad_32_nobody_is_sent_elsewhere(client: Client, path: str) -> None:
    with connect(client.server) as wire:
        wire.send(f"GET {path} HTTP/1.1\r\nHost: {EVIL}\r\n\r\n".encode())
        answer = wire.answer()

    assert answer.status in (400, 401, 404)
    assert "location" not in answer.headers


def test_bad_32_no_other_site_may_read_an_answer(client: Client) -> None:
    answer = client("GET", "/v2/", Origin=f"https://{EVIL}")

    assert not [name for name in answer.headers if name.startswith("access-control-")]
