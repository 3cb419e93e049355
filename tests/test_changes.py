"""Rows that a worker keeps are never older than the last acknowledged write of any process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import Client
from tests.server import running_server

MOVES = 60


def test_a_moved_tag_is_never_served_old_by_another_worker(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=2) as server:
        client = Client(server)
        for turn in range(MOVES):
            digest, _ = client.push_manifest("admin/moved", "v1", annotations={"turn": str(turn)})

            # A connection each: the kernel spreads them over the workers.
            seen = {client("GET", "/v2/admin/moved/manifests/v1").headers["docker-content-digest"]}
            seen |= {client("HEAD", "/v2/admin/moved/manifests/v1").headers["etag"].strip('"')}

            assert seen == {digest}, f"turn {turn}"


def test_the_command_line_changes_what_a_running_server_answers(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=2) as server:
        client = Client(server)
        client.push_manifest("admin/shown", "v1")
        path = "/v2/admin/shown/manifests/v1"
        answers = []
        for visibility in ("public", "private", "public"):
            answers.append(client.anonymous()("GET", path).status)
            command = ["admin", "repository", "set-visibility", "admin/shown", visibility]
            program = Path(sys.executable).parent / "moorage"
            subprocess.run([program, *command, "--data", tmp_path], check=True, capture_output=True)
            answers.append(client.anonymous()("GET", path).status)

        assert answers == [401, 200, 200, 401, 401, 200]
