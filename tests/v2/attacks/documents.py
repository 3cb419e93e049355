"""Manifests to be spoiled."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Answer, Client, digest_of

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY: dict[str, object] = {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": digest_of(b"{}"),
    "size": 2,
}


def descriptor(digest: str, size: int, media_type: str = "application/x") -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def image(**more: Any) -> bytes:
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": EMPTY, "layers": []}
    return json.dumps(document | more).encode()


def index(children: list[dict[str, object]], **more: Any) -> bytes:
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}
    return json.dumps(document | more).encode()


def put(client: Client, raw: bytes, tag: str = "v1", media_type: str = MANIFEST) -> Answer:
    return client("PUT", f"/v2/admin/bad/manifests/{tag}", raw, Content_Type=media_type)
