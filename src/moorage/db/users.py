"""Users with their details, enabled or not, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from moorage.db import schema
from moorage.db.accounts_schema import robots

_n, _u = schema.namespaces.c, schema.users.c


@dataclass(frozen=True, slots=True)
class UserDetails:
    id: int
    name: str
    email: str
    is_superuser: bool
    is_enabled: bool
    is_robot: bool
    company: str | None
    family_name: str | None
    given_name: str | None
    location: str | None
    tag_expiration_seconds: int | None


def find_details(tx: Connection, name: str) -> UserDetails | None:
    """A user, enabled or not; never a robot."""
    row = tx.execute(_DETAILS.where(_n.name == name, robots.c.id.is_(None))).first()
    return _details(row) if row else None


def list_details(
    tx: Connection, last: str, limit: int, *, with_disabled: bool
) -> list[UserDetails]:
    query = _DETAILS.where(robots.c.id.is_(None), _n.name > last).order_by(_n.name).limit(limit)
    if not with_disabled:
        query = query.where(_u.is_enabled)
    return [_details(row) for row in tx.execute(query)]


def update_user(tx: Connection, user_id: int, values: dict[str, Any]) -> None:
    if values:
        tx.execute(update(schema.users).where(_u.id == user_id).values(**values))


_DETAILS = (
    select(
        _n.id,
        _n.name,
        _u.email,
        _u.is_superuser,
        _u.is_enabled,
        robots.c.id.is_not(None),
        _u.company,
        _u.family_name,
        _u.given_name,
        _u.location,
        _n.tag_expiration_seconds,
    )
    .select_from(schema.users)
    .join(schema.namespaces, _n.id == _u.id)
    .outerjoin(robots, robots.c.id == _u.id)
)


def _details(row: Any) -> UserDetails:
    return UserDetails(*row[:11])
