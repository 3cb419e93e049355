"""Wiring for those who run the registry: health, metrics, the log of requests."""

from __future__ import annotations

import asyncio
import os
from ipaddress import ip_network

from moorage.db import operations as questions
from moorage.registry.context import Registry
from moorage.settings import Settings
from moorage.storage.layout import BLOBS
from moorage.web.counters import Counters
from moorage.web.health import Check, Health
from moorage.web.metrics import Metrics, Now
from moorage.web.metrics_listener import MetricsListener
from moorage.web.operations import Operations
from moorage.web.origin import Origin

LEAST_FREE_BYTES = 16 * 1024 * 1024
"""Below this a disk counts as full: the database needs room to say so, too."""
ASKED_SECONDS = 3


def build_operations(
    settings: Settings,
    registry: Registry,
    origin: Origin,
    counters: Counters,
    folder: str | None,
) -> Operations:
    """`folder` is where the blobs lie, None with an object store."""
    health = _health(registry, folder)

    async def now() -> Now:
        return Now(await _open_uploads(registry), await health.services(health.endtoend))

    return Operations(
        health=health,
        metrics=Metrics(counters, settings.prometheus_namespace, now),
        origin=origin,
        metrics_networks=tuple(ip_network(n, strict=False) for n in settings.metrics_networks),
        metrics_address=settings.metrics_address,
        access_log=settings.access_log,
    )


def metrics_listener(settings: Settings, operations: Operations) -> MetricsListener | None:
    if settings.metrics_address is None:
        return None
    host, _, port = settings.metrics_address.rpartition(":")
    return MetricsListener(operations.metrics, host.strip("[]"), int(port))


def _health(registry: Registry, folder: str | None) -> Health:
    async def answers() -> bool:
        return await registry.db.read(questions.schema_version) != ""

    async def can_sign() -> bool:
        return bool(registry.tokens.keys)

    async def takes_writes() -> bool:
        await registry.store.check()
        return True

    auth, database = Check("auth", can_sign), Check("database", answers)
    local_instance, local_endtoend = _folder_checks(folder)
    return Health(
        instance=[auth, database, *local_instance],
        endtoend=[auth, database, *local_endtoend, Check("storage", takes_writes)],
    )


def _folder_checks(folder: str | None) -> tuple[list[Check], list[Check]]:
    """What only a store in a folder can lack, for a pull and for a push."""
    if folder is None:
        return [], []

    async def is_readable() -> bool:
        return await asyncio.to_thread(os.path.isdir, f"{folder}/{BLOBS}")

    async def has_room() -> bool:
        return await asyncio.to_thread(_has_room, folder)

    return [Check("storage", is_readable)], [Check("disk_space", has_room)]


def _has_room(folder: str) -> bool:
    held = os.statvfs(folder)
    return held.f_bavail * held.f_frsize >= LEAST_FREE_BYTES


async def _open_uploads(registry: Registry) -> int | None:
    try:
        async with asyncio.timeout(ASKED_SECONDS):
            return await registry.db.read(questions.count_open_uploads)
    except OSError:  # a timeout is one, too
        return None
