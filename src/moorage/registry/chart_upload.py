"""The classic repository's writing verbs: an archive that comes in is an OCI artifact at once.

The same manifest as Helm 4 pushes, in PREFIX/CHART under the tag of the version.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from typing import BinaryIO

from sqlalchemy import Connection

from moorage.charts import archive, provenance
from moorage.charts.chart import Metadata
from moorage.charts.errors import ChartError
from moorage.charts.manifest import LAYER, PROVENANCE_LAYER, annotations_of, chart_manifest
from moorage.charts.version import tag_of
from moorage.db import charts, manifests, repositories
from moorage.model.accounts import Action, Actor
from moorage.model.errors import AlreadyThere, NotFound
from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import RequestInvalid
from moorage.oci.manifest import Descriptor, parse_manifest
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import access
from moorage.registry.chart_index import get_listing
from moorage.registry.chart_view import ListedChart, first_of
from moorage.registry.context import Registry
from moorage.registry.pull import pull_manifest
from moorage.registry.push import Guard, push_manifest
from moorage.registry.remove import delete_manifest
from moorage.registry.upload import Chunk, push_blob

PIECE_BYTES = 256 * 1024


class Existing(Enum):
    """What becomes of a version that is there already."""

    STAYS = auto()
    IS_REPLACED = auto()


@dataclass(frozen=True, slots=True)
class PackedChart:
    """An archive that was looked through, and lies in a temporary file."""

    stream: BinaryIO
    metadata: Metadata
    digest: Digest
    size_bytes: int
    packed_s: float

    @property
    def tag(self) -> Tag:
        return Tag.parse(tag_of(self.metadata.version))


async def read_archive(stream: BinaryIO) -> PackedChart:
    """Raises RequestInvalid for what is no chart."""
    try:
        return await asyncio.to_thread(_read_archive, stream)
    except ChartError as error:
        raise RequestInvalid(error.message) from None


async def upload_chart(
    registry: Registry,
    actor: Actor,
    prefix: str,
    chart: PackedChart,
    signature: bytes | None,
    existing: Existing,
) -> RepositoryName:
    """Raises AlreadyThere, RequestInvalid, NameInvalid, Unauthorized, Denied."""
    name = RepositoryName.parse(f"{prefix}/{chart.metadata.name}")
    await access.authorize(registry, actor, name, Action.PUSH)
    if signature is not None:
        _require_about(signature, chart.digest)
    guard = _guard(registry, chart.tag) if existing is Existing.STAYS else None
    await _require_room(registry, name, guard)
    config = await _put(registry, actor, name, media.HELM_CONFIG, chart.metadata.as_json())
    layer = Descriptor(LAYER, chart.digest, chart.size_bytes, False)
    body = Chunk(_pieces(chart.stream), length_bytes=chart.size_bytes)
    await push_blob(registry, actor, name, chart.digest, body)
    layers = [layer]
    if signature is not None:
        layers.append(await _put(registry, actor, name, PROVENANCE_LAYER, signature))
    raw = chart_manifest(
        config,
        [(one.media_type, one) for one in layers],
        annotations_of(chart.metadata, chart.packed_s),
    )
    await _push(registry, actor, name, chart.tag, raw, guard)
    return name


async def upload_provenance(
    registry: Registry, actor: Actor, prefix: str, signature: bytes, existing: Existing
) -> RepositoryName:
    """Put a signature beside the chart that it is about. Raises NotFound, AlreadyThere."""
    chart = await _signed_chart(registry, actor, prefix, signature)
    name = RepositoryName(chart.repository.name)
    await access.authorize(registry, actor, name, Action.PUSH)
    if chart.live.provenance_digest is not None and existing is Existing.STAYS:
        raise AlreadyThere("file already exists")
    tag = Tag(chart.live.tag)
    stored = await pull_manifest(registry, actor, name, tag)
    manifest = parse_manifest(stored.raw, stored.media_type)
    assert manifest.config is not None
    kept = [one for one in manifest.layers if one.media_type != PROVENANCE_LAYER]
    added = await _put(registry, actor, name, PROVENANCE_LAYER, signature)
    layers = [(one.media_type, one) for one in (*kept, added)]
    raw = chart_manifest(manifest.config, layers, manifest.annotations)

    def guard(tx: Connection, repository_id: int) -> None:
        """The signature belongs to what the tag named when it was looked at."""
        manifests.hold_tag(tx, repository_id, tag)
        if not charts.is_tag_of(tx, repository_id, tag, chart.live.manifest_id):
            raise AlreadyThere(f"{name}:{tag} was changed meanwhile: try again")

    await _push(registry, actor, name, tag, raw, guard)
    return name


async def delete_chart(
    registry: Registry, actor: Actor, prefix: str, name: str, version: str
) -> None:
    """With all its tags; they stay restorable. Raises NotFound."""
    listing = await get_listing(registry, actor, prefix)
    found = next((one for one in listing.get(name, ()) if one.live.version == version), None)
    if found is None:
        raise NotFound("chart not found")
    repository = RepositoryName(found.repository.name)
    digests = await registry.db.read(
        lambda tx: charts.digests_of(tx, found.repository.id, name, version, registry.now_ms())
    )
    for digest in digests:
        await delete_manifest(registry, actor, repository, Digest(digest))


def _read_archive(stream: BinaryIO) -> PackedChart:
    stream.seek(0)
    metadata = archive.read_chart(stream).metadata
    metadata.require_valid()
    stream.seek(0)
    packed_s = archive.read_packed_time(stream)
    stream.seek(0)
    running, size = sha256(), 0
    while piece := stream.read(PIECE_BYTES):
        running.update(piece)
        size += len(piece)
    return PackedChart(stream, metadata, Digest(f"sha256:{running.hexdigest()}"), size, packed_s)


def _require_about(signature: bytes, digest: Digest) -> None:
    try:
        stated = provenance.stated_files(signature)
    except ChartError as error:
        raise RequestInvalid(f"the provenance file cannot be read: {error.message}") from None
    if digest not in stated.values():
        raise RequestInvalid(f"the provenance file is about another archive than {digest}")


async def _signed_chart(
    registry: Registry, actor: Actor, prefix: str, signature: bytes
) -> ListedChart:
    try:
        stated = provenance.stated_files(signature)
    except ChartError as error:
        raise RequestInvalid(f"the provenance file cannot be read: {error.message}") from None
    now_ms = registry.now_ms()
    for digest in list(stated.values())[:10]:
        found = first_of(
            await registry.db.read(
                lambda tx: charts.find_by_archive(tx, actor, prefix, digest, now_ms)  # noqa: B023
            )
        )
        if found is not None:
            return found
    raise NotFound("no chart with this provenance: upload the chart first")


def _guard(registry: Registry, tag: Tag) -> Guard:
    now_ms = registry.now_ms()

    def require_new(tx: Connection, repository_id: int) -> None:
        manifests.hold_tag(tx, repository_id, tag)
        if charts.is_tagged(tx, repository_id, tag, now_ms):
            raise AlreadyThere("file already exists")

    return require_new


async def _require_room(registry: Registry, name: RepositoryName, guard: Guard | None) -> None:
    """Before anything is stored; the push asks again."""

    def read(tx: Connection) -> None:
        found = repositories.find_repository(tx, name)
        if found is not None and guard is not None:
            guard(tx, found.id)

    await registry.db.read(read)


async def _put(
    registry: Registry, actor: Actor, name: RepositoryName, media_type: str, content: bytes
) -> Descriptor:
    digest = Digest.of(content)
    await push_blob(
        registry, actor, name, digest, Chunk(_whole(content), length_bytes=len(content))
    )
    return Descriptor(media_type, digest, len(content), False)


async def _push(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    tag: Tag,
    raw: bytes,
    guard: Guard | None,
) -> None:
    await push_manifest(registry, actor, name, tag, _whole(raw), media.OCI_MANIFEST, guard=guard)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _pieces(stream: BinaryIO) -> AsyncIterator[bytes]:
    await asyncio.to_thread(stream.seek, 0)
    while piece := await asyncio.to_thread(stream.read, PIECE_BYTES):
        yield piece
