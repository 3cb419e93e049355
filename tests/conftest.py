"""Fixtures: a real server process on each database, and a small client."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

from tests.postgres_server import can_start, new_database, postgres_server
from tests.server import PASSWORD, Server, running_server

DATABASES = ("sqlite", "postgres") if can_start() else ("sqlite",)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of the first error."""
        return str(json.loads(self.body)["errors"][0]["code"])

    @property
    def message(self) -> str:
        return str(json.loads(self.body)["errors"][0]["message"])


@dataclass(frozen=True, slots=True)
class Client:
    """One request, one connection; Basic credentials of the superuser unless told otherwise."""

    server: Server
    authorization: str | None = field(
        default="Basic " + b64encode(f"admin:{PASSWORD}".encode()).decode()
    )

    def __call__(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization is not None:
            sent.setdefault("Authorization", self.authorization)
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def push_blob(self, name: str, content: bytes) -> str:
        digest = f"sha256:{sha256(content).hexdigest()}"
        answer = self("POST", f"/v2/{name}/blobs/uploads/?digest={digest}", content)
        assert answer.status == 201, answer
        return digest

    def push_manifest(self, name: str, reference: str, **more: Any) -> tuple[str, bytes]:
        """An image of one empty config; the digest and the bytes."""
        config = self.push_blob(name, b"{}")
        document = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config,
                "size": 2,
            },
            "layers": [],
        } | more
        raw = json.dumps(document).encode()
        answer = self(
            "PUT",
            f"/v2/{name}/manifests/{reference}",
            raw,
            Content_Type=str(document["mediaType"]),
        )
        assert answer.status == 201, answer
        return answer.headers["docker-content-digest"], raw

    def anonymous(self) -> Client:
        return Client(self.server, None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One worker for the whole session, once for each database."""
    settings = {}
    if request.param == "postgres":
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    with running_server(tmp_path_factory.mktemp("data"), settings) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    databases = " and ".join(DATABASES)
    terminalreporter.write_line(f"tested on: {databases}")
    if len(DATABASES) == 1:
        terminalreporter.write_line(
            "only SQLite was tested: install PostgreSQL or set MOORAGE_TEST_POSTGRES"
        )
