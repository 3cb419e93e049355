"""The describer's clock: one process of all reads what was pushed, and hands over when it dies."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import DBAPIError

from moorage.artifacts.description import ArtifactKind, Description, Limits, Trust
from moorage.artifacts.kind import recognise
from moorage.artifacts.reader import Job
from moorage.db.artifacts import Waiting
from moorage.oci.errors import RegistryError
from moorage.oci.manifest import Manifest, parse_manifest
from moorage.registry import describe
from moorage.registry.context import Registry
from moorage.workers.reading import Layer, Reader, ReadingFailed

EVERY_SECONDS = 1
IDLE_ROUNDS = 30
"""After so many looks without work the child process is let go."""

log = logging.getLogger("moorage.describer")


@dataclass(frozen=True, slots=True)
class Reading:
    """With what artifacts are read."""

    trust: Trust
    limits: Limits


async def run(registry: Registry, reading: Reading) -> None:
    """Read whatever waits, again and again until cancelled."""
    holder, reader, idle = secrets.token_hex(8), Reader(), 0
    try:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                worked = await _work(registry, reading, reader, holder)
            except (DBAPIError, OSError, RegistryError) as error:
                # The database or the store is away: requests say so, we try again later.
                log.warning("reading artifacts was broken off: %s", error)
                worked = False
            idle = 0 if worked else idle + 1
            if idle == IDLE_ROUNDS:
                await reader.close()
    finally:
        await reader.close()


async def _work(registry: Registry, reading: Reading, reader: Reader, holder: str) -> bool:
    worked = False
    while await describe.has_work(registry, holder):
        if not await describe.take_lease(registry, holder):
            break
        for waiting in await describe.next_waiting(registry):
            await _describe(registry, reading, reader, waiting)
        await describe.index(registry)
        worked = True
    return worked


async def _describe(registry: Registry, reading: Reading, reader: Reader, waiting: Waiting) -> None:
    try:
        manifest = await asyncio.to_thread(parse_manifest, waiting.raw, waiting.media_type)
    except RegistryError as error:
        # Older rules let it in.
        unknown = Description(ArtifactKind.GENERIC, None)
        return await describe.keep(registry, waiting, 0, unknown, error.message)
    found, reason = await _found(registry, reading, reader, waiting, manifest)
    size = sum(layer.size_bytes for layer in manifest.layers)
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
