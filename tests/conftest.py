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
from tests.s3_server import S3Server, s3_server
from tests.s3_server import can_start as can_start_s3
from tests.server import PASSWORD, Server, running_server

DATABASES = ("sqlite", "postgres") if can_start() else ("sqlite",)
PLACES = (*DATABASES, f"{DATABASES[-1]}-s3") if can_start_s3() else DATABASES
"""Where the server of a session keeps things: a database, with a folder or an object store."""


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


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

    @staticmethod
    def digest_of(content: bytes) -> str:
        return digest_of(content)

    def push_blob(self, name: str, content: bytes) -> str:
        digest = digest_of(content)
        answer = self("POST", f"/v2/{name}/blobs/uploads/?digest={digest}", content)
        assert answer.status == 201, answer
        return digest

    def push_manifest(self, name: str, reference: str, **more: Any) -> tuple[str, bytes]:
        """An image of one empty config, changed by `more` (None drops a key); digest and bytes."""
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
        document = {key: value for key, value in document.items() if value is not None}
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


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(scope="session", params=PLACES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One worker for the whole session, once for each of PLACES."""
    # All tests share its accounts; those of the throttle have servers of their own.
    settings = {"WRONG_PASSWORDS_PER_ACCOUNT": "9999", "WRONG_PASSWORDS_PER_ADDRESS": "9999"}
    settings["FEATURE_SUPERUSERS_FULL_ACCESS"] = "true"
    if "postgres" in request.param:
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    if "s3" in request.param:
        settings |= request.getfixturevalue("s3").settings()
        # The answers are compared with a folder's; the redirects have tests of their own.
        settings["FEATURE_PROXY_STORAGE"] = "true"
    with running_server(tmp_path_factory.mktemp("data"), settings) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"tested on: {', '.join(PLACES)}")
    if not can_start_s3():
        terminalreporter.write_line(
            "no object store was tested: run python3 tools/install.py --bin"
        )
    if len(DATABASES) == 1:
        terminalreporter.write_line(
            "only SQLite was tested: install PostgreSQL or set MOORAGE_TEST_POSTGRES"
        )
