"""Charts as rows, and the live ones that a caller may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, select

from moorage.charts.description import Description, Unlisted
from moorage.db import schema
from moorage.db.charts_schema import charts
from moorage.db.engine import Statement, insert_new
from moorage.db.manifests import is_live
from moorage.db.permissions import visible_to
from moorage.model.accounts import Actor

_c, _r, _m, _t = charts.c, schema.repositories.c, schema.manifests.c, schema.tags.c
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ChartRepository:
    """A repository with charts. Its charts are the same as long as its revision is."""

    id: int
    name: str
    revision: int


@dataclass(frozen=True, slots=True)
class LiveChart:
    """A chart that a tag names now. `entry` are the keys of Chart.yaml as a JSON object."""

    manifest_id: int
    repository_id: int
    name: str
    version: str
    version_key: str
    file_name: str
    archive_digest: str
    provenance_digest: str | None
    entry: str
    created_ms: int
    tag: str
    tagged_ms: int
    expires_ms: int | None


PULL_BY_LEGACY_DIGEST = Statement(
    select(_m.digest, _m.media_type, _m.raw)
    .select_from(schema.repositories)
    .join(charts, _c.repository_id == _r.id)
    .join(schema.manifests, _m.id == _c.manifest_id)
    .where(
        _r.name == bindparam("name"),
        _c.legacy_digest == bindparam("digest"),
        _m.deleted_ms.is_(None),
    ),
    "name",
    "digest",
)
"""The manifest whose legacy form has the digest, with digest, media type and bytes of its own."""


def add_chart(
    tx: Connection,
    repository_id: int,
    manifest_id: int,
    found: Description | Unlisted,
    now_ms: int,
) -> bool:
    """False where the manifest was read before."""
    values: dict[str, object] = {}
    match found:
        case Unlisted():
            values = {"problem": found.problem}
        case Description():
            values = {
                "name": found.metadata.name,
                "version": found.metadata.version,
                "version_key": found.version_key,
                "file_name": found.file_name,
                "archive_digest": found.archive.digest,
                "archive_bytes": found.archive.size_bytes,
                "provenance_digest": found.provenance.digest if found.provenance else None,
                "legacy_digest": found.legacy_digest,
                "entry": found.entry,
            }
    key = {"manifest_id": manifest_id, "repository_id": repository_id, "created_ms": now_ms}
    return insert_new(tx, charts, **key, **values)


@dataclass(frozen=True, slots=True)
class UnreadChart:
    manifest_id: int
    repository_id: int
    repository: str
    digest: str
    raw: bytes
    media_type: str
    created_ms: int


def unread_charts(tx: Connection, after_id: int, limit: int) -> list[UnreadChart]:
    """Manifests with Helm's config type that nobody read, in the order of their ids."""
    rows = tx.execute(
        select(_m.id, _m.repository_id, _r.name, _m.digest, _m.raw, _m.media_type, _m.created_ms)
        .join(schema.repositories, _r.id == _m.repository_id)
        .where(
            # As in the index's own condition: a bound value would keep the planner from it.
            schema.IS_CHART,
            _m.id > after_id,
            ~exists(select(1).where(_c.manifest_id == _m.id)),
        )
        .order_by(_m.id)
        .limit(limit)
    )
    return [UnreadChart(*row) for row in rows]


def chart_repositories(tx: Connection, actor: Actor, prefix: str) -> list[ChartRepository]:
    """Repositories below `prefix` (all of them where it is empty) that hold charts."""
    rows = tx.execute(
        select(_r.id, _r.name, _r.revision).where(
            visible_to(actor), _below(prefix), exists(select(1).where(_c.repository_id == _r.id))
        )
    )
    return [ChartRepository(*row) for row in rows]


def sees_any(tx: Connection, actor: Actor, prefix: str) -> bool:
    """Whether the caller sees a repository below `prefix`, with charts or without."""
    query = select(_r.id).where(visible_to(actor), _below(prefix)).limit(1)
    return tx.execute(query).first() is not None


def live_charts(tx: Connection, repository_ids: Iterable[int], now_ms: int) -> list[LiveChart]:
    """Every live tag on a chart that can be listed."""
    wanted, found = list(repository_ids), list[LiveChart]()
    for start in range(0, len(wanted), AT_ONCE):
        chunk = wanted[start : start + AT_ONCE]
        rows = tx.execute(_LIVE.where(_t.repository_id.in_(chunk), is_live(now_ms)))
        found += [LiveChart(*row) for row in rows]
    return found


def find_files(
    tx: Connection, actor: Actor, prefix: str, file_name: str, now_ms: int
) -> list[tuple[ChartRepository, LiveChart]]:
    """Every visible live chart below `prefix` whose archive has this name."""
    return _found(tx, _seen(actor, prefix, now_ms).where(_c.file_name == file_name))


def find_by_archive(
    tx: Connection, actor: Actor, prefix: str, digest: str, now_ms: int
) -> list[tuple[ChartRepository, LiveChart]]:
    """The same by the archive's digest."""
    return _found(tx, _seen(actor, prefix, now_ms).where(_c.archive_digest == digest))


def is_tagged(tx: Connection, repository_id: int, tag: str, now_ms: int) -> bool:
    query = select(_t.id).where(_t.repository_id == repository_id, _t.name == tag, is_live(now_ms))
    return tx.execute(query.limit(1)).first() is not None


def is_tag_of(tx: Connection, repository_id: int, tag: str, manifest_id: int) -> bool:
    query = select(_t.manifest_id).where(
        _t.repository_id == repository_id, _t.name == tag, _t.ended_ms.is_(None)
    )
    return tx.scalar(query) == manifest_id


def digests_of(
    tx: Connection, repository_id: int, name: str, version: str, now_ms: int
) -> list[str]:
    """The tagged manifests of the repository that are this version of the chart."""
    query = (
        select(_m.digest)
        .join(charts, _c.manifest_id == _m.id)
        .join(schema.tags, _t.manifest_id == _m.id)
        .where(
            _t.repository_id == repository_id,
            _c.name == name,
            _c.version == version,
            is_live(now_ms),
        )
        .distinct()
    )
    return list(tx.execute(query).scalars())


def _seen(actor: Actor, prefix: str, now_ms: int) -> Select[Any]:
    return (
        _LIVE.add_columns(_r.name, _r.revision)
        .join(schema.repositories, _r.id == _t.repository_id)
        .where(visible_to(actor), _below(prefix), is_live(now_ms))
    )


def _found(tx: Connection, query: Select[Any]) -> list[tuple[ChartRepository, LiveChart]]:
    found = []
    for row in tx.execute(query):
        *chart, name, revision = tuple(row)
        live = LiveChart(*chart)
        found.append((ChartRepository(live.repository_id, name, revision), live))
    return found


def _below(prefix: str) -> ColumnElement[bool]:
    """The names lie side by side in the index; "0" is the sign after "/"."""
    return and_(_r.name > f"{prefix}/", _r.name < f"{prefix}0") if prefix else _r.name > ""


_LIVE: Select[Any] = (
    select(
        _c.manifest_id,
        _c.repository_id,
        _c.name,
        _c.version,
        _c.version_key,
        _c.file_name,
        _c.archive_digest,
        _c.provenance_digest,
        _c.entry,
        _c.created_ms,
        _t.name,
        _t.started_ms,
        _t.expires_ms,
    )
    .select_from(schema.tags)
    .join(charts, _c.manifest_id == _t.manifest_id)
    .where(_c.problem.is_(None))
)
