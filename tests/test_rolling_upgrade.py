"""The previous release and this one: at once on one database, and one after the other on SQLite.

Nothing is tried again here: each request goes to any replica, and each answer must be right.
"""

from __future__ import annotations

import json
import random
import secrets
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import PLACES, Answer, Client
from tests.database import write_rows
from tests.old_release import unpack_previous
from tests.postgres_server import new_database
from tests.s3_server import S3Server
from tests.server import MOORAGE, Server, environment_of, running_server, start_server

CLIENTS = 4
STEP_SECONDS = 2.5
IMAGE = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    return unpack_previous(tmp_path_factory.mktemp("previous"))


@pytest.mark.skipif(
    not PLACES[-1].endswith("s3"),
    reason="needs PostgreSQL and versitygw: run python3 tools/install.py",
)
def test_replicas_are_replaced_one_by_one_and_no_client_notices(
    previous: tuple[str, ...], postgres: str, s3: S3Server, tmp_path: Path
) -> None:
    settings = {
        "DB_URI": new_database(postgres),
        "SERVER_HOSTNAME": "registry.example.com",
        "FEATURE_PROXY_STORAGE": "true",
        "DEFAULT_TAG_EXPIRATION": "0s",
    } | s3.settings(tmp_path.name)
    with _balancer(tmp_path, settings) as balancer:
        first, second = balancer.start(previous), balancer.start(previous)
        old_schema = _schema(first)
        clients = [_Client(f"admin/client{number}", balancer) for number in range(CLIENTS)]
        with _running(clients):
            time.sleep(STEP_SECONDS)
            newer = balancer.start()
            time.sleep(STEP_SECONDS)
            balancer.stop(first)
            balancer.start()
            time.sleep(STEP_SECONDS)
            # The old collector meets the new tables while pushes go on.
            _collect(second, previous)
            balancer.stop(second)
            time.sleep(STEP_SECONDS / 2)

        assert [client.failure for client in clients] == [None] * CLIENTS
        _collect(newer, previous, "--now")
        _collect(newer, (), "--now")
        for client in clients:
            client.check()
        new_schema = _schema(newer)
    rounds = [client.rounds for client in clients]
    print(f"schema {old_schema} to {new_schema}: {sum(rounds)} pushes, {balancer.requests}")
    assert old_schema < new_schema
    assert min(rounds) > 3
    assert len(balancer.requests) == 4


def test_a_folder_of_the_previous_release_is_taken_over(
    previous: tuple[str, ...], tmp_path: Path
) -> None:
    settings = {"DEFAULT_TAG_EXPIRATION": "0s", "SERVER_HOSTNAME": "registry.example.com"}
    content = secrets.token_bytes(5_000)
    digest = Client.digest_of(content)
    uploads = "/v2/admin/app/blobs/uploads/"
    with running_server(tmp_path, settings, within=previous) as server:
        old = Client(server)
        kept, raw = old.push_manifest("admin/app", "kept")
        old.push_manifest("admin/app", "moved", annotations={"from": "before"})
        token = _token(old)
        location = old("POST", uploads).headers["location"]
        assert old("PATCH", location, content[:2_000]).status == 202

    with running_server(tmp_path, settings) as server:
        new = Client(server)
        rest = new("PUT", f"{location}?digest={digest}", content[2_000:])
        moved, _ = new.push_manifest("admin/app", "moved", annotations={"from": "after"})
        pulled = new("GET", f"/v2/admin/app/blobs/{digest}")
        _collect(server, (), "--now")

        assert (rest.status, pulled.body) == (201, content)
        assert new("GET", "/v2/admin/app/manifests/kept").body == raw
        assert Client(server, token)("HEAD", f"/v2/admin/app/manifests/{kept}").status == 200
        by_tag = new("HEAD", "/v2/admin/app/manifests/moved")
        assert by_tag.headers["docker-content-digest"] == moved


class _Balancer:
    """Sends each request to any replica; one that leaves is drained and then ended."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.servers: list[Server] = []
        self.requests: Counter[str] = Counter()
        self._folder = folder
        self._settings = settings
        self._lock = threading.Lock()
        self._open: Counter[int] = Counter()

    def start(self, within: tuple[str, ...] = ()) -> Server:
        data = self._folder / f"replica-{len(self.requests)}-{secrets.token_hex(4)}"
        server = start_server(data, self._settings, within=within)
        self.servers.append(server)
        return server

    def stop(self, server: Server) -> None:
        self.servers.remove(server)
        while self._open[server.port]:
            time.sleep(0.01)
        assert server.stop() == 0

    def __call__(
        self, method: str, path: str, body: bytes | None = None, authorization: str | None = None
    ) -> Answer:
        with self._lock:
            server = random.choice(self.servers)
            self._open[server.port] += 1
            self.requests[f"port {server.port}"] += 1
        client = Client(server, authorization) if authorization else Client(server)
        try:
            return client(method, path, body, Content_Type=IMAGE)
        finally:
            with self._lock:
                self._open[server.port] -= 1


class _Client:
    """Uploads in two chunks, moves one tag of its own and reads it back, adds and deletes tags."""

    def __init__(self, name: str, ask: _Balancer) -> None:
        self.rounds = 0
        self.failure: str | None = None
        self._name = name
        self._ask = ask
        self._live: dict[str, tuple[bytes, bytes]] = {}

    def run(self, ended: threading.Event) -> None:
        try:
            while not ended.is_set():
                self._round()
                self.rounds += 1
        except (AssertionError, OSError, KeyError) as error:
            self.failure = f"round {self.rounds}: {error!r}"

    def check(self) -> None:
        for tag, (raw, content) in self._live.items():
            assert self._get(f"manifests/{tag}").body == raw, tag
            assert self._get(f"blobs/{Client.digest_of(content)}").body == content, tag

    def _round(self) -> None:
        content = secrets.token_bytes(3_000)
        digest = self._push_blob(content)
        config = {"mediaType": "application/x", "digest": digest, "size": len(content)}
        document = {"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": []}
        raw = json.dumps(document).encode()
        authorization = _token(self._ask, self._name)
        for tag in ("moving", f"t{self.rounds}"):
            path = f"/v2/{self._name}/manifests/{tag}"
            self._expect(201, self._ask("PUT", path, raw, authorization))
            self._live[tag] = (raw, content)
        for _ in range(3):
            assert self._get("manifests/moving").body == raw, "stale"
        assert self._get(f"blobs/{digest}").body == content
        if self.rounds % 3 == 2:
            tag = f"t{self.rounds - 1}"
            del self._live[tag]
            path = f"/v2/{self._name}/manifests/{tag}"
            self._expect(202, self._ask("DELETE", path))
            self._expect(404, self._ask("HEAD", path))
        tags = json.loads(self._get("tags/list").body)["tags"]
        assert tags == sorted(self._live), (tags, sorted(self._live))

    def _push_blob(self, content: bytes) -> str:
        digest = Client.digest_of(content)
        opened = self._expect(202, self._ask("POST", f"/v2/{self._name}/blobs/uploads/"))
        begun = self._expect(202, self._ask("PATCH", opened.headers["location"], content[:1_000]))
        last = f"{begun.headers['location']}?digest={digest}"
        self._expect(201, self._ask("PUT", last, content[1_000:]))
        return digest

    def _get(self, path: str) -> Answer:
        return self._expect(200, self._ask("GET", f"/v2/{self._name}/{path}"))

    def _expect(self, status: int, answer: Answer) -> Answer:
        assert answer.status == status, f"expected {status}, got {answer}"
        return answer


def _token(ask: Client | _Balancer, name: str = "admin/app") -> str:
    """A registry token; replicas of both releases must take it, whoever has signed it."""
    answer = ask("GET", f"/v2/auth?scope=repository:{name}:pull,push")
    return f"Bearer {json.loads(answer.body)['token']}"


@contextmanager
def _balancer(folder: Path, settings: dict[str, str]) -> Iterator[_Balancer]:
    balancer = _Balancer(folder, settings)
    try:
        yield balancer
    finally:
        for server in list(balancer.servers):
            server.stop()


@contextmanager
def _running(clients: list[_Client]) -> Iterator[None]:
    ended = threading.Event()
    threads = [threading.Thread(target=client.run, args=(ended,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _collect(server: Server, within: tuple[str, ...], *options: str) -> None:
    command: list[str | Path] = [*within, MOORAGE, "collect", *options, "--data", server.data]
    subprocess.run(command, env=environment_of(server.settings), check=True, capture_output=True)


def _schema(server: Server) -> str:
    statement = text("SELECT version_num FROM alembic_version")
    return str(write_rows(server, lambda tx: tx.scalar(statement)))
