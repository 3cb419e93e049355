"""Default permissions (prototypes): what a namespace grants on every new repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from moorage.db import schema
from moorage.db.accounts_schema import prototypes, robots
from moorage.db.organizations import Member
from moorage.model.accounts import Role

_c = prototypes.c


@dataclass(frozen=True, slots=True)
class Prototype:
    """Grants `role` to `user` or to the team named `team`; `activating` limits it to a creator."""

    id: str
    role: Role
    activating: Member | None
    user: Member | None
    team: str | None


def add_prototype(
    tx: Connection,
    prototype_id: str,
    namespace_id: int,
    role: Role,
    *,
    activating_user_id: int | None,
    user_id: int | None,
    team_id: int | None,
) -> None:
    tx.execute(
        insert(prototypes).values(
            id=prototype_id,
            namespace_id=namespace_id,
            activating_user_id=activating_user_id,
            user_id=user_id,
            team_id=team_id,
            role=role,
        )
    )


def list_prototypes(tx: Connection, namespace_id: int, last: str, limit: int) -> list[Prototype]:
    query = _PROTOTYPE.where(_c.namespace_id == namespace_id, _c.id > last)
    return [_prototype(row) for row in tx.execute(query.order_by(_c.id).limit(limit))]


def find_prototype(tx: Connection, namespace_id: int, prototype_id: str) -> Prototype | None:
    query = _PROTOTYPE.where(_c.namespace_id == namespace_id, _c.id == prototype_id)
    row = tx.execute(query).first()
    return _prototype(row) if row else None


def set_prototype_role(tx: Connection, prototype_id: str, role: Role) -> None:
    tx.execute(update(prototypes).where(_c.id == prototype_id).values(role=role))


def remove_prototype(tx: Connection, prototype_id: str) -> None:
    tx.execute(delete(prototypes).where(_c.id == prototype_id))


_activating = schema.namespaces.alias("activating")
_activating_robot = robots.alias("activating_robot")
_user = schema.namespaces.alias("delegate")
_robot = robots.alias("delegate_robot")
_PROTOTYPE = (
    select(
        _c.id,
        _c.role,
        _activating.c.id,
        _activating.c.name,
        _activating_robot.c.id.is_not(None),
        _user.c.id,
        _user.c.name,
        _robot.c.id.is_not(None),
        schema.teams.c.name,
    )
    .select_from(prototypes)
    .outerjoin(_activating, _activating.c.id == _c.activating_user_id)
    .outerjoin(_activating_robot, _activating_robot.c.id == _c.activating_user_id)
    .outerjoin(_user, _user.c.id == _c.user_id)
    .outerjoin(_robot, _robot.c.id == _c.user_id)
    .outerjoin(schema.teams, schema.teams.c.id == _c.team_id)
)


def _prototype(row: Any) -> Prototype:
    return Prototype(
        row[0],
        Role(row[1]),
        Member(*row[2:5]) if row[2] is not None else None,
        Member(*row[5:8]) if row[5] is not None else None,
        row[8],
    )
