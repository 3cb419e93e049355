"""What is stored in every peer before the rounds begin, and how."""

from __future__ import annotations

import http.client
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks.peers import REPOSITORY, Peer

KB, MB = 1024, 1024 * 1024
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Blob:
    content: bytes
    digest: str

    @classmethod
    def of(cls, content: bytes) -> Blob:
        return cls(content, f"sha256:{sha256(content).hexdigest()}")


def random_blob(size_bytes: int) -> Blob:
    return Blob.of(os.urandom(size_bytes))


def manifest_of(config: Blob, layers: list[Blob], padding_bytes: int = 0) -> Blob:
    """An image manifest, padded by an annotation."""
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(config, "application/vnd.oci.image.config.v1+json"),
        "layers": [
            _descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip") for layer in layers
        ],
        "annotations": {"padding": "x" * padding_bytes},
    }
    return Blob.of(json.dumps(document).encode())


def store_blob(peer: Peer, blob: Blob) -> None:
    if peer.is_static:
        return _lay(peer, f"blobs/{blob.digest}", blob.content)
    _, headers = request(peer, "POST", f"/v2/{REPOSITORY}/blobs/uploads/", expect=202)
    request(peer, "PUT", with_digest(headers["location"], blob), blob.content, expect=201)


def store_manifest(peer: Peer, tag: str, manifest: Blob) -> None:
    if peer.is_static:
        _lay(peer, f"manifests/{tag}", manifest.content)
        return _lay(peer, f"manifests/{manifest.digest}", manifest.content)
    path = f"/v2/{REPOSITORY}/manifests/{tag}"
    request(peer, "PUT", path, manifest.content, expect=201, content_type=MANIFEST_TYPE)


def with_digest(location: str, blob: Blob) -> str:
    """The path of an upload's last request."""
    path = path_of(location)
    return f"{path}{'&' if '?' in path else '?'}digest={blob.digest}"


def path_of(location: str) -> str:
    """Path and query of a Location, absolute or relative."""
    return f"/{location.partition('//')[2].partition('/')[2]}" if "//" in location else location


def request(
    peer: Peer,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    expect: int,
    content_type: str = "application/octet-stream",
) -> tuple[bytes, dict[str, str]]:
    headers = {"Content-Type": content_type, "Accept": f"{MANIFEST_TYPE}, */*"}
    if peer.authorization:
        headers["Authorization"] = peer.authorization
    for connection in (_kept(peer), _kept(peer, is_fresh=True)):
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            break
        except (http.client.HTTPException, OSError):
            connection.close()
    else:
        raise SystemExit(f"{peer.name}: {method} {path}: the connection was closed twice")
    if answer.status != expect:
        raise SystemExit(f"{peer.name}: {method} {path}: {answer.status} {content[:300]!r}")
    return content, {name.lower(): value for name, value in answer.getheaders()}


_connections: dict[int, http.client.HTTPConnection] = {}


def _kept(peer: Peer, *, is_fresh: bool = False) -> http.client.HTTPConnection:
    """A connection that stays open, as clients keep theirs."""
    if is_fresh or peer.port not in _connections:
        _connections[peer.port] = peer.connect()
    return _connections[peer.port]


def _descriptor(blob: Blob, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": blob.digest, "size": len(blob.content)}


def _lay(peer: Peer, path: str, content: bytes) -> None:
    target = Path(peer.data, "v2", REPOSITORY, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
