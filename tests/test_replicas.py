"""Three replicas behind nginx on PostgreSQL and an object store; one is killed at random.

MOORAGE_STRESS_SECONDS makes it longer than the few seconds of an ordinary run.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import PLACES, Answer, Client
from tests.postgres_server import new_database
from tests.s3_server import S3Server
from tests.server import Server, free_port, start_server

SECONDS = float(os.environ.get("MOORAGE_STRESS_SECONDS", "15"))
REPLICAS = 3
CLIENTS = 4
IMAGE = "application/vnd.oci.image.manifest.v1+json"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")

pytestmark = pytest.mark.skipif(
    not PLACES[-1].endswith("s3") or NGINX is None,
    reason="needs PostgreSQL, versitygw and nginx: run python3 tools/install.py",
)


class Replicas:
    """The servers, of which one at a time may be dead."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._folder = folder
        self._settings = settings
        self.servers = [self._start(number, free_port()) for number in range(REPLICAS)]
        self.kills = 0

    def _start(self, number: int, port: int) -> Server:
        return start_server(self._folder / f"replica-{number}", self._settings, port=port)

    def kill_one(self) -> None:
        number = random.randrange(REPLICAS)
        port = self.servers[number].port
        self.servers[number].kill()
        self.kills += 1
        time.sleep(0.5)
        self.servers[number] = self._start(number, port)

    def stop(self) -> None:
        for server in self.servers:
            server.stop()


@pytest.fixture
def replicas(postgres: str, s3: S3Server, tmp_path: Path) -> Iterator[tuple[Replicas, Client]]:
    settings = {
        "DB_URI": new_database(postgres),
        "SERVER_HOSTNAME": "registry.example.com",
        "FEATURE_PROXY_STORAGE": "true",
    } | s3.settings(tmp_path.name)
    running = Replicas(tmp_path, settings)
    try:
        with _nginx(tmp_path, [server.port for server in running.servers]) as front:
            yield running, Client(front)
    finally:
        running.stop()


def test_each_request_of_an_upload_may_reach_another_replica(
    replicas: tuple[Replicas, Client],
) -> None:
    servers = [Client(server) for server in replicas[0].servers]
    pieces = [secrets.token_bytes(300_000) for _ in range(4)]
    whole = b"".join(pieces)
    digest = Client.digest_of(whole)

    location = servers[0]("POST", "/v2/admin/far/blobs/uploads/").headers["location"]
    offset = 0
    for number, piece in enumerate(pieces):
        last = offset + len(piece) - 1
        reached = servers[number % REPLICAS]
        answer = reached("PATCH", location, piece, Content_Range=f"{offset}-{last}")
        assert (answer.status, answer.headers["range"]) == (202, f"0-{last}")
        offset += len(piece)
    done = servers[1]("PUT", f"{location}?digest={digest}")

    assert done.status == 201
    assert servers[2]("GET", f"/v2/admin/far/blobs/{digest}").body == whole


def test_a_dying_replica_loses_nothing_and_none_answers_stale(
    replicas: tuple[Replicas, Client],
) -> None:
    running, front = replicas
    workers = [_Worker(number, front) for number in range(CLIENTS)]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        running.kill_one()
        time.sleep(1.5)
    for thread in threads:
        thread.join()

    assert [worker.failure for worker in workers] == [None] * CLIENTS
    for worker in workers:
        worker.check()
    moves = sum(worker.moves for worker in workers)
    retries = sum(worker.retries for worker in workers)
    print(
        f"{running.kills} kills, {moves} tag moves, each read back, {retries} requests tried again"
    )
    assert moves > 10
    assert running.kills > 2


class _Worker:
    """Pushes, moves one tag of its own and reads it back at once, through nginx."""

    def __init__(self, number: int, front: Client) -> None:
        self.name = f"admin/worker{number}"
        self.front = front
        self.moves = 0
        self.retries = 0
        self.failure: str | None = None
        self.blobs: dict[str, bytes] = {}
        self.manifests: set[str] = set()

    def run(self) -> None:
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                self._move()
        except AssertionError as error:
            self.failure = str(error)

    def _move(self) -> None:
        content = secrets.token_bytes(2_000)
        digest = Client.digest_of(content)
        pushed = self._again("POST", f"/v2/{self.name}/blobs/uploads/?digest={digest}", content)
        assert pushed.status == 201, pushed
        self.blobs[digest] = content
        config = {"mediaType": "application/x", "digest": digest, "size": len(content)}
        raw = _image(config)
        answer = self._again("PUT", f"/v2/{self.name}/manifests/moving", raw)
        assert answer.status == 201, answer
        moved_to = Client.digest_of(raw)
        self.manifests.add(moved_to)
        for _ in range(REPLICAS):
            seen = self._again("GET", f"/v2/{self.name}/manifests/moving")
            assert seen.headers.get("docker-content-digest") == moved_to, f"stale: {seen}"
        self.moves += 1

    def _again(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """As clients do: try again when the connection breaks or nginx found nobody."""
        for _ in range(60):
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.front(method, path, body, Content_Type=IMAGE)
                if answer.status not in (502, 503, 504):
                    return answer
            self.retries += 1
            time.sleep(0.1)
        raise AssertionError(f"{method} {path} failed sixty times")

    def check(self) -> None:
        for digest, content in self.blobs.items():
            assert self.front("GET", f"/v2/{self.name}/blobs/{digest}").body == content
        for digest in self.manifests:
            assert self.front("GET", f"/v2/{self.name}/manifests/{digest}").status == 200


def _image(config: dict[str, object]) -> bytes:
    document = {"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": []}
    return json.dumps(document).encode()


@contextmanager
def _nginx(folder: Path, ports: list[int]) -> Iterator[Server]:
    """Takes the replicas in turn; a dead one is passed over."""
    port = free_port()
    upstreams = "".join(f"server 127.0.0.1:{p} max_fails=0;" for p in ports)
    config = folder / "nginx.conf"
    config.write_text(
        f"""
        pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off;
        events {{ worker_connections 256; }}
        http {{
            access_log off; client_max_body_size 0; proxy_request_buffering off;
            upstream replicas {{ {upstreams} }}
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://replicas; proxy_http_version 1.1;
                    proxy_set_header Connection "";
                }}
            }}
        }}
        """
    )
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", config, "-p", folder, "-e", folder / "nginx.log"])
    try:
        time.sleep(0.5)
        yield Server("127.0.0.1", port, process, Path(folder), {})
    finally:
        process.terminate()
        process.wait(10)
