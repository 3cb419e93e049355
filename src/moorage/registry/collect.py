"""Online garbage collection: what nothing needs goes, while pushes go on.

In this order, each step in small transactions of its own:

1. uploads without a request for a day; the history of tags beyond the time machine's reach
2. manifests that are due: without a tag, past or present, and in no index; their referrers
3. blobs of a repository that no manifest there names
4. blobs that no repository holds: first the row, then, after the commit, the bytes
5. once a day, what lies in the store without a row: the remains of crashes

A push cannot be corrupted: it shares a lock on its repository with other pushes, the collector
takes it alone; a new link to a blob locks the blob's row; and bytes that are pushed again lie under
a new location, so that a late deletion never hits them. A push whose old blob is collected in front
of its manifest is told so (MANIFEST_BLOB_UNKNOWN) and nothing is stored.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from moorage.db import collection, leases, repositories, uploads
from moorage.db.collection import DueRow, Garbage, Kind
from moorage.registry.context import Registry
from moorage.storage.store import Stored

BATCH = 200
PREVIEWED = 10_000
STRAY_BATCH = 500
STRAY_AGE_S = 24 * 3600
LEASE = "collect"
LEASE_MS = 10 * 60 * 1000
STRAYS = "strays"
STRAYS_EVERY_MS = 24 * 3600 * 1000

Report = Callable[[Garbage], None]
Step = Callable[[Connection, DueRow, int], list[Garbage]]


@dataclass(slots=True)
class Collected:
    """What one run removed."""

    _report: Report
    counts: dict[Kind, int] = field(default_factory=dict)
    ended_tags: int = 0
    """History that is out of the time machine's reach."""
    freed_bytes: int = 0

    def add(self, garbage: Garbage) -> None:
        self.counts[garbage.kind] = self.counts.get(garbage.kind, 0) + 1
        self.freed_bytes += garbage.size_bytes
        self._report(garbage)


async def collect(
    registry: Registry, report: Report, *, as_of_ms: int, strays: bool = False
) -> Collected:
    """One run. What is due at `as_of_ms` is looked at; `report` is told of each thing removed."""
    done = Collected(report)
    await _collect_uploads(registry, done)
    await _purge_tags(registry, done)
    await _collect_due(registry, done, as_of_ms, collection.due_manifests, _manifest)
    await _collect_due(registry, done, as_of_ms, collection.due_links, collection.collect_link)
    await _collect_blobs(registry, done, as_of_ms)
    if strays:
        await _mark_unheld(registry)
        await _collect_blobs(registry, done, as_of_ms)
        await _collect_strays(registry, done)
    return done


async def preview(registry: Registry, report: Report, *, as_of_ms: int) -> Collected:
    """What a run would remove: done in one transaction that is rolled back, strays left out.

    On SQLite other writes wait for it. At most PREVIEWED rows of each kind are looked at.
    """
    done = Collected(report)
    reach_ms, now_ms = registry.rules.time_machine_ms, registry.now_ms()

    def write(tx: Connection) -> None:
        collection.end_expired_tags(tx, now_ms, PREVIEWED)
        done.ended_tags = collection.purge_tag_history(tx, reach_ms, now_ms, PREVIEWED)
        found: list[Garbage] = []
        while rows := collection.due_manifests(tx, as_of_ms, PREVIEWED):
            found += [gone for row in rows for gone in _manifest(tx, row, as_of_ms)]
        while rows := collection.due_links(tx, as_of_ms, PREVIEWED):
            found += [gone for row in rows for gone in collection.collect_link(tx, row, as_of_ms)]
        while ids := collection.due_blobs(tx, as_of_ms, PREVIEWED):
            found += [gone for blob_id in ids for gone in collection.collect_blob(tx, blob_id)]
        raise _Undo(found)

    try:
        await registry.db.write(write)
    except _Undo as undo:
        for garbage in undo.found:
            done.add(garbage)
    return done


class _Undo(Exception):
    """Rolls a transaction back that was only to see what it would do."""

    def __init__(self, found: list[Garbage]) -> None:
        super().__init__()
        self.found = found


async def take_lease(registry: Registry, holder: str) -> bool:
    """Whether this process is the one that collects now. For economy, not for safety."""
    now_ms = registry.now_ms()
    return await registry.db.write(
        lambda tx: leases.take(tx, LEASE, holder, now_ms, now_ms + LEASE_MS)
    )


async def take_daily_lease(registry: Registry) -> bool:
    """Whether nobody has looked for strays within a day; the caller does it now."""
    now_ms = registry.now_ms()
    return await registry.db.write(
        lambda tx: leases.take(tx, STRAYS, secrets.token_hex(8), now_ms, now_ms + STRAYS_EVERY_MS)
    )


async def _collect_uploads(registry: Registry, done: Collected) -> None:
    before_ms = registry.now_ms() - registry.rules.idle_upload_ms
    while idle := await registry.db.read(lambda tx: uploads.idle_uploads(tx, before_ms, BATCH)):
        for upload in idle:
            # Whoever removes the row removes the bytes: a request that finishes the upload in this
            # moment may have made them a blob.
            if await registry.db.write(partial(_remove_idle, upload.id, before_ms)):
                await registry.store.discard(upload)
                reason = "it had no request for too long"
                size = upload.received_bytes
                done.add(Garbage(Kind.UPLOAD, upload.id, reason, size_bytes=size))


async def _purge_tags(registry: Registry, done: Collected) -> None:
    now_ms, reach_ms = registry.now_ms(), registry.rules.time_machine_ms
    while await registry.db.write(lambda tx: collection.end_expired_tags(tx, now_ms, BATCH)):
        pass
    while True:
        count = await registry.db.write(
            lambda tx: collection.purge_tag_history(tx, reach_ms, now_ms, BATCH)
        )
        done.ended_tags += count
        if count < BATCH:
            return


async def _collect_due(
    registry: Registry,
    done: Collected,
    as_of_ms: int,
    find: Callable[[Connection, int, int], list[DueRow]],
    step: Step,
) -> None:
    """Batch after batch, a transaction for each repository in it."""
    while rows := await registry.db.read(lambda tx: find(tx, as_of_ms, BATCH)):
        rows.sort(key=lambda row: row.repository_id)
        for _, batch in groupby(rows, key=lambda row: row.repository_id):
            for garbage in await registry.db.write(partial(_batch, step, list(batch), as_of_ms)):
                done.add(garbage)


def _batch(step: Step, rows: list[DueRow], as_of_ms: int, tx: Connection) -> list[Garbage]:
    """Rows of one repository, with pushes kept out of it."""
    repositories.lock_for_collection(tx, rows[0].repository_id)
    return [garbage for row in rows for garbage in step(tx, row, as_of_ms)]


def _remove_idle(upload_id: str, before_ms: int, tx: Connection) -> bool:
    return uploads.remove_idle_upload(tx, upload_id, before_ms)


def _manifest(tx: Connection, row: DueRow, as_of_ms: int) -> list[Garbage]:
    return collection.collect_manifest(tx, row.id, as_of_ms)


async def _collect_blobs(registry: Registry, done: Collected, as_of_ms: int) -> None:
    while ids := await registry.db.read(lambda tx: collection.due_blobs(tx, as_of_ms, BATCH)):
        for blob_id in ids:
            try:
                gone = await registry.db.write(partial(_blob, blob_id))
            except IntegrityError:
                # Somebody linked it in this moment: it is needed again.
                await registry.db.write(partial(_keep, blob_id))
                continue
            for garbage in gone:
                await registry.store.delete(garbage.location)
                done.add(garbage)


def _blob(blob_id: int, tx: Connection) -> list[Garbage]:
    return collection.collect_blob(tx, blob_id)


def _keep(blob_id: int, tx: Connection) -> None:
    collection.keep_blob(tx, blob_id)


async def _mark_unheld(registry: Registry) -> None:
    now_ms, after = registry.now_ms(), 0
    while True:
        last = after
        following = await registry.db.write(
            lambda tx: collection.make_unheld_due(tx, last, now_ms, 5 * BATCH)  # noqa: B023
        )
        if following is None:
            return
        after = following


async def _collect_strays(registry: Registry, done: Collected) -> None:
    """Bytes older than a day that no row names."""
    before_s = registry.now_s() - STRAY_AGE_S
    batch: list[Stored] = []
    async for stored in registry.store.listed():
        if stored.modified_s < before_s:
            batch.append(stored)
        if len(batch) >= STRAY_BATCH:
            await _remove_strays(registry, done, batch)
            batch = []
    await _remove_strays(registry, done, batch)


async def _remove_strays(registry: Registry, done: Collected, batch: list[Stored]) -> None:
    locations = [stored.location for stored in batch]
    ids = [location.removeprefix("uploads/") for location in locations]
    known = await registry.db.read(
        lambda tx: (
            collection.known_locations(tx, locations)
            | {f"uploads/{found}" for found in collection.known_uploads(tx, ids)}
        )
    )
    for stored in batch:
        if stored.location not in known:
            await registry.store.delete(stored.location)
            reason = "no row names it: the remains of a request that never ended"
            size = stored.size_bytes
            done.add(Garbage(Kind.STRAY, stored.location, reason, size_bytes=size))
