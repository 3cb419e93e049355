"""The collector's clock: one process of all collects, and hands over when it dies."""

from __future__ import annotations

import asyncio
import logging
import secrets

from sqlalchemy.exc import DBAPIError

from moorage.oci.errors import RegistryError
from moorage.registry import collect
from moorage.registry.context import Registry

log = logging.getLogger("moorage.collector")


async def run(registry: Registry, every_seconds: float) -> None:
    """Collect again and again until cancelled."""
    holder = secrets.token_hex(8)
    while True:
        await asyncio.sleep(every_seconds)
        try:
            if await collect.take_lease(registry, holder):
                await _collect(registry)
        except (DBAPIError, OSError, RegistryError) as error:
            # The database or the store is away: requests say so, we try again later.
            log.warning("collection was broken off: %s", error)


async def _collect(registry: Registry) -> None:
    strays = await collect.take_daily_lease(registry)
    done = await collect.collect(
        registry, lambda garbage: None, as_of_ms=registry.now_ms(), strays=strays
    )
    if done.counts or done.ended_tags:
        shown = ", ".join(f"{count} {kind}" for kind, count in done.counts.items())
        log.info("collected %s, freed %d bytes", shown or "history", done.freed_bytes)
