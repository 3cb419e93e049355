"""Tag `organization`: organizations, members, collaborators."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.db.organizations import Team
from moorage.model.accounts import TeamRole
from moorage.registry import organizations, teams
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
from moorage.web.api.call import Call, Caller

router = APIRouter(tags=["organization"])

Limit = Annotated[int, Query(ge=1, le=LONG_PAGE)]


class TeamView(TypedDict):
    name: str
    description: str
    role: str
    avatar: Avatar
    can_view: bool
    repo_count: int
    member_count: int
    is_synced: bool


class OrganizationView(TypedDict):
    name: str
    email: str
    avatar: Avatar
    is_admin: bool
    is_member: bool
    teams: NotRequired[dict[str, TeamView]]
    ordered_teams: NotRequired[list[str]]
    invoice_email: NotRequired[bool]
    invoice_email_address: NotRequired[str | None]
    tag_expiration_s: NotRequired[int]
    is_free_account: NotRequired[bool]
    contact_email: NotRequired[str]
    default_visibility: NotRequired[str]


class NewOrganization(Body):
    name: Text
    email: Text | None = None
    contact_email: Text | None = None


class OrganizationUpdate(Body):
    email: Text | None = None
    contact_email: Text | None = None
    tag_expiration_s: int | None = None
    default_visibility: Literal["public", "private"] | None = None
    """Of repositories made by a push: what Quay lacks."""


class TeamRef(TypedDict):
    name: str
    avatar: Avatar


class MemberView(TypedDict):
    name: str
    kind: str
    avatar: Avatar
    teams: NotRequired[list[TeamRef]]
    repositories: list[str]


class Members(TypedDict):
    members: list[MemberView]
    next_page: NotRequired[str]


class Collaborators(TypedDict):
    collaborators: list[MemberView]
    next_page: NotRequired[str]


class Teams(TypedDict):
    teams: list[TeamView]
    next_page: NotRequired[str]


@router.post("/organization", status_code=201, response_model=str)
async def create_organization(call: Caller, body: NewOrganization) -> str:
    """Create an organization that the caller owns."""
    await organizations.create_organization(
        call.registry, call.actor, body.name, body.email or "", body.contact_email
    )
    return "Created"


@router.get("/organization/{orgname}", response_model=OrganizationView)
async def get_organization(call: Caller, orgname: Name) -> OrganizationView:
    """An organization; its teams only for its members. The first 1000 teams, else see `/team`."""
    return await _answer(call, orgname)


@router.put("/organization/{orgname}", response_model=OrganizationView)
async def update_organization(
    call: Caller, orgname: Name, body: OrganizationUpdate
) -> OrganizationView:
    values: dict[str, Any] = body.model_dump(exclude_unset=True, exclude_none=True)
    if "tag_expiration_s" in values:
        values["tag_expiration_seconds"] = values.pop("tag_expiration_s")
    await organizations.update_organization(call.registry, call.actor, orgname, values)
    return await _answer(call, orgname)


@router.delete("/organization/{orgname}", status_code=204)
async def remove_organization(call: Caller, orgname: Name) -> None:
    """Delete an organization with everything in it."""
    await organizations.remove_organization(call.registry, call.actor, orgname)


@router.get("/organization/{orgname}/team", response_model=Teams)
async def list_teams(
    call: Caller, orgname: Name, limit: Limit = LONG_PAGE, next_page: str | None = None
) -> Teams:
    """All teams, page by page: what Quay lacks."""
    last = after_name(call.registry.sealer, next_page)
    found = await teams.list_teams(call.registry, call.actor, orgname, last, limit + 1)
    answer: Teams = {"teams": [team_view(team) for team in found[:limit]]}
    if len(found) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found[limit - 1].name)
    return answer


@router.get("/organization/{orgname}/members", response_model=Members)
async def list_members(
    call: Caller, orgname: Name, limit: Limit = LONG_PAGE, next_page: str | None = None
) -> Members:
    """Users in a team of the organization."""
    found, following = await _people(call, orgname, limit, next_page, in_teams=True)
    answer: Members = {"members": found}
    if following is not None:
        answer["next_page"] = following
    return answer


@router.get("/organization/{orgname}/collaborators", response_model=Collaborators)
async def list_collaborators(
    call: Caller, orgname: Name, limit: Limit = LONG_PAGE, next_page: str | None = None
) -> Collaborators:
    """Users with a role in a repository who are in no team."""
    found, following = await _people(call, orgname, limit, next_page, in_teams=False)
    answer: Collaborators = {"collaborators": found}
    if following is not None:
        answer["next_page"] = following
    return answer


@router.delete("/organization/{orgname}/members/{membername}", status_code=204)
async def remove_member(call: Caller, orgname: Name, membername: Name) -> None:
    """Out of every team and every repository."""
    await organizations.remove_member(call.registry, call.actor, orgname, membername)


async def _answer(call: Call, name: str) -> OrganizationView:
    view = await organizations.get_organization(call.registry, call.actor, name)
    found, rules = view.organization, call.registry.rules
    is_admin = view.role is TeamRole.ADMIN
    sees_teams = view.sees_teams
    answer: OrganizationView = {
        "name": found.name,
        "email": found.email if sees_teams else "",
        "avatar": avatar(found.name, "org"),
        "is_admin": is_admin,
        "is_member": view.role is not None,
    }
    if not sees_teams:
        return answer
    seconds = found.tag_expiration_seconds
    answer |= {
        "teams": {team.name: team_view(team) for team in view.teams},
        "ordered_teams": [team.name for team in view.teams],
        "invoice_email": False,
        "invoice_email_address": None,
        "tag_expiration_s": rules.tag_expiration_seconds if seconds is None else seconds,
        "is_free_account": True,
    }
    if found.contact_email is not None:
        answer["contact_email"] = found.contact_email
    if found.default_visibility is not None:
        answer["default_visibility"] = found.default_visibility
    return answer


def team_view(team: Team) -> TeamView:
    return {
        "name": team.name,
        "description": team.description,
        "role": str(team.role),
        "avatar": avatar(team.name, "team"),
        "can_view": True,
        "repo_count": team.repo_count,
        "member_count": team.member_count,
        "is_synced": False,
    }


async def _people(
    call: Call, name: str, limit: int, next_page: str | None, *, in_teams: bool
) -> tuple[list[MemberView], str | None]:
    last = after_name(call.registry.sealer, next_page)
    found = await organizations.list_people(
        call.registry, call.actor, name, last, limit + 1, in_teams=in_teams
    )
    views: list[MemberView] = []
    for person in found[:limit]:
        view: MemberView = {
            "name": person.member.name,
            "kind": "user",
            "avatar": user_avatar(person.member.name),
            "repositories": person.repositories,
        }
        if in_teams:
            view["teams"] = [{"name": t, "avatar": avatar(t, "team")} for t in person.teams]
        views.append(view)
    if len(found) <= limit:
        return views, None
    return views, name_token(call.registry.sealer, found[limit - 1].member.name)
