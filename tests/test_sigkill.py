"""SIGKILL at any moment loses nothing that was acknowledged."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import DATABASES, Client
from tests.postgres_server import new_database
from tests.server import start_server

ROUNDS = 20


@pytest.mark.parametrize("database", DATABASES)
def test_bad_10_what_was_acknowledged_survives_sigkill(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = {}
    if database == "postgres":
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    blobs: dict[str, bytes] = {}
    tags: dict[str, bytes] = {}

    for turn in range(ROUNDS):
        server = start_server(tmp_path, settings, workers=2)
        client = Client(server)
        for digest, content in blobs.items():
            assert client("GET", f"/v2/admin/kill/blobs/{digest}").body == content
        for tag, raw in tags.items():
            assert client("GET", f"/v2/admin/kill/manifests/{tag}").body == raw
        pushers = [
            threading.Thread(target=_push, args=(client, f"{turn}-{number}", blobs, tags))
            for number in range(4)
        ]
        for pusher in pushers:
            pusher.start()
        time.sleep(0.2 + secrets.randbelow(800) / 1000)
        server.kill()
        for pusher in pushers:
            pusher.join()

    assert len(blobs) > ROUNDS / 2
    print(f"{ROUNDS} rounds, {len(blobs)} blobs and {len(tags)} tags checked")


def _push(client: Client, name: str, blobs: dict[str, bytes], tags: dict[str, bytes]) -> None:
    """Push until the server is gone; remember only what it acknowledged."""
    for number in range(1000):
        content = secrets.token_bytes(20_000)
        try:
            blobs[client.push_blob("admin/kill", content)] = content
            tag = f"t{name}-{number}"
            tags[tag] = client.push_manifest("admin/kill", tag, annotations={"tag": tag})[1]
        except (OSError, http.client.HTTPException):
            return


def test_bad_10_an_upload_resumes_after_sigkill(tmp_path: Path) -> None:
    content = secrets.token_bytes(4 * 1024 * 1024)
    half = len(content) // 2
    server = start_server(tmp_path)
    place = Client(server)("POST", "/v2/admin/resume/blobs/uploads/").headers["location"]
    Client(server)("PATCH", place, content[:half])
    server.kill()

    server = start_server(tmp_path)
    client = Client(server)
    try:
        asked = client("GET", place)
        client("PATCH", place, content[half:], Content_Range=f"{half}-{len(content) - 1}")
        from hashlib import sha256

        done = client("PUT", f"{place}?digest=sha256:{sha256(content).hexdigest()}", b"")
    finally:
        code = server.stop()

    assert (asked.status, asked.headers["range"]) == (204, f"0-{half - 1}")
    assert done.status == 201
    assert code == 0
