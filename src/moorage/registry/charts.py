"""Charts read when they are pushed, and those that were pushed before anybody read them."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from moorage.charts.description import CONFIG_BYTES, Description, Unlisted, describe
from moorage.charts.manifest import ChartParts, find_parts
from moorage.db import blobs, charts, manifests, repositories
from moorage.db.charts import UnreadChart
from moorage.db.outage import DatabaseUnavailable
from moorage.oci.errors import RegistryError
from moorage.oci.manifest import Manifest, parse_manifest
from moorage.registry.context import Registry

READ_AT_ONCE_BYTES = 16 * 1024
"""A longer Chart.yaml takes more than 5 ms to read: that is done in a thread."""
BATCH = 100
FAILURES = 20
"""When so many charts cannot be read, the store is away."""

log = logging.getLogger("moorage.charts")


async def read_chart(
    registry: Registry, name: str, manifest: Manifest
) -> Description | Unlisted | None:
    """What a manifest that is being pushed says of a chart; None where it is none.

    A chart that cannot be listed is no reason to refuse the push.
    """
    parts = find_parts(manifest)
    return await _read(registry, name, parts) if parts is not None else None


async def read_unread_charts(registry: Registry) -> int:
    """Read charts of before the classic repository, or of replicas that do not know it.

    Raises what the last of FAILURES charts raised; fewer are left for the next time.
    """
    count, failures, after_id = 0, 0, 0
    while True:
        unread = await registry.db.read(
            partial(charts.unread_charts, after_id=after_id, limit=BATCH)
        )
        for one in unread:
            after_id = one.manifest_id
            try:
                await _read_one(registry, one)
                count += 1
            except DatabaseUnavailable:
                raise
            except (DBAPIError, OSError, RegistryError) as error:
                # One damaged file must not keep all other charts from the index.
                failures += 1
                log.warning("the chart %s in %s comes later: %s", one.digest, one.repository, error)
                if failures == FAILURES:
                    raise
        if len(unread) < BATCH:
            return count


async def _read_one(registry: Registry, one: UnreadChart) -> None:
    try:
        parts = find_parts(parse_manifest(one.raw, one.media_type))
    except RegistryError:
        parts = None
    problem = Unlisted("its manifest names no chart's config")
    found = problem if parts is None else await _read(registry, one.repository, parts)

    def write(tx: Connection) -> None:
        # The collector may have taken the manifest away meanwhile: it locks the repository.
        repositories.share(tx, one.repository_id)
        if not manifests.has_manifest(tx, one.manifest_id):
            return
        if charts.add_chart(tx, one.repository_id, one.manifest_id, found, one.created_ms):
            manifests.note_change(tx, one.repository_id)

    await registry.db.write(write)


async def _read(registry: Registry, name: str, parts: ChartParts) -> Description | Unlisted:
    row = await registry.db.fetch(blobs.FIND_BLOB, name, parts.config.digest)
    if row is None:
        return Unlisted("its config is not in the repository")
    if row[0] > CONFIG_BYTES:
        return Unlisted(f"its config has {row[0]} bytes, at most {CONFIG_BYTES} are read")
    try:
        config = await registry.store.read(row[2])
    except FileNotFoundError:
        return Unlisted("its config was collected meanwhile: push it again")
    if len(config) <= READ_AT_ONCE_BYTES:
        return describe(parts, config)
    return await asyncio.to_thread(describe, parts, config)
