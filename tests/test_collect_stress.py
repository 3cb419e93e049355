"""Eight clients push, mount, move and delete while collection never pauses: nothing live is lost.

MOORAGE_STRESS_SECONDS makes it longer than the few seconds of an ordinary run.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import PLACES, Client
from tests.postgres_server import new_database
from tests.server import running_server

SECONDS = float(os.environ.get("MOORAGE_STRESS_SECONDS", "12"))
CLIENTS = 8
REPOSITORIES = ["admin/a", "admin/b", "admin/c"]
# Few and shared: the same content is pushed, linked and collected again and again.
LAYERS = [f"layer {number} ".encode() * 200 for number in range(12)]


@pytest.mark.parametrize("place", PLACES)
def test_live_tags_pull_completely(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = {"DEFAULT_TAG_EXPIRATION": "0s", "FEATURE_PROXY_STORAGE": "true"}
    if "postgres" in place:
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    if "s3" in place:
        settings |= request.getfixturevalue("s3").settings(tmp_path.name)
    with running_server(tmp_path, settings, workers=2) as server:
        workers = [_Worker(number, Client(server)) for number in range(CLIENTS)]
        with _collecting(tmp_path, settings) as collector:
            threads = [threading.Thread(target=worker.run) for worker in workers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            collector.terminate()
            collected = sum(int(line) for line in collector.communicate()[0].split())

        assert [worker.failure for worker in workers] == [None] * CLIENTS
        for worker in workers:
            worker.check()
    pushed = sum(worker.pushed for worker in workers)
    refused = sum(worker.refused for worker in workers)
    live = sum(len(worker.live) for worker in workers)
    print(f"{place}: {pushed} pushes, {refused} refused, {collected} collected, {live} live tags")
    assert pushed > 20
    assert collected > 20


def _collecting(data: Path, settings: dict[str, str]) -> subprocess.Popen[str]:
    environment = os.environ | {f"MOORAGE_{key}": value for key, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.collect_forever", data],
        env=environment,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )


class _Worker:
    """Keeps tags of its own; `live` is what must be there at the end."""

    def __init__(self, number: int, client: Client) -> None:
        self.number = number
        self.client = client
        self.live: dict[tuple[str, str], list[str]] = {}
        self.pushed = 0
        self.refused = 0
        self.failure: str | None = None
        self._random = random.Random(number)

    def run(self) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.failure is None:
            repository = self._random.choice(REPOSITORIES)
            tag = f"t{self.number}-{self._random.randrange(4)}"
            if self._random.random() < 0.3:
                self._delete(repository, tag)
            else:
                self._push(repository, tag)

    def _push(self, repository: str, tag: str) -> None:
        """As a client does: HEAD, mount or upload what is missing, then the manifest."""
        chosen = self._random.sample(LAYERS, 3)
        digests = [self._blob(repository, content) for content in [b"{}", *chosen]]
        document = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor(digests[0], 2),
            "layers": [_descriptor(d, len(c)) for d, c in zip(digests[1:], chosen, strict=True)],
        }
        answer = self.client(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            json.dumps(document).encode(),
            Content_Type=str(document["mediaType"]),
        )
        if answer.status == 201:
            self.pushed += 1
            self.live[repository, tag] = digests
        elif answer.status == 400 and answer.code == "MANIFEST_BLOB_UNKNOWN":
            # What it had found by HEAD was collected in front of it: lawful, and said.
            self.refused += 1
        else:
            self.failure = f"PUT {tag}: {answer}"

    def _blob(self, repository: str, content: bytes) -> str:
        digest = Client.digest_of(content)
        if self.client("HEAD", f"/v2/{repository}/blobs/{digest}").status == 200:
            return digest
        start = f"/v2/{repository}/blobs/uploads/"
        if self._random.random() < 0.5:
            source = self._random.choice(REPOSITORIES)
            answer = self.client("POST", f"{start}?mount={digest}&from={source}")
            if answer.status == 201:
                return digest
        else:
            answer = self.client("POST", start)
        location = answer.headers.get("location")
        if answer.status != 202 or location is None:
            self.failure = f"POST: {answer}"
            return digest
        answer = self.client("PUT", f"{location}?digest={digest}", content)
        if answer.status != 201:
            self.failure = f"PUT blob: {answer}"
        return digest

    def _delete(self, repository: str, tag: str) -> None:
        was_live = self.live.pop((repository, tag), None) is not None
        answer = self.client("DELETE", f"/v2/{repository}/manifests/{tag}")
        if was_live and answer.status != 202:
            self.failure = f"DELETE {tag}: {answer}"

    def check(self) -> None:
        contents = {Client.digest_of(content): content for content in [b"{}", *LAYERS]}
        for (repository, tag), digests in self.live.items():
            assert self.client("GET", f"/v2/{repository}/manifests/{tag}").status == 200, tag
            for digest in digests:
                found = self.client("GET", f"/v2/{repository}/blobs/{digest}")
                assert found.body == contents[digest], (repository, tag, digest, found)


def _descriptor(digest: str, size: int) -> dict[str, object]:
    return {"mediaType": "application/x", "digest": digest, "size": size}
