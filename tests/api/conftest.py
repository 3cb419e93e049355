"""A server for the management API on each database, and a client with a token for everything."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DATABASES, Client
from tests.postgres_server import new_database
from tests.server import PASSWORD, Server, running_server

ALL_SCOPES = "repo:read repo:write repo:admin repo:create user:read user:admin org:admin super:user"
ROOT_PATHS = ("/health", "/config", "/csrf_token", "/.well-known", "/oauth", "/v2")


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text else None


@dataclass(frozen=True, slots=True)
class Api:
    """Requests to one server; `token` is the bearer token, None for nobody."""

    server: Server
    data: Path
    settings: dict[str, str]
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> ApiAnswer:
        sent = {"Content-Type": "application/json"} | self.headers
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if not path.startswith(ROOT_PATHS):
            path = "/api/v1" + path
        raw = json.dumps(body).encode() if body is not None else None
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        try:
            connection.request(method, path, raw, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return ApiAnswer(answer.status, found, answer.read().decode())
        finally:
            connection.close()

    def acting_as(self, user: str, scope: str = ALL_SCOPES) -> Api:
        """The same server with a token of `user`."""
        token = self.run("admin", "token", "create", "--user", user, "--scope", scope)
        return Api(self.server, self.data, self.settings, token)

    def anonymous(self) -> Api:
        return Api(self.server, self.data, self.settings)

    def registry(self, user: str = "admin", password: str = PASSWORD) -> Client:
        """A client of /v2 with HTTP Basic."""
        credential = b64encode(f"{user}:{password}".encode()).decode()
        return Client(self.server, f"Basic {credential}")

    def run(self, *command: str, given: str = "") -> str:
        """`moorage ...` on the server's own data."""
        done = subprocess.run(
            [Path(sys.executable).parent / "moorage", *command, "--data", self.data],
            env=os.environ | {f"MOORAGE_{key}": value for key, value in self.settings.items()},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def make_user(self, name: str, password: str = PASSWORD) -> None:
        self.run("admin", "user", "create", name, "--password-stdin", given=password + "\n")


@pytest.fixture(scope="module", params=DATABASES)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A fresh server with default settings; the client acts as the superuser."""
    yield from started(request, tmp_path_factory, {})


def started(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    settings: dict[str, str],
) -> Iterator[Api]:
    data, settings = tmp_path_factory.mktemp("api"), dict(settings)
    if request.param == "postgres":
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    with running_server(data, settings) as server:
        yield Api(server, data, settings).acting_as("admin")
