"""Roles of users, robots and teams in a repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from moorage.db import accounts, logs, organizations
from moorage.db import permissions as rows
from moorage.db.permissions import Held, Permission
from moorage.model.accounts import Actor, Role, User
from moorage.oci.errors import RequestInvalid, quoted
from moorage.oci.name import RepositoryName
from moorage.registry import access, audit
from moorage.registry.context import Registry

NO_USER_PERMISSION = "User does not have permission for repo."
NO_TEAM_PERMISSION = "Team does not have permission for repo."


@dataclass(frozen=True, slots=True)
class UserPermission:
    permission: Permission
    is_member: bool
    """In a team of the organization, or one of its robots."""


async def list_user_permissions(
    registry: Registry, actor: Actor, name: RepositoryName, last_id: int, limit: int
) -> list[UserPermission]:
    def read(tx: Connection) -> list[UserPermission]:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        found = rows.list_user_roles(tx, held.id, last_id, limit)
        members = organizations.members_in(tx, held.namespace_id, [one.holder_id for one in found])
        return [UserPermission(one, one.holder_id in members) for one in found]

    return await registry.db.read(read)


async def list_team_permissions(
    registry: Registry, actor: Actor, name: RepositoryName, last_id: int, limit: int
) -> list[Permission]:
    def read(tx: Connection) -> list[Permission]:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        return rows.list_team_roles(tx, held.id, last_id, limit)

    return await registry.db.read(read)


async def get_user_permission(
    registry: Registry, actor: Actor, name: RepositoryName, holder: str
) -> UserPermission:
    def read(tx: Connection) -> UserPermission:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        user = require_user(tx, holder)
        role = rows.find_user_role(tx, held.id, user.id)
        if role is None:
            raise RequestInvalid(NO_USER_PERMISSION)
        return _view(tx, held, user, role)

    return await registry.db.read(read)


async def get_team_permission(
    registry: Registry, actor: Actor, name: RepositoryName, team: str
) -> Role:
    def read(tx: Connection) -> Role:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        found = organizations.find_team(tx, held.namespace_id, team)
        role = rows.find_team_role(tx, held.id, found.id) if found is not None else None
        if role is None:
            raise RequestInvalid(NO_TEAM_PERMISSION)
        return role

    return await registry.db.read(read)


async def set_user_permission(
    registry: Registry, actor: Actor, name: RepositoryName, holder: str, role: Role
) -> UserPermission:
    """Raises RequestInvalid for somebody else's robot."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> UserPermission:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        user = require_user(tx, holder)
        if user.is_robot and user.name.partition("+")[0] != name.namespace:
            raise RequestInvalid(f"{quoted(holder)} is not a robot of {name.namespace}")
        rows.set_role(tx, held.id, role, user_id=user.id)
        _log(tx, actor, held, "change_repo_permission", now_ms, username=holder, role=role)
        return _view(tx, held, user, role)

    answer = await registry.db.write(write)
    registry.revocations.note()
    return answer


async def set_team_permission(
    registry: Registry, actor: Actor, name: RepositoryName, team: str, role: Role
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        found = organizations.find_team(tx, held.namespace_id, team)
        if found is None:
            raise RequestInvalid(f"No team {quoted(team)} in organization {name.namespace}")
        rows.set_role(tx, held.id, role, team_id=found.id)
        _log(tx, actor, held, "change_repo_permission", now_ms, team=team, role=role)

    await registry.db.write(write)
    registry.revocations.note()


async def remove_user_permission(
    registry: Registry, actor: Actor, name: RepositoryName, holder: str
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        user = require_user(tx, holder)
        if not rows.remove_role(tx, held.id, user_id=user.id):
            raise RequestInvalid(NO_USER_PERMISSION)
        _log(tx, actor, held, "delete_repo_permission", now_ms, username=holder)

    await registry.db.write(write)
    registry.revocations.note()


async def remove_team_permission(
    registry: Registry, actor: Actor, name: RepositoryName, team: str
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        found = organizations.find_team(tx, held.namespace_id, team)
        if found is None or not rows.remove_role(tx, held.id, team_id=found.id):
            raise RequestInvalid(NO_TEAM_PERMISSION)
        _log(tx, actor, held, "delete_repo_permission", now_ms, team=team)

    await registry.db.write(write)
    registry.revocations.note()


def require_user(tx: Connection, name: str) -> User:
    found = accounts.find_user(tx, name)
    if found is None:
        raise RequestInvalid(f"User {quoted(name)} not found")
    return found


def _view(tx: Connection, held: Held, user: User, role: Role) -> UserPermission:
    is_member = user.id in organizations.members_in(tx, held.namespace_id, [user.id])
    return UserPermission(Permission(user.id, user.name, role, user.is_robot), is_member)


def _log(tx: Connection, actor: Actor, held: Held, kind: str, now_ms: int, **what: Any) -> None:
    namespace, _, repo = held.name.partition("/")
    line = audit.line(
        actor,
        kind,
        now_ms,
        namespace=(held.namespace_id, namespace),
        repository_id=held.id,
        repo=repo,
        **what,
    )
    logs.add_lines(tx, [line])
