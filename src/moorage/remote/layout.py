"""Helm 3.5's registry cache: an OCI image layout. (image-spec: image-layout.md)

oci-layout            {"imageLayoutVersion":"1.0.0"}
index.json            one descriptor a reference, named by its annotation ref.name
moorage-index.json    the same for charts of newer types, which would break Helm's `chart list`
blobs/sha256/HEX      0444; a chart's age is the time of its layer
ingest/               downloads that Helm has not finished
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moorage.oci.digest import Digest
from moorage.remote.errors import ContentMismatch, RemoteError
from moorage.remote.files import locked, write_whole

HELM_INDEX = "index.json"
OWN_INDEX = "moorage-index.json"
REF_NAME = "org.opencontainers.image.ref.name"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Layout:
    folder: Path

    def entries(self) -> dict[str, Digest]:
        """Reference -> digest of its manifest, sorted by reference."""
        listed = [*self._listed(OWN_INDEX), *self._listed(HELM_INDEX)]
        found = {
            str(item["annotations"][REF_NAME]): Digest.parse(str(item["digest"]))
            for item in listed
            if REF_NAME in (item.get("annotations") or {})
        }
        return dict(sorted(found.items()))

    def find(self, ref: str) -> Digest | None:
        return self.entries().get(ref)

    def name_manifest(self, ref: str, raw: bytes, index: str = HELM_INDEX) -> Digest:
        """Store a manifest and let `ref` name it from now on, in one of the two indexes."""
        digest = self.write_blob(raw)
        entry = {
            "mediaType": OCI_MANIFEST,
            "digest": digest,
            "size": len(raw),
            "annotations": {REF_NAME: ref},
        }
        self.forget(ref)
        self._change(index, lambda manifests: [*_without(manifests, ref), entry])
        return digest

    def forget(self, ref: str) -> None:
        """`chart rm`: the name goes, the blobs stay."""
        for index in (HELM_INDEX, OWN_INDEX):
            if any(_is_named(manifest, ref) for manifest in self._listed(index)):
                self._change(index, lambda manifests: _without(manifests, ref))

    def path_of(self, digest: Digest) -> Path:
        return self.folder / "blobs" / digest.algorithm / digest.encoded

    def has_blob(self, digest: Digest, size_bytes: int) -> bool:
        try:
            return self.path_of(digest).stat().st_size == size_bytes
        except FileNotFoundError:
            return False

    def read_blob(self, digest: Digest) -> bytes:
        """The content, checked against its digest. Raises RemoteError, ContentMismatch."""
        path = self.path_of(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise RemoteError(
                f"{path} is missing", "the cache lost it: save or pull the chart again"
            ) from None
        if Digest.of(content, digest.algorithm) != digest:
            raise ContentMismatch(
                f"{path} is damaged: it does not have the digest of its name",
                "remove the file, then save or pull the chart again",
            )
        return content

    def write_blob(self, content: bytes) -> Digest:
        digest = Digest.of(content)
        if not self.has_blob(digest, len(content)):
            write_whole(self.path_of(digest), content, mode=0o444)
        return digest

    def keep_blob(self, file: Path, digest: Digest) -> None:
        """Take a file, whose digest was checked, into the cache."""
        target = self.path_of(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.chmod(0o444)
        os.replace(file, target)

    def _listed(self, index: str) -> list[dict[str, Any]]:
        path = self.folder / index
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            return []
        except ValueError as error:
            raise RemoteError(f"{path} is not JSON: {error}") from None
        return list(document.get("manifests") or []) if isinstance(document, dict) else []

    def _change(
        self, index: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
    ) -> None:
        path = self.folder / index
        with locked(path):
            document = {"schemaVersion": 2, "manifests": change(self._listed(index))}
            if not (self.folder / "oci-layout").exists():
                write_whole(self.folder / "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
            write_whole(path, json.dumps(document, separators=(",", ":")).encode())


def _is_named(manifest: dict[str, Any], ref: str) -> bool:
    return (manifest.get("annotations") or {}).get(REF_NAME) == ref


def _without(manifests: list[dict[str, Any]], ref: str) -> list[dict[str, Any]]:
    return [manifest for manifest in manifests if not _is_named(manifest, ref)]
