"""Teams and their members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from moorage.db import accounts, logs, organizations
from moorage.db import permissions as rows
from moorage.db.organizations import Member, Team
from moorage.db.permissions import Place
from moorage.model.accounts import Actor, Role, TeamRole
from moorage.model.content import Visibility
from moorage.model.errors import NotFound
from moorage.oci.errors import RequestInvalid, quoted
from moorage.registry import access, audit
from moorage.registry.context import Registry
from moorage.registry.users import require_name


@dataclass(frozen=True, slots=True)
class Members:
    team: str
    members: list[Member]
    can_edit: bool


async def put_team(
    registry: Registry,
    actor: Actor,
    organization: str,
    name: str,
    role: TeamRole,
    description: str | None,
) -> tuple[Team, bool]:
    """Create or change a team; whether it is new."""
    require_name(name)
    now_ms = registry.now_ms()

    def write(tx: Connection) -> tuple[Team, bool]:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        found = organizations.find_team(tx, place.id, name)
        if found is None:
            organizations.add_team(tx, place.id, name, role, description or "")
        else:
            if found.role is TeamRole.ADMIN and role is not TeamRole.ADMIN:
                _require_other_admins(tx, place, found)
            text = found.description if description is None else description
            organizations.update_team(tx, found.id, role, text)
        kind = "org_create_team" if found is None else "org_set_team_role"
        _log(tx, actor, place, kind, now_ms, team=name, role=str(role))
        team = organizations.find_team(tx, place.id, name)
        assert team is not None
        return team, found is None

    answer = await registry.db.write(write)
    registry.revocations.note()
    return answer


async def remove_team(registry: Registry, actor: Actor, organization: str, name: str) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place, team = _require_team(tx, registry, actor, organization, name)
        if team.role is TeamRole.ADMIN:
            _require_other_admins(tx, place, team)
        organizations.remove_team(tx, team.id)
        _log(tx, actor, place, "org_delete_team", now_ms, team=name)

    await registry.db.write(write)
    registry.revocations.note()


async def list_teams(
    registry: Registry, actor: Actor, organization: str, last: str, limit: int
) -> list[Team]:
    def read(tx: Connection) -> list[Team]:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        return organizations.list_teams(tx, place.id, last, limit)

    return await registry.db.read(read)


async def list_members(
    registry: Registry, actor: Actor, organization: str, name: str, last: str, limit: int
) -> Members:
    """For the organization's admins and the team's own members."""

    def read(tx: Connection) -> Members:
        place = access.require_place(tx, actor, organization, TeamRole.MEMBER)
        team = organizations.find_team(tx, place.id, name)
        is_admin = place.team_role is TeamRole.ADMIN
        if team is None:
            raise NotFound("Not Found")
        if not is_admin and not actor.reads_everything:
            mine = organizations.list_teams(tx, place.id, "", 10_000, actor.user_id)
            if team.id not in {one.id for one in mine}:
                raise NotFound("Not Found")
        return Members(name, organizations.list_members(tx, team.id, last, limit), is_admin)

    return await registry.db.read(read)


async def add_member(
    registry: Registry, actor: Actor, organization: str, name: str, member: str
) -> Member:
    """A user, or a robot of the organization."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> Member:
        place, team = _require_team(tx, registry, actor, organization, name)
        user = accounts.find_user(tx, member)
        if user is None:
            raise RequestInvalid("Unknown user")
        if user.is_robot and user.name.partition("+")[0] != organization:
            raise RequestInvalid(
                f"Cannot add robot {quoted(member)}: it is not one of {organization}'s"
            )
        organizations.add_member(tx, team.id, user.id)
        _log(tx, actor, place, "org_add_team_member", now_ms, team=name, member=member)
        return Member(user.id, user.name, user.is_robot)

    added = await registry.db.write(write)
    registry.revocations.note()
    return added


async def remove_member(
    registry: Registry, actor: Actor, organization: str, name: str, member: str
) -> None:
    """Raises RequestInvalid for the last admin: somebody must own an organization."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place, team = _require_team(tx, registry, actor, organization, name)
        user = accounts.find_user(tx, member)
        if user is None:
            raise RequestInvalid("Unknown user")
        is_last = team.role is TeamRole.ADMIN and organizations.count_members(tx, team.id) == 1
        if is_last:
            _require_other_admins(tx, place, team)
        if not organizations.remove_member(tx, team.id, user.id):
            raise RequestInvalid(f"User {member} does not belong to team {name}")
        _log(tx, actor, place, "org_remove_team_member", now_ms, team=name, member=member)

    await registry.db.write(write)
    registry.revocations.note()


async def list_permissions(
    registry: Registry, actor: Actor, organization: str, name: str, limit: int
) -> list[tuple[str, Visibility, Role]]:
    """The repositories where the team has a role."""

    def read(tx: Connection) -> list[tuple[str, Visibility, Role]]:
        _, team = _require_team(tx, registry, actor, organization, name)
        return rows.repositories_of(tx, team_id=team.id, limit=limit)

    return await registry.db.read(read)


def _require_team(
    tx: Connection, registry: Registry, actor: Actor, organization: str, name: str
) -> tuple[Place, Team]:
    place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
    team = organizations.find_team(tx, place.id, name)
    if team is None:
        raise NotFound("Not Found")
    return place, team


def _require_other_admins(tx: Connection, place: Place, team: Team) -> None:
    if not organizations.has_other_admin_team(tx, place.id, team.id):
        raise RequestInvalid(
            f"team {team.name} is the only one that administers {place.name}: give another team "
            "with members the role admin first"
        )


def _log(
    tx: Connection, actor: Actor, place: Place, kind: str, now_ms: int, **metadata: Any
) -> None:
    line = audit.line(actor, kind, now_ms, namespace=(place.id, place.name), **metadata)
    logs.add_lines(tx, [line])
