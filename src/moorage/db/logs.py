"""The usage log and the pull counts as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    func,
    literal_column,
    select,
    tuple_,
    update,
)

from moorage.db import schema
from moorage.db.accounts_schema import app_tokens, oauth_tokens

_l = schema.logs.c
_pulls = schema.repository_pulls.c
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class LogLine:
    """Who did what, with which credential, from where. Names stay when what they name is gone."""

    kind: str
    created_ms: int
    namespace_id: int | None = None
    namespace: str | None = None
    repository_id: int | None = None
    performer_id: int | None = None
    performer: str | None = None
    address: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    id: int = 0


class LogRow(NamedTuple):
    """A line as the columns hold it, without its time."""

    kind: str
    namespace_id: int | None
    namespace: str | None
    repository_id: int | None
    performer_id: int | None
    performer: str | None
    address: str
    metadata_json: str


_COLUMNS = ("created_ms", *LogRow._fields)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines: of a namespace, a repository, or all; from start to end (ms)."""

    start_ms: int
    end_ms: int
    namespace_id: int | None = None
    repository_id: int | None = None


def add_lines(tx: Connection, lines: Iterable[LogLine]) -> None:
    add_rows(tx, [(line.created_ms, *row_of(line)) for line in lines])


def row_of(line: LogLine) -> LogRow:
    return LogRow(
        line.kind,
        line.namespace_id,
        line.namespace,
        line.repository_id,
        line.performer_id,
        line.performer,
        line.address,
        json.dumps(line.metadata, separators=(",", ":"), default=str),
    )


def add_rows(tx: Connection, rows: list[tuple[Any, ...]]) -> None:
    """Times with their `LogRow`s, given to the driver as they are: there may be many."""
    if rows:
        places = _places(tx, len(_COLUMNS))
        tx.exec_driver_sql(f"INSERT INTO logs ({','.join(_COLUMNS)}) VALUES ({places})", rows)


def _places(tx: Connection, count: int) -> str:
    """The driver's own parameters, by place."""
    sign = "$" if tx.dialect.name == "postgresql" else "?"
    return ",".join(f"{sign}{number}" for number in range(1, count + 1))


def list_lines(
    tx: Connection, wanted: LogFilter, before: tuple[int, int] | None, limit: int
) -> list[LogLine]:
    """The newest first; `before` is time and id of the last line of the page before."""
    query = (
        select(
            _l.kind,
            _l.created_ms,
            _l.namespace_id,
            _l.namespace,
            _l.repository_id,
            _l.performer_id,
            _l.performer,
            _l.address,
            _l.metadata_json,
            _l.id,
        )
        .where(*_conditions(wanted))
        .order_by(_l.created_ms.desc(), _l.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(_l.created_ms, _l.id) < tuple_(*before))
    return [
        LogLine(*row[:8], metadata=json.loads(row.metadata_json), id=row.id)
        for row in tx.execute(query)
    ]


def count_by_day(tx: Connection, wanted: LogFilter) -> list[tuple[str, int, int]]:
    """Kind, count and day (days since 1970) of the lines."""
    # Whole days: SQLAlchemy's `/` would divide exactly, the databases' own does not.
    day: ColumnElement[int] = _l.created_ms.op("/")(literal_column(str(DAY_MS)))
    rows = tx.execute(
        select(_l.kind, func.count().label("count"), day.label("day"))
        .where(*_conditions(wanted))
        .group_by(_l.kind, day)
        .order_by(day, _l.kind)
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


def has_lines_before(tx: Connection, limit_ms: int) -> bool:
    return tx.execute(select(_l.id).where(_l.created_ms < limit_ms).limit(1)).first() is not None


def remove_lines_before(tx: Connection, limit_ms: int, most: int) -> int:
    """Delete up to `most` of the oldest lines that are older than `limit_ms`."""
    old = select(_l.id).where(_l.created_ms < limit_ms).order_by(_l.created_ms).limit(most)
    return tx.execute(delete(schema.logs).where(_l.id.in_(old))).rowcount


def count_pulls(tx: Connection, counted: Mapping[tuple[int, int], int]) -> None:
    """Add to the counts by repository and day.

    In one order for all workers: two that count the same repositories would deadlock.
    """
    if counted:
        tx.exec_driver_sql(
            "INSERT INTO repository_pulls (repository_id, day, count) "
            f"VALUES ({_places(tx, 3)}) ON CONFLICT (repository_id, day) "
            "DO UPDATE SET count = repository_pulls.count + excluded.count",
            [(*key, count) for key, count in sorted(counted.items())],
        )


def pulls_by_day(tx: Connection, repository_id: int, since_day: int) -> dict[int, int]:
    rows = tx.execute(
        select(_pulls.day, _pulls["count"]).where(
            _pulls.repository_id == repository_id, _pulls.day >= since_day
        )
    )
    return {row[0]: row[1] for row in rows}


def pulls_since(tx: Connection, repository_ids: list[int], since_day: int) -> dict[int, int]:
    """How often each repository was pulled since a day."""
    rows = tx.execute(
        select(_pulls.repository_id, func.sum(_pulls["count"]))
        .where(_pulls.repository_id.in_(repository_ids), _pulls.day >= since_day)
        .group_by(_pulls.repository_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def note_accesses(
    tx: Connection,
    users: dict[int, int],
    app_token_ids: dict[str, int],
    oauth_token_ids: dict[str, int],
) -> None:
    """When users and robots, app tokens and OAuth tokens were last used (ms)."""
    for user_id, at_ms in sorted(users.items()):
        tx.execute(
            update(schema.users).where(schema.users.c.id == user_id).values(last_accessed_ms=at_ms)
        )
    for token_id, at_ms in sorted(app_token_ids.items()):
        query = update(app_tokens).where(app_tokens.c.id == token_id)
        tx.execute(query.values(last_accessed_ms=at_ms))
    for token_id, at_ms in sorted(oauth_token_ids.items()):
        query = update(oauth_tokens).where(oauth_tokens.c.id == token_id)
        tx.execute(query.values(last_accessed_ms=at_ms))


def _conditions(wanted: LogFilter) -> list[ColumnElement[bool]]:
    found = [_l.created_ms >= wanted.start_ms, _l.created_ms < wanted.end_ms]
    if wanted.namespace_id is not None:
        found.append(_l.namespace_id == wanted.namespace_id)
    if wanted.repository_id is not None:
        found.append(_l.repository_id == wanted.repository_id)
    return found
