"""Robot accounts as rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from moorage.db import schema
from moorage.db.accounts import create_namespace
from moorage.db.accounts_schema import robots

_n, _b = schema.namespaces.c, robots.c


@dataclass(frozen=True, slots=True)
class Robot:
    id: int
    name: str
    description: str
    metadata: dict[str, Any]
    token_sealed: str
    created_ms: int
    last_accessed_ms: int | None


_ROBOT = (
    select(
        _b.id,
        _n.name,
        _b.description,
        _b.metadata_json,
        _b.token_sealed,
        _n.created_ms,
        schema.users.c.last_accessed_ms,
    )
    .select_from(robots)
    .join(schema.namespaces, _n.id == _b.id)
    .join(schema.users, schema.users.c.id == _b.id)
)


def add_robot(
    tx: Connection,
    namespace: tuple[int, str],
    short_name: str,
    description: str,
    metadata: dict[str, Any],
    token: tuple[str, str],
    password_hash: str,
    now_ms: int,
) -> bool:
    """`token` is its hash and it sealed. False when there is a robot of that name."""
    robot_id = create_namespace(tx, f"{namespace[1]}+{short_name}", False, now_ms)
    if robot_id is None:
        return False
    tx.execute(
        insert(schema.users).values(
            id=robot_id, email="", password_hash=password_hash, is_superuser=False
        )
    )
    tx.execute(
        insert(robots).values(
            id=robot_id,
            namespace_id=namespace[0],
            short_name=short_name,
            description=description,
            metadata_json=json.dumps(metadata),
            token_hash=token[0],
            token_sealed=token[1],
        )
    )
    return True


def find_robot(tx: Connection, namespace_id: int, short_name: str) -> Robot | None:
    row = tx.execute(
        _ROBOT.where(_b.namespace_id == namespace_id, _b.short_name == short_name)
    ).first()
    return _robot(row) if row else None


def list_robots(tx: Connection, namespace_id: int, last: str, limit: int) -> list[Robot]:
    """In the order of their short names, after `last`."""
    query = (
        _ROBOT.where(_b.namespace_id == namespace_id, _b.short_name > last)
        .order_by(_b.short_name)
        .limit(limit)
    )
    return [_robot(row) for row in tx.execute(query)]


def set_token(tx: Connection, robot_id: int, token: tuple[str, str]) -> None:
    tx.execute(
        update(robots).where(_b.id == robot_id).values(token_hash=token[0], token_sealed=token[1])
    )


def remove_robot(tx: Connection, robot_id: int) -> None:
    tx.execute(delete(schema.namespaces).where(_n.id == robot_id))


def _robot(row: Any) -> Robot:
    return Robot(row[0], row[1], row[2], json.loads(row[3]), row[4], row[5], row[6])
