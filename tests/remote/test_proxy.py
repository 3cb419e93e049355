"""A proxy that the environment names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.remote.fault_registry import PASSWORD, USER
from tests.remote.person import Person

LOGIN = ("-u", USER, "--password-stdin")


@pytest.fixture
def moorage(tmp_path: Path) -> Person:
    return Person.new(tmp_path)


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy for plain HTTP; what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_proxy_is_used_where_the_environment_names_one(moorage: Person) -> None:
    with proxy() as (url, asked):
        login = ("registry", "login", "registry.invalid", "--plain-http", *LOGIN)
        moorage(*login, stdin=PASSWORD, HTTP_PROXY=url)
        assert asked == ["http://registry.invalid/v2/"]

        direct = moorage.fails(*login, stdin=PASSWORD, HTTP_PROXY=url, NO_PROXY="registry.invalid")

    assert len(asked) == 1
    assert "no such host" in direct.stderr
