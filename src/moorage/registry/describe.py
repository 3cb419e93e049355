"""What the describer does to the database: who works, what waits, what was found out.

Each manifest is read once. A manifest that cannot be read is marked so and left alone; only a
database or a store that is away makes the describer come back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from moorage.artifacts.description import Description
from moorage.db import artifact_tags, artifacts, leases, search_documents
from moorage.db.artifacts import Waiting
from moorage.oci.manifest import Manifest
from moorage.registry.context import Registry

LEASE = "describe"
LEASE_MS = 60_000
MANIFESTS = 20
REPOSITORIES = 50
TAGS = 1_000
CONFIG_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Blob:
    location: str
    size_bytes: int


async def has_work(registry: Registry, holder: str, without: Sequence[int]) -> bool:
    """Whether something else waits than the manifests `without`, and no other process is at it.

    Reads only.
    """
    now_ms = registry.now_ms()

    def read(tx: Connection) -> bool:
        return artifacts.has_waiting(tx, without) and leases.is_free(tx, LEASE, holder, now_ms)

    return await registry.db.read(read)


async def take_lease(registry: Registry, holder: str) -> bool:
    """Whether this process is the one that reads now. For economy, not for safety."""
    now_ms = registry.now_ms()
    return await registry.db.write(
        lambda tx: leases.take(tx, LEASE, holder, now_ms, now_ms + LEASE_MS)
    )


async def give_lease_back(registry: Registry, holder: str) -> None:
    await registry.db.write(lambda tx: leases.give_back(tx, LEASE, holder))


async def next_waiting(registry: Registry, without: Sequence[int]) -> list[Waiting]:
    return await registry.db.read(lambda tx: artifacts.list_waiting(tx, without, MANIFESTS))


async def blobs_of(registry: Registry, waiting: Waiting, manifest: Manifest) -> dict[str, Blob]:
    """Where the manifest's blobs lie, as far as its own repository holds them."""
    sizes = {str(one.digest): one.size_bytes for one in manifest.blobs}
    found = await registry.db.read(
        lambda tx: artifacts.blob_locations(tx, waiting.repository_id, list(sizes))
    )
    return {digest: Blob(location, sizes[digest]) for digest, location in found.items()}


async def tags_of(registry: Registry, waiting: Waiting) -> tuple[str, ...]:
    now_ms = registry.now_ms()
    return tuple(
        await registry.db.read(lambda tx: artifact_tags.tags_of(tx, waiting.id, now_ms, 10))
    )


def pieces(registry: Registry, blob: Blob) -> AsyncIterator[bytes]:
    return registry.store.pieces(blob.location, 0, blob.size_bytes)


async def keep(
    registry: Registry, waiting: Waiting, size: int, found: Description, reason: str
) -> None:
    """Write down what was found out; with a reason, why the rest was not. `size` is in bytes."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        if reason:
            artifacts.put_unreadable(tx, waiting, found, reason, size, now_ms)
        else:
            artifacts.put_description(tx, waiting, found, size, now_ms)

    await registry.db.write(write)


async def index(registry: Registry) -> int:
    """Bring search documents and the order of tags up to date; how many were behind."""
    now_ms = registry.now_ms()
    unindexed = await registry.db.read(lambda tx: search_documents.list_unindexed(tx, REPOSITORIES))
    unsorted = await registry.db.read(artifacts.has_unsorted_tags)

    def write(tx: Connection) -> int:
        sorted_ = artifacts.sort_tags(tx, TAGS) if unsorted else 0
        for repository_id, name in unindexed:
            search_documents.index_repository(tx, repository_id, name, now_ms)
        return len(unindexed) + sorted_

    return await registry.db.write(write) if unindexed or unsorted else 0
