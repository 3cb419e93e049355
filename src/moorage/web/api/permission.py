"""Tag `permission`: who may do what in a repository."""

from __future__ import annotations

from typing import Annotated, NotRequired

from fastapi import APIRouter, Query
from pydantic import Field
from typing_extensions import TypedDict

from moorage.db.permissions import Permission
from moorage.model.accounts import Role
from moorage.oci.name import RepositoryName
from moorage.registry import permissions
from moorage.registry.permissions import UserPermission
from moorage.web.api.answers import (
    LONG_PAGE,
    Avatar,
    Body,
    Name,
    after_id,
    avatar,
    id_token,
    user_avatar,
)
from moorage.web.api.call import Caller

router = APIRouter(tags=["permission"])
USERS = "/repository/{repository:path}/permissions/user"
TEAMS = "/repository/{repository:path}/permissions/team"
Limit = Annotated[int, Query(ge=1, le=LONG_PAGE)]


class NewRole(Body):
    role: Annotated[Role, Field(strict=False)]


class UserRole(TypedDict):
    role: str
    name: str
    is_robot: bool
    avatar: Avatar
    is_org_member: bool


class TeamRoleView(TypedDict):
    role: str
    name: str
    avatar: Avatar


class OnlyRole(TypedDict):
    role: str


class UserRoles(TypedDict):
    permissions: dict[str, UserRole]
    next_page: NotRequired[str]


class TeamRoles(TypedDict):
    permissions: dict[str, TeamRoleView]
    next_page: NotRequired[str]


@router.get(USERS, response_model=UserRoles)
async def list_users(
    call: Caller, repository: str, limit: Limit = LONG_PAGE, next_page: str | None = None
) -> UserRoles:
    last_id = after_id(call.registry.sealer, next_page)
    found = await permissions.list_user_permissions(
        call.registry, call.actor, RepositoryName.parse(repository), last_id, limit + 1
    )
    answer: UserRoles = {"permissions": {u.permission.name: _user(u) for u in found[:limit]}}
    if len(found) > limit:
        last_id = found[limit - 1].permission.holder_id
        answer["next_page"] = id_token(call.registry.sealer, last_id)
    return answer


@router.get(USERS + "/{username}", response_model=UserRole)
async def get_user(call: Caller, repository: str, username: Name) -> UserRole:
    found = await permissions.get_user_permission(
        call.registry, call.actor, RepositoryName.parse(repository), username
    )
    return _user(found)


@router.put(USERS + "/{username}", response_model=UserRole)
async def put_user(call: Caller, repository: str, username: Name, body: NewRole) -> UserRole:
    """Give a user or a robot of the namespace a role."""
    found = await permissions.set_user_permission(
        call.registry, call.actor, RepositoryName.parse(repository), username, body.role
    )
    return _user(found)


@router.delete(USERS + "/{username}", status_code=204)
async def remove_user(call: Caller, repository: str, username: Name) -> None:
    await permissions.remove_user_permission(
        call.registry, call.actor, RepositoryName.parse(repository), username
    )


@router.get(TEAMS, response_model=TeamRoles)
async def list_teams(
    call: Caller, repository: str, limit: Limit = LONG_PAGE, next_page: str | None = None
) -> TeamRoles:
    last_id = after_id(call.registry.sealer, next_page)
    found = await permissions.list_team_permissions(
        call.registry, call.actor, RepositoryName.parse(repository), last_id, limit + 1
    )
    answer: TeamRoles = {"permissions": {one.name: _team(one) for one in found[:limit]}}
    if len(found) > limit:
        answer["next_page"] = id_token(call.registry.sealer, found[limit - 1].holder_id)
    return answer


@router.get(TEAMS + "/{teamname}", response_model=OnlyRole)
async def get_team(call: Caller, repository: str, teamname: Name) -> OnlyRole:
    role = await permissions.get_team_permission(
        call.registry, call.actor, RepositoryName.parse(repository), teamname
    )
    return {"role": str(role)}


@router.put(TEAMS + "/{teamname}", response_model=TeamRoleView)
async def put_team(call: Caller, repository: str, teamname: Name, body: NewRole) -> TeamRoleView:
    await permissions.set_team_permission(
        call.registry, call.actor, RepositoryName.parse(repository), teamname, body.role
    )
    return _team(Permission(0, teamname, body.role))


@router.delete(TEAMS + "/{teamname}", status_code=204)
async def remove_team(call: Caller, repository: str, teamname: Name) -> None:
    await permissions.remove_team_permission(
        call.registry, call.actor, RepositoryName.parse(repository), teamname
    )


def _user(found: UserPermission) -> UserRole:
    held = found.permission
    return {
        "role": str(held.role),
        "name": held.name,
        "is_robot": held.is_robot,
        "avatar": user_avatar(held.name, held.is_robot),
        "is_org_member": found.is_member,
    }


def _team(held: Permission) -> TeamRoleView:
    return {"role": str(held.role), "name": held.name, "avatar": avatar(held.name, "team")}
