"""A backup taken as docs/operations.md says, while clients push, restores to a whole registry."""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import threading
from pathlib import Path

from tests.conftest import Client
from tests.server import running_server

NAME = "admin/saved"


def test_database_first_and_folder_second_is_whole(tmp_path: Path) -> None:
    live, saved = tmp_path / "live", tmp_path / "saved"
    is_over = threading.Event()

    def push(client: Client) -> None:
        while not is_over.is_set():
            layer = client.push_blob(NAME, secrets.token_bytes(20_000))
            described = {"mediaType": "application/x", "digest": layer, "size": 20_000}
            client.push_manifest(NAME, f"t{secrets.token_hex(8)}", layers=[described])

    with running_server(live) as server:
        pushers = [threading.Thread(target=push, args=(Client(server),)) for _ in range(3)]
        for pusher in pushers:
            pusher.start()
        try:
            is_over.wait(2)
            save_database(live, saved)
            is_over.wait(1)
            shutil.copytree(live / "blobs", saved / "blobs", copy_function=copy_what_is_there)
        finally:
            is_over.set()
            for pusher in pushers:
                pusher.join()

    with running_server(saved) as server:
        client = Client(server)
        tags = json.loads(client("GET", f"/v2/{NAME}/tags/list").body)["tags"]
        for tag in tags:
            manifest = json.loads(client("GET", f"/v2/{NAME}/manifests/{tag}").body)
            (layer,) = manifest["layers"]
            assert len(client("GET", f"/v2/{NAME}/blobs/{layer['digest']}").body) == 20_000
    assert tags


def save_database(live: Path, saved: Path) -> None:
    saved.mkdir()
    source, copy = sqlite3.connect(live / "moorage.db"), sqlite3.connect(saved / "moorage.db")
    source.backup(copy)
    copy.close()
    source.close()


def copy_what_is_there(source: str, target: str) -> None:
    """As rsync does: the bytes of a second push of the same blob go while others are copied."""
    try:
        shutil.copy(source, target)
    except FileNotFoundError:
        return
