"""The layers of an artifact as files: list, preview, download."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import Connection

from moorage.db import blobs, tags
from moorage.model.accounts import Actor, Role
from moorage.model.errors import NotFound
from moorage.oci.digest import Digest
from moorage.oci.manifest import Descriptor, Manifest, parse_manifest
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry

PREVIEWED_BYTES = 256 * 1024
_SUFFIXES = {"json": ".json", "yaml": ".yaml", "gzip": ".tar.gz", "tar": ".tar", "prov": ".prov"}


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    title: str
    digest: Digest
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Preview:
    file: ArtifactFile
    text: str | None
    is_truncated: bool


@dataclass(frozen=True, slots=True)
class OpenFile:
    file: ArtifactFile
    pieces: AsyncIterator[bytes]


async def list_files(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest
) -> list[ArtifactFile]:
    """The layers that lie here. Raises NotFound."""
    return files_of(await registry.db.read(lambda tx: _manifest(tx, registry, actor, name, digest)))


async def preview(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, wanted: Digest
) -> Preview:
    """What a file begins with, as text; None for what is not UTF-8."""
    file, location = await _located(registry, actor, name, digest, wanted)
    length = min(file.size_bytes, PREVIEWED_BYTES)
    raw = b"".join([piece async for piece in registry.store.pieces(location, 0, length)])
    return Preview(file, _text(raw), file.size_bytes > length)


async def open_file(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, wanted: Digest
) -> OpenFile:
    file, location = await _located(registry, actor, name, digest, wanted)
    return OpenFile(file, registry.store.pieces(location, 0, file.size_bytes))


def disposition(title: str) -> str:
    """Content-Disposition: an attachment, whatever the name holds. (RFC 6266)"""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-+") else "_" for c in title)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(title, safe='')}"


def files_of(manifest: Manifest) -> list[ArtifactFile]:
    return [
        ArtifactFile(title_of(layer, place), layer.digest, layer.media_type, layer.size_bytes)
        for place, layer in enumerate(manifest.layers)
        if not layer.is_remote
    ]


def title_of(layer: Descriptor, place: int) -> str:
    """The file name that the annotation gives, without folders; else one made up."""
    named = layer.title.replace("\\", "/").rpartition("/")[2]
    if named not in ("", ".", ".."):
        return named[:255]
    ending = layer.media_type.replace("+", ".").rpartition(".")[2]
    return f"layer-{place + 1}{_SUFFIXES.get(ending, '')}"


def _manifest(
    tx: Connection, registry: Registry, actor: Actor, name: RepositoryName, digest: Digest
) -> Manifest:
    held = access.require_role(tx, registry.rules, actor, name, Role.READ)
    found = tags.find_manifest(tx, held.id, digest)
    if found is None:
        raise NotFound(f"no manifest {digest} in {name}")
    return parse_manifest(found[2], found[1])


async def _located(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, wanted: Digest
) -> tuple[ArtifactFile, str]:
    for file in await list_files(registry, actor, name, digest):
        if file.digest == wanted:
            row = await registry.db.fetch(blobs.FIND_BLOB, name, wanted)
            if row is not None:
                return file, row[2]
    raise NotFound(f"no file {wanted} in {digest}")


def _text(raw: bytes) -> str | None:
    if b"\0" in raw:
        return None
    for cut in range(4):  # the last character may have been cut in two
        try:
            return raw[: len(raw) - cut].decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if error.start < len(raw) - 4:
                return None
    return None
