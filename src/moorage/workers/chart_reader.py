"""Reads the charts that nobody read when they were pushed: once at the start, then now and then."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.exc import DBAPIError

from moorage.oci.errors import RegistryError
from moorage.registry.charts import read_unread_charts
from moorage.registry.context import Registry

EVERY_SECONDS = 300
"""While replicas of the release before go on, charts come in that they do not read."""

log = logging.getLogger("moorage.charts")


async def run(registry: Registry) -> None:
    """Until cancelled. Several processes may do it at once: a chart is read once."""
    while True:
        try:
            if count := await read_unread_charts(registry):
                log.info("read %d charts into the index", count)
        except (DBAPIError, OSError, RegistryError) as error:
            # The database or the store is away: requests say so, we try again later.
            log.warning("reading charts was broken off: %s", error)
        await asyncio.sleep(EVERY_SECONDS)
