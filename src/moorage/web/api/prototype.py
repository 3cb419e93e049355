"""Tag `prototype`: what new repositories of an organization grant by themselves."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from fastapi import APIRouter, Query
from pydantic import Field
from typing_extensions import TypedDict

from moorage.db.organizations import Member
from moorage.db.prototypes import Prototype
from moorage.model.accounts import Role
from moorage.registry import prototypes
from moorage.web.api.answers import (
    LONG_PAGE,
    Avatar,
    Body,
    Name,
    after_name,
    avatar,
    name_token,
    user_avatar,
)
from moorage.web.api.call import Caller
from moorage.web.api.permission import NewRole

router = APIRouter(tags=["prototype"])
PROTOTYPES = "/organization/{orgname}/prototypes"


class Delegate(Body):
    name: Name
    kind: Literal["user", "team"]


class ActivatingUser(Body):
    name: Name


class NewPrototype(Body):
    role: Annotated[Role, Field(strict=False)]
    delegate: Delegate
    activating_user: ActivatingUser | None = None


class Named(TypedDict):
    name: str
    kind: str
    avatar: Avatar
    is_robot: NotRequired[bool]
    is_org_member: NotRequired[bool]


class PrototypeView(TypedDict):
    id: str
    role: str
    activating_user: Named | None
    delegate: Named


class Prototypes(TypedDict):
    prototypes: list[PrototypeView]
    next_page: NotRequired[str]


@router.get(PROTOTYPES, response_model=Prototypes)
async def list_prototypes(
    call: Caller,
    orgname: Name,
    limit: Annotated[int, Query(ge=1, le=LONG_PAGE)] = LONG_PAGE,
    next_page: str | None = None,
) -> Prototypes:
    last = after_name(call.registry.sealer, next_page)
    found, members = await prototypes.list_prototypes(
        call.registry, call.actor, orgname, last, limit + 1
    )
    answer: Prototypes = {"prototypes": [_view(one, members) for one in found[:limit]]}
    if len(found) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found[limit - 1].id)
    return answer


@router.post(PROTOTYPES, response_model=PrototypeView)
async def create_prototype(call: Caller, orgname: Name, body: NewPrototype) -> PrototypeView:
    is_team = body.delegate.kind == "team"
    made, members = await prototypes.create_prototype(
        call.registry,
        call.actor,
        orgname,
        body.role,
        user=None if is_team else body.delegate.name,
        team=body.delegate.name if is_team else None,
        activating=body.activating_user.name if body.activating_user else None,
    )
    return _view(made, members)


@router.put(PROTOTYPES + "/{prototypeid}", response_model=PrototypeView)
async def update_prototype(
    call: Caller, orgname: Name, prototypeid: Name, body: NewRole
) -> PrototypeView:
    changed, members = await prototypes.set_prototype_role(
        call.registry, call.actor, orgname, prototypeid, body.role
    )
    return _view(changed, members)


@router.delete(PROTOTYPES + "/{prototypeid}", status_code=204)
async def remove_prototype(call: Caller, orgname: Name, prototypeid: Name) -> None:
    await prototypes.remove_prototype(call.registry, call.actor, orgname, prototypeid)


def _view(found: Prototype, members: set[int]) -> PrototypeView:
    team: Named = {
        "name": found.team or "",
        "kind": "team",
        "avatar": avatar(found.team or "", "team"),
    }
    return {
        "activating_user": _named(found.activating, members) if found.activating else None,
        "delegate": _named(found.user, members) if found.user else team,
        "role": str(found.role),
        "id": found.id,
    }


def _named(member: Member, members: set[int]) -> Named:
    return {
        "name": member.name,
        "kind": "user",
        "avatar": user_avatar(member.name, member.is_robot),
        "is_robot": member.is_robot,
        "is_org_member": member.id in members,
    }
