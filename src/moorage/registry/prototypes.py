"""Default permissions (prototypes): what an organization grants on every new repository."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection

from moorage.db import logs, organizations, prototypes
from moorage.db.organizations import Member
from moorage.db.prototypes import Prototype
from moorage.model.accounts import Actor, Role, TeamRole
from moorage.model.errors import NotFound
from moorage.oci.errors import RequestInvalid, quoted
from moorage.registry import access, audit
from moorage.registry.context import Registry
from moorage.registry.permissions import require_user


async def list_prototypes(
    registry: Registry, actor: Actor, organization: str, last: str, limit: int
) -> tuple[list[Prototype], set[int]]:
    """Default permissions, and who of those they name belongs to the organization."""

    def read(tx: Connection) -> tuple[list[Prototype], set[int]]:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        found = prototypes.list_prototypes(tx, place.id, last, limit)
        return found, organizations.members_in(tx, place.id, _named(found))

    return await registry.db.read(read)


async def create_prototype(
    registry: Registry,
    actor: Actor,
    organization: str,
    role: Role,
    *,
    user: str | None,
    team: str | None,
    activating: str | None,
) -> tuple[Prototype, set[int]]:
    prototype_id, now_ms = str(uuid.uuid4()), registry.now_ms()

    def write(tx: Connection) -> tuple[Prototype, set[int]]:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        found_team = organizations.find_team(tx, place.id, team) if team is not None else None
        if team is not None and found_team is None:
            raise RequestInvalid(f"No team {quoted(team)} in organization {organization}")
        delegate = require_user(tx, user) if user is not None else None
        creator = require_user(tx, activating) if activating is not None else None
        prototypes.add_prototype(
            tx,
            prototype_id,
            place.id,
            role,
            activating_user_id=creator.id if creator else None,
            user_id=delegate.id if delegate else None,
            team_id=found_team.id if found_team else None,
        )
        _log_prototype(
            tx, actor, (place.id, place.name), "create_prototype_permission", now_ms, prototype_id
        )
        return _prototype(tx, place.id, prototype_id)

    return await registry.db.write(write)


async def set_prototype_role(
    registry: Registry, actor: Actor, organization: str, prototype_id: str, role: Role
) -> tuple[Prototype, set[int]]:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> tuple[Prototype, set[int]]:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        _prototype(tx, place.id, prototype_id)
        prototypes.set_prototype_role(tx, prototype_id, role)
        _log_prototype(
            tx, actor, (place.id, place.name), "modify_prototype_permission", now_ms, prototype_id
        )
        return _prototype(tx, place.id, prototype_id)

    return await registry.db.write(write)


async def remove_prototype(
    registry: Registry, actor: Actor, organization: str, prototype_id: str
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        _prototype(tx, place.id, prototype_id)
        prototypes.remove_prototype(tx, prototype_id)
        _log_prototype(
            tx, actor, (place.id, place.name), "delete_prototype_permission", now_ms, prototype_id
        )

    await registry.db.write(write)


def _prototype(tx: Connection, namespace_id: int, prototype_id: str) -> tuple[Prototype, set[int]]:
    found = prototypes.find_prototype(tx, namespace_id, prototype_id)
    if found is None:
        raise NotFound("Not Found")
    return found, organizations.members_in(tx, namespace_id, _named([found]))


def _named(found: list[Prototype]) -> list[int]:
    people: list[Member | None] = [one.user for one in found]
    people += [one.activating for one in found]
    return [person.id for person in people if person is not None]


def _log_prototype(
    tx: Connection,
    actor: Actor,
    place: tuple[int, str],
    kind: str,
    now_ms: int,
    prototype_id: str,
) -> None:
    line = audit.line(actor, kind, now_ms, namespace=place, prototype_id=prototype_id)
    logs.add_lines(tx, [line])
