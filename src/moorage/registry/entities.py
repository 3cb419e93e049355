"""Finding users, robots, teams and organizations by the beginning of their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, or_

from moorage.db import entities, organizations, permissions
from moorage.model.accounts import Actor, TeamRole
from moorage.registry import access
from moorage.registry.context import Registry

FOUND = 10


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    kind: Literal["user", "org", "team", "robot"]
    is_member: bool
    """Of the namespace that was asked for."""


async def find_entities(
    registry: Registry,
    actor: Actor,
    prefix: str,
    namespace: str | None,
    *,
    with_teams: bool,
    with_organizations: bool,
) -> list[Entity]:
    """For those who are signed in. Robots and teams only of a namespace the caller administers."""
    if actor.user_id is None and actor.rejected is None and not with_teams:
        return []
    access.require_login(actor)

    def read(tx: Connection) -> list[Entity]:
        place = permissions.find_place(tx, actor, namespace) if namespace is not None else None
        is_admin = place is not None and place.team_role is TeamRole.ADMIN
        own = place.id if place is not None and is_admin else None
        condition = entities.owned_or_person(own)
        if with_organizations:
            known = access.knows_all_names(actor)
            condition = or_(condition, entities.organizations(None if known else actor))
        rows = entities.find_entities(tx, prefix, condition, FOUND)
        ids = [member.id for member, _ in rows]
        members = organizations.members_in(tx, place.id, ids) if place is not None else set()
        found: list[Entity] = []
        for member, is_organization in rows:
            kind: Literal["user", "org", "team", "robot"] = "robot" if member.is_robot else "user"
            is_own = place is not None and member.id == place.id
            found.append(
                Entity(
                    member.name,
                    "org" if is_organization else kind,
                    member.id in members or is_own,
                )
            )
        if with_teams and own is not None:
            teams = organizations.list_teams(tx, own, "", 10_000)
            names = [team.name for team in teams if team.name.startswith(prefix)]
            found += [Entity(name, "team", is_member=True) for name in names[:FOUND]]
        return found

    return await registry.db.read(read)
