"""Pushes, moves, mounts and deletes in one fixed order, remembering what was acknowledged.

POST upload, PATCH 100 KB, PUT the rest     a layer in NAME
POST ?digest=                               its config
PUT manifest v1, PUT another manifest v1    the tag moves
POST ?mount=&from=                          the layer in NAME-mounted
POST ?digest=                               the layer once more in NAME-again: stored once
DELETE manifest v1                          the tag is gone, the manifests stay
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import shake_256
from typing import Any

from tests.conftest import Answer, Client

LAYER_BYTES = 300_000
PART_BYTES = 100_000
TRIES = 6
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


class Refused(Exception):
    """The server cannot serve now, and says so properly."""


@dataclass(slots=True)
class Push:
    """One run's repositories, named `name`, `name`-mounted and `name`-again."""

    name: str
    layer: bytes = field(init=False)
    config: bytes = field(init=False)
    manifests: tuple[bytes, bytes] = field(init=False)
    acknowledged: set[str] = field(default_factory=set)
    """Paths that have to be readable."""
    tag_may_name: tuple[bytes | None, ...] = (None,)
    """The last acknowledged manifest; while a request is under way also what it asks for."""
    refusals: int = 0

    def __post_init__(self) -> None:
        self.layer = shake_256(self.name.encode()).digest(LAYER_BYTES)
        self.config = json.dumps({"config": {"Labels": {"name": self.name}}}).encode()
        self.manifests = (self._manifest("first"), self._manifest("second"))

    @property
    def contents(self) -> dict[str, bytes]:
        """All that this run may have made readable, by path."""
        blobs = [(repository, self.layer) for repository in self._repositories()]
        blobs.append((self.name, self.config))
        found = {_blob(repository, content): content for repository, content in blobs}
        for raw in self.manifests:
            found[self._reference(Client.digest_of(raw))] = raw
        return found

    def run(self, client: Client, began: Callable[[str], None] = lambda _: None) -> None:
        """The script. `began` is told the first upload's id before any of its bytes are sent.

        Every refusal is answered as a good client does: ask what is there, and try again. Raises
        OSError or HTTPException when the server is gone.
        """
        self._push_in_parts(client, began)
        self._push_whole(client, self.name, self.config)
        for raw in self.manifests:
            self._change_tag(client, raw)
        _, mounted, again = self._repositories()
        digest = Client.digest_of(self.layer)
        path = f"/v2/{mounted}/blobs/uploads/?mount={digest}&from={self.name}"
        self._until_taken(client, 201, "POST", path)
        self.acknowledged.add(_blob(mounted, self.layer))
        self._push_whole(client, again, self.layer)
        self._change_tag(client, None)

    def check(self, client: Client) -> None:
        """What was acknowledged is there; nothing is there in part."""
        for path, content in self.contents.items():
            answer = client("GET", path)
            if path in self.acknowledged or answer.status != 404:
                assert answer.status == 200, (path, answer)
                assert answer.body == content, f"{path} has {len(answer.body)} wrong bytes"
        answer = client("GET", self._reference("v1"))
        named = None if answer.status == 404 else answer.body
        assert named in self.tag_may_name, answer

    def _push_in_parts(self, client: Client, began: Callable[[str], None]) -> None:
        digest = Client.digest_of(self.layer)
        start = f"/v2/{self.name}/blobs/uploads/"
        place = self._until_taken(client, 202, "POST", start).headers["location"]
        began(place.rpartition("/")[2])
        held = 0
        for _ in range(TRIES):
            try:
                self._send_parts(client, place, held, digest)
                self.acknowledged.add(_blob(self.name, self.layer))
                return
            except Refused:
                asked = client("GET", place)
                assert asked.status in (204, 404), asked
                last = int(asked.headers.get("range", "0-0").partition("-")[2])
                held = last + 1 if last else 0
                if asked.status == 404:
                    place = self._until_taken(client, 202, "POST", start).headers["location"]
        raise AssertionError(f"refused {TRIES} times: {place}")

    def _send_parts(self, client: Client, place: str, held: int, digest: str) -> None:
        if held < PART_BYTES:
            part = self.layer[held:PART_BYTES]
            named = f"{held}-{PART_BYTES - 1}"
            self._send(client, 202, "PATCH", place, part, Content_Range=named)
            held = PART_BYTES
        self._send(client, 201, "PUT", f"{place}?digest={digest}", self.layer[held:])

    def _push_whole(self, client: Client, repository: str, content: bytes) -> None:
        digest = Client.digest_of(content)
        path = f"/v2/{repository}/blobs/uploads/?digest={digest}"
        self._until_taken(client, 201, "POST", path, content)
        self.acknowledged.add(_blob(repository, content))

    def _change_tag(self, client: Client, raw: bytes | None) -> None:
        """Let v1 name another manifest; None takes the tag away."""
        self.tag_may_name = (*self.tag_may_name, raw)
        path = self._reference("v1")
        if raw is None:
            self._until_taken(client, 202, "DELETE", path)
        else:
            self._until_taken(client, 201, "PUT", path, raw, Content_Type=MANIFEST)
            self.acknowledged.add(self._reference(Client.digest_of(raw)))
        self.tag_may_name = (raw,)

    def _until_taken(self, client: Client, expected: int, *request: Any, **headers: Any) -> Answer:
        for _ in range(TRIES):
            try:
                return self._send(client, expected, *request, **headers)
            except Refused:
                continue
        raise AssertionError(f"refused {TRIES} times: {request[:2]}")

    def _send(self, client: Client, expected: int, *request: Any, **headers: Any) -> Answer:
        answer = client(*request, **headers)
        if answer.status in (503, 507):
            self.refusals += 1
            assert int(answer.headers["retry-after"]) > 0
            assert answer.code == "UNAVAILABLE"
            assert answer.message.startswith("the registry's ")
            raise Refused
        assert answer.status == expected, (request[:2], answer)
        return answer

    def _repositories(self) -> tuple[str, str, str]:
        return self.name, f"{self.name}-mounted", f"{self.name}-again"

    def _reference(self, reference: str) -> str:
        return f"/v2/{self.name}/manifests/{reference}"

    def _manifest(self, which: str) -> bytes:
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, self.config),
            "layers": [_descriptor(LAYER, self.layer)],
            "annotations": {"which": which},
        }
        return json.dumps(document).encode()


def _blob(repository: str, content: bytes) -> str:
    return f"/v2/{repository}/blobs/{Client.digest_of(content)}"


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": Client.digest_of(content), "size": len(content)}
