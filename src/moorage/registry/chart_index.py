"""The classic repository's reading verbs: its index, its charts, their archives."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

from sqlalchemy import Connection

from moorage.charts.archive import read_chart
from moorage.charts.chart import Chart
from moorage.charts.errors import ChartError
from moorage.charts.version import best_of
from moorage.db import blobs, charts, permissions
from moorage.db.charts import ChartRepository
from moorage.model.accounts import Actor
from moorage.model.content import StoredBlob
from moorage.oci.digest import Digest
from moorage.oci.errors import (
    BlobUnknown,
    NameUnknown,
    RegistryError,
    RequestInvalid,
    Unauthorized,
    quoted,
)
from moorage.registry.chart_cache import ReadyIndex
from moorage.registry.chart_view import (
    Body,
    Flavour,
    ListedChart,
    Listing,
    RepositoryCharts,
    body_of,
    first_of,
    listing_of,
)
from moorage.registry.context import Registry

PROVENANCE = ".prov"
LATEST = "latest"


async def get_index(registry: Registry, actor: Actor, prefix: str, flavour: Flavour) -> Body:
    """index.yaml of the repositories below `prefix` that the caller sees.

    Raises NameUnknown, or Unauthorized to nobody in particular, where that is nothing.
    """
    seen = await _seen(registry, actor, prefix)
    ready = await _ready(registry, prefix, seen)
    body = ready.bodies.get(flavour)
    if body is None:
        body = await asyncio.to_thread(body_of, ready.listing, prefix, flavour)
        ready.bodies[flavour] = body
        registry.charts.indexes.keep(_key(prefix, seen), ready)
    return body


async def get_listing(registry: Registry, actor: Actor, prefix: str) -> Listing:
    """The charts of such an index. Raises as `get_index`."""
    return (await _ready(registry, prefix, await _seen(registry, actor, prefix))).listing


async def get_archive(
    registry: Registry, actor: Actor, prefix: str, file_name: str
) -> tuple[ListedChart, StoredBlob]:
    """An archive, or with .prov its provenance, as the index names it.

    Raises BlobUnknown; NameUnknown and Unauthorized as `get_index`.
    """
    now_ms = registry.now_ms()
    archive_name = file_name.removesuffix(PROVENANCE)

    def read(tx: Connection) -> ListedChart | None:
        _require_insight(tx, registry, actor, prefix)
        return first_of(charts.find_files(tx, actor, prefix, archive_name, now_ms))

    found = await registry.db.read(read)
    if found is None:
        raise BlobUnknown(f"no chart {quoted(archive_name)} in {prefix}")
    digest = found.live.archive_digest
    if file_name != archive_name:
        if found.live.provenance_digest is None:
            raise BlobUnknown(f"{quoted(archive_name)} is not signed")
        digest = found.live.provenance_digest
    return found, await blob_of(registry, found, digest)


async def find_version(
    registry: Registry, actor: Actor, prefix: str, name: str, version: str
) -> ListedChart | None:
    """A version of a chart; `latest` is the newest stable one, or else the newest."""
    versions = (await get_listing(registry, actor, prefix)).get(name, [])
    if version == LATEST and versions:
        best = best_of([one.live.version for one in versions], "")
        version = best or versions[0].live.version
    return next((one for one in versions if one.live.version == version), None)


async def get_content(registry: Registry, chart: ListedChart, most_bytes: int) -> Chart:
    """The files in an archive. Raises RequestInvalid for one that cannot be read."""
    blob = await blob_of(registry, chart, chart.live.archive_digest)
    if blob.size_bytes > most_bytes:
        raise RequestInvalid(f"the archive has {blob.size_bytes} bytes, {most_bytes} are read")
    raw = await registry.store.read(blob.location)
    try:
        return await asyncio.to_thread(read_chart, io.BytesIO(raw))
    except ChartError as error:
        raise RequestInvalid(f"the archive cannot be read: {error.message}") from None


async def blob_of(registry: Registry, chart: ListedChart, digest: str) -> StoredBlob:
    row = await registry.db.fetch(blobs.FIND_BLOB, chart.repository.name, digest)
    if row is None:
        raise BlobUnknown(f"the blob {digest} of {quoted(chart.live.file_name)} is gone")
    return StoredBlob(Digest(digest), row[0], row[2])


async def _seen(registry: Registry, actor: Actor, prefix: str) -> Sequence[ChartRepository]:
    def read(tx: Connection) -> Sequence[ChartRepository]:
        found = charts.chart_repositories(tx, actor, prefix)
        if not found:
            _require_insight(tx, registry, actor, prefix)
        return found

    _require_accepted(registry, actor)
    found = await registry.db.read(read)
    return sorted(found, key=lambda repository: repository.id)


def _require_accepted(registry: Registry, actor: Actor) -> None:
    if actor.rejected is not None:
        raise Unauthorized(actor.rejected)
    if actor.user_id is None and not registry.rules.anonymous_access:
        raise Unauthorized("anonymous access is off: log in")


def _require_insight(tx: Connection, registry: Registry, actor: Actor, prefix: str) -> None:
    """Raises where the caller sees nothing: missing and forbidden answer alike."""
    _require_accepted(registry, actor)
    if charts.sees_any(tx, actor, prefix) or _is_at_home(tx, actor, prefix):
        return
    raise _unknown(actor, prefix)


def _is_at_home(tx: Connection, actor: Actor, prefix: str) -> bool:
    """Whether the namespace, which may be empty, is the caller's own or his organization's."""
    if actor.user_id is None:
        return False
    if not prefix:
        return True
    place = permissions.find_place(tx, actor, prefix.partition("/")[0])
    return place is not None and place.team_role is not None


def _unknown(actor: Actor, prefix: str) -> RegistryError:
    if actor.user_id is None:
        return Unauthorized(f"{prefix or 'the index'} needs a login, or it does not exist")
    return NameUnknown(f"no repository {prefix}, or nothing in it that {actor.name} may see")


async def _ready(registry: Registry, prefix: str, seen: Sequence[ChartRepository]) -> ReadyIndex:
    key, revisions = _key(prefix, seen), tuple(one.revision for one in seen)
    cache, now_ms = registry.charts, registry.now_ms()
    async with cache.making:
        ready = cache.indexes.find(key)
        if ready is not None and ready.is_good(revisions, now_ms):
            return ready
        held = await _held(registry, seen, now_ms)
        listing = await asyncio.to_thread(listing_of, held, prefix)
        ends = [one.expires_ms for one in held if one.expires_ms is not None]
        taken = tuple(one.repository.revision for one in held)
        ready = ReadyIndex(listing, taken, min(ends, default=None))
        cache.indexes.keep(key, ready)
        return ready


async def _held(
    registry: Registry, seen: Sequence[ChartRepository], now_ms: int
) -> list[RepositoryCharts]:
    """The charts of each repository; only those that have changed are asked for."""
    found: dict[int, RepositoryCharts] = {}
    for one in seen:
        known = registry.charts.repositories.find(one.id)
        if known is not None and known.is_good(one.revision, now_ms):
            found[one.id] = known
    missing = {one.id: one for one in seen if one.id not in found}
    if missing:
        rows = await registry.db.read(lambda tx: charts.live_charts(tx, missing, now_ms))
        by_id: dict[int, list[charts.LiveChart]] = {}
        for row in rows:
            by_id.setdefault(row.repository_id, []).append(row)
        for number, repository in missing.items():
            fresh = RepositoryCharts.of(repository, by_id.get(number, []))
            registry.charts.repositories.keep(number, fresh)
            found[number] = fresh
    return [found[one.id] for one in seen]


def _key(prefix: str, seen: Sequence[ChartRepository]) -> tuple[object, ...]:
    return (prefix, *(one.id for one in seen))
