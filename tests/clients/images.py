"""Container images made without a container tool, as OCI layouts.

FOLDER/oci-layout
FOLDER/index.json            one entry, named by org.opencontainers.image.ref.name
FOLDER/blobs/sha256/HEX      index (if there are several platforms), manifests, configs, layers
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Descriptor(TypedDict):
    mediaType: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """`digest` is that of the only entry: a manifest, or the index of several platforms."""

    folder: Path
    tag: str
    digest: str

    @property
    def reference(self) -> str:
        """As skopeo, podman and buildah name it."""
        return f"oci:{self.folder}:{self.tag}"

    def blob(self, digest: str) -> bytes:
        return (self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()

    def as_archive(self, name: str) -> Path:
        """A tar archive whose image is called `name` where it is imported."""
        index = json.loads((self.folder / "index.json").read_text())
        index["manifests"][0]["annotations"]["io.containerd.image.name"] = name
        (self.folder / "index.json").write_text(json.dumps(index))
        archive = self.folder.with_suffix(".tar")
        with tarfile.open(archive, "w") as target:
            target.add(self.folder, arcname=".")
        return archive


def write_layout(
    folder: Path,
    content: bytes = b"hello\n",
    tag: str = "1.0",
    platforms: tuple[str, ...] = ("amd64",),
) -> Layout:
    """An image whose one layer holds /content, for one platform or several."""
    (folder / "blobs" / "sha256").mkdir(parents=True)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    manifests = [_write_image(folder, content, platform) for platform in platforms]
    entry = manifests[0]
    if len(manifests) > 1:
        listed = [
            {**manifest, "platform": {"os": "linux", "architecture": platform}}
            for manifest, platform in zip(manifests, platforms, strict=True)
        ]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
        entry = _write(folder, INDEX, _as_json(index))
    named = {**entry, "annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "index.json").write_bytes(_as_json({"schemaVersion": 2, "manifests": [named]}))
    return Layout(folder, tag, entry["digest"])


def _write_image(folder: Path, content: bytes, platform: str) -> Descriptor:
    archive = _archive_of(content + platform.encode())
    layer = _write(folder, LAYER, gzip.compress(archive, compresslevel=1, mtime=0))
    config = {
        "architecture": platform,
        "os": "linux",
        "config": {"Labels": {"org.example.made-for": "a test"}, "Cmd": ["/content"]},
        "rootfs": {"type": "layers", "diff_ids": [_digest(archive)]},
        "history": [{"created_by": "a test"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _write(folder, CONFIG, _as_json(config)),
        "layers": [layer],
    }
    return _write(folder, MANIFEST, _as_json(manifest))


def _archive_of(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("content")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _write(folder: Path, media_type: str, content: bytes) -> Descriptor:
    digest = _digest(content)
    (folder / "blobs" / "sha256" / digest.removeprefix("sha256:")).write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _as_json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
