"""Tag `team`: an organization's teams."""

from __future__ import annotations

from typing import Annotated, NotRequired

from fastapi import APIRouter, Query
from pydantic import Field
from typing_extensions import TypedDict

from moorage.db.organizations import Member
from moorage.model.accounts import TeamRole
from moorage.model.errors import SwitchedOff
from moorage.registry import access, teams
from moorage.web.api.answers import (
    LONG_PAGE,
    Avatar,
    Body,
    Name,
    Text,
    after_name,
    avatar,
    name_token,
    user_avatar,
)
from moorage.web.api.call import Caller

router = APIRouter(tags=["team"])
TEAM = "/organization/{orgname}/team/{teamname}"


class TeamDescription(Body):
    role: Annotated[TeamRole, Field(strict=False)]
    description: Text | None = None


class TeamAnswer(TypedDict):
    name: str
    description: str
    can_view: bool
    role: str
    avatar: Avatar
    new_team: bool


class TeamMember(TypedDict):
    name: str
    kind: str
    is_robot: bool
    avatar: Avatar
    invited: bool


class TeamMembers(TypedDict):
    name: str
    members: list[TeamMember]
    can_edit: bool
    next_page: NotRequired[str]


class RepositoryRef(TypedDict):
    name: str
    namespace: str
    is_public: bool


class TeamPermission(TypedDict):
    repository: RepositoryRef
    role: str


class TeamPermissions(TypedDict):
    permissions: list[TeamPermission]


@router.put(TEAM, response_model=TeamAnswer)
async def put_team(
    call: Caller, orgname: Name, teamname: Name, body: TeamDescription
) -> TeamAnswer:
    """Create a team, or change its role and description."""
    team, is_new = await teams.put_team(
        call.registry, call.actor, orgname, teamname, body.role, body.description
    )
    return {
        "name": team.name,
        "description": team.description,
        "can_view": True,
        "role": str(team.role),
        "avatar": avatar(team.name, "team"),
        "new_team": is_new,
    }


@router.delete(TEAM, status_code=204)
async def remove_team(call: Caller, orgname: Name, teamname: Name) -> None:
    await teams.remove_team(call.registry, call.actor, orgname, teamname)


@router.get(TEAM + "/members", response_model=TeamMembers)
async def list_members(
    call: Caller,
    orgname: Name,
    teamname: Name,
    limit: Annotated[int, Query(ge=1, le=LONG_PAGE)] = LONG_PAGE,
    next_page: str | None = None,
) -> TeamMembers:
    """Members, users and robots. (Invitations do not exist: members are added at once.)"""
    last = after_name(call.registry.sealer, next_page)
    found = await teams.list_members(call.registry, call.actor, orgname, teamname, last, limit + 1)
    answer: TeamMembers = {
        "name": found.team,
        "members": [_member(member) for member in found.members[:limit]],
        "can_edit": found.can_edit,
    }
    if len(found.members) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found.members[limit - 1].name)
    return answer


@router.put(TEAM + "/members/{membername}", response_model=TeamMember)
async def add_member(call: Caller, orgname: Name, teamname: Name, membername: Name) -> TeamMember:
    added = await teams.add_member(call.registry, call.actor, orgname, teamname, membername)
    return _member(added)


@router.delete(TEAM + "/members/{membername}", status_code=204)
async def remove_member(call: Caller, orgname: Name, teamname: Name, membername: Name) -> None:
    await teams.remove_member(call.registry, call.actor, orgname, teamname, membername)


@router.get(TEAM + "/permissions", response_model=TeamPermissions)
async def list_permissions(call: Caller, orgname: Name, teamname: Name) -> TeamPermissions:
    """The repositories where the team has a role."""
    found = await teams.list_permissions(call.registry, call.actor, orgname, teamname, LONG_PAGE)
    return {
        "permissions": [
            {
                "repository": {
                    "name": name.partition("/")[2],
                    "namespace": name.partition("/")[0],
                    "is_public": visibility == "public",
                },
                "role": str(role),
            }
            for name, visibility, role in found
        ]
    }


@router.post(TEAM + "/syncing", include_in_schema=False)
@router.delete(TEAM + "/syncing", include_in_schema=False)
async def sync_team(call: Caller, orgname: Name, teamname: Name) -> None:
    access.require_login(call.actor)
    raise SwitchedOff("team syncing is not switched on (FEATURE_TEAM_SYNCING)")


def _member(member: Member) -> TeamMember:
    return {
        "name": member.name,
        "kind": "user",
        "is_robot": member.is_robot,
        "avatar": user_avatar(member.name, member.is_robot),
        "invited": False,
    }
