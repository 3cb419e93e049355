"""The describer's clock: one process of all reads what was pushed, and hands over when it dies."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import DBAPIError

from moorage.artifacts.description import ArtifactKind, Description, Limits, Trust
from moorage.artifacts.kind import recognise
from moorage.artifacts.reader import Job
from moorage.db.artifacts import Waiting
from moorage.db.outage import DatabaseUnavailable
from moorage.oci.errors import RegistryError
from moorage.oci.manifest import Manifest, parse_manifest
from moorage.registry import describe
from moorage.registry.context import Registry
from moorage.workers.postponed import Postponed
from moorage.workers.reading import Layer, Reader, ReadingFailed

EVERY_SECONDS = 1
LONGEST_PAUSE_SECONDS = 30
"""While database or store are away each look comes later than the one before, up to this."""
IDLE_ROUNDS = 5
"""After so many looks without work the child process, which takes 20 MB, is let go."""

log = logging.getLogger("moorage.describer")


@dataclass(frozen=True, slots=True)
class Reading:
    """With what artifacts are read."""

    trust: Trust
    limits: Limits


async def run(registry: Registry, reading: Reading) -> None:
    """Read whatever waits, again and again until cancelled."""
    holder, reader, postponed = secrets.token_hex(8), Reader(), Postponed()
    idle, pause, has_worked = 0, EVERY_SECONDS, False
    try:
        while True:
            await asyncio.sleep(pause)
            try:
                worked = await _work(registry, reading, reader, holder, postponed)
                pause, has_worked = EVERY_SECONDS, has_worked or worked
            except (DBAPIError, OSError, RegistryError) as error:
                # The database or the store is away: requests say so, we try again later.
                log.warning("reading artifacts was broken off: %s", error)
                worked, pause = False, min(2 * pause, LONGEST_PAUSE_SECONDS)
            idle = 0 if worked else idle + 1
            if idle == IDLE_ROUNDS:
                await reader.close()
    finally:
        await reader.close()
        if has_worked:
            # Else nothing would be read for as long as the lease lasts.
            with suppress(DBAPIError, OSError):
                await describe.give_lease_back(registry, holder)


async def _work(
    registry: Registry, reading: Reading, reader: Reader, holder: str, postponed: Postponed
) -> bool:
    worked = False
    while await describe.has_work(registry, holder, postponed.ids()):
        if not await describe.take_lease(registry, holder):
            break
        for waiting in await describe.next_waiting(registry, postponed.ids()):
            try:
                await _describe(registry, reading, reader, waiting)
            except DatabaseUnavailable:
                raise
            except (OSError, RegistryError) as error:
                # One damaged file must not keep what was pushed before it from being read.
                log.warning("%s in %s comes later: %s", waiting.digest, waiting.repository, error)
                if not postponed.add(waiting.id):
                    raise
        await describe.index(registry)
        worked = True
    return worked


async def _describe(registry: Registry, reading: Reading, reader: Reader, waiting: Waiting) -> None:
    try:
        manifest = await asyncio.to_thread(parse_manifest, waiting.raw, waiting.media_type)
    except RegistryError as error:
        # Older rules let it in.
        size, found, reason = 0, Description(ArtifactKind.GENERIC, None), error.message
    else:
        size = sum(layer.size_bytes for layer in manifest.layers)
        found, reason = await _found(registry, reading, reader, waiting, manifest)
    try:
        await describe.keep(registry, waiting, size, found, reason)
    except DBAPIError as error:
        # Not an outage: the database refuses what was read. Without it, it takes the reason.
        log.warning("%s in %s was not kept: %s", waiting.digest, waiting.repository, error.orig)
        refused = "what was read of it cannot be stored"
        await describe.keep(registry, waiting, size, Description(found.kind, None), refused)


async def _found(
    registry: Registry, reading: Reading, reader: Reader, waiting: Waiting, manifest: Manifest
) -> tuple[Description, str]:
    """What was read, and (else "") why not all of it."""
    blobs = await describe.blobs_of(registry, waiting, manifest)
    try:
        job = Job(
            waiting.raw,
            waiting.media_type,
            await _config(registry, manifest, blobs),
            await describe.tags_of(registry, waiting),
            reading.trust,
            reading.limits,
        )
        outcome = await reader.read(job, partial(_layer, registry, blobs))
        return outcome.description(), outcome.reason
    except FileNotFoundError as error:
        return Description(recognise(manifest), None), f"its bytes are gone: {error.strerror}"
    except ReadingFailed as error:
        log.warning("%s in %s is unreadable: %s", waiting.digest, waiting.repository, error)
        return Description(recognise(manifest), None), str(error)


def _layer(registry: Registry, blobs: dict[str, describe.Blob], digest: str) -> Layer:
    blob = blobs.get(digest)
    return (blob.size_bytes, describe.pieces(registry, blob)) if blob is not None else None


async def _config(registry: Registry, manifest: Manifest, blobs: dict[str, describe.Blob]) -> bytes:
    config = manifest.config
    blob = blobs.get(config.digest) if config is not None else None
    if blob is None or blob.size_bytes > describe.CONFIG_BYTES:
        return b""
    return b"".join([piece async for piece in describe.pieces(registry, blob)])
