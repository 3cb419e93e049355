"""Tag `user`: the caller itself, the first user, stars, looking up others."""

from __future__ import annotations

from typing import Annotated, NotRequired

from fastapi import APIRouter, Response
from pydantic import Field
from typing_extensions import TypedDict

from moorage.db.users import UserDetails
from moorage.model.accounts import Actor
from moorage.model.errors import NotFound
from moorage.oci.name import RepositoryName
from moorage.registry import sessions, starring, users
from moorage.web.api.answers import Avatar, Body, Name, Text, avatar, user_avatar
from moorage.web.api.call import SESSION_COOKIE, Call, Caller

router = APIRouter(tags=["user"])


class OrganizationOfUser(TypedDict):
    name: str
    avatar: Avatar
    can_create_repo: bool
    public: bool
    is_org_admin: bool
    preferred_namespace: bool


class UserView(TypedDict):
    anonymous: bool
    username: str
    avatar: Avatar
    can_create_repo: bool
    is_me: bool
    verified: bool
    email: NotRequired[str]
    logins: NotRequired[list[str]]
    invoice_email: NotRequired[bool]
    invoice_email_address: NotRequired[str | None]
    preferred_namespace: bool
    tag_expiration_s: NotRequired[int]
    prompts: NotRequired[list[str]]
    company: NotRequired[str | None]
    family_name: NotRequired[str | None]
    given_name: NotRequired[str | None]
    location: NotRequired[str | None]
    is_free_account: NotRequired[bool]
    has_password_set: NotRequired[bool]
    organizations: NotRequired[list[OrganizationOfUser]]
    super_user: NotRequired[bool]
    global_readonly_super_user: NotRequired[bool]


class NewUser(Body):
    username: Name
    password: Text
    email: Text = ""
    access_token: bool = False


class InitializedUser(TypedDict):
    username: str
    email: str
    encrypted_password: str
    access_token: NotRequired[str]


class SignedUp(TypedDict):
    awaiting_verification: bool


class UserUpdate(Body):
    password: Text | None = None
    email: Text | None = None
    tag_expiration_s: int | None = None
    company: Text | None = None
    family_name: Text | None = None
    given_name: Text | None = None
    location: Text | None = None


class StarredRepository(Body):
    namespace: Name
    repository: Name


class Starred(TypedDict):
    namespace: str
    repository: str


@router.get("/user", response_model=UserView)
async def get_user(call: Caller) -> UserView:
    """The caller."""
    profile = await users.get_profile(call.registry, call.actor)
    return _own_view(call, profile)


@router.put("/user", response_model=UserView)
async def update_user(call: Caller, body: UserUpdate) -> UserView:
    """Change the caller's own details; a browser needs a fresh login for the password."""
    if body.password is not None:
        await sessions.require_fresh(call.registry, call.session)
    await users.update_self(call.registry, call.actor, _changes(body))
    return _own_view(call, await users.get_profile(call.registry, call.actor))


@router.post("/user", response_model=SignedUp)
async def sign_up(call: Caller, body: NewUser) -> SignedUp:
    """Sign up, where FEATURE_USER_CREATION is on."""
    await users.sign_up(call.registry, call.actor, body.username, body.password, body.email)
    return {"awaiting_verification": False}


@router.post("/user/initialize", response_model=InitializedUser)
async def initialize(call: Caller, body: NewUser, response: Response) -> InitializedUser:
    """Make the first user of an empty registry, and with `access_token` a token for 150 minutes."""
    actor, token = await users.initialize(
        call.registry, body.username, body.password, body.email, with_token=body.access_token
    )
    await _set_session(call, actor, response)
    answer: InitializedUser = {
        "username": body.username,
        "email": body.email,
        "encrypted_password": "",
    }
    if token is not None:
        answer["access_token"] = token
    return answer


@router.post("/user/starred", status_code=201, response_model=Starred)
async def star(call: Caller, body: StarredRepository) -> Starred:
    name = RepositoryName.parse(f"{body.namespace}/{body.repository}")
    await starring.star(call.registry, call.actor, name)
    return {"namespace": body.namespace, "repository": body.repository}


@router.delete("/user/starred/{repository:path}", status_code=204)
async def unstar(call: Caller, repository: str) -> None:
    await starring.unstar(call.registry, call.actor, RepositoryName.parse(repository))


@router.get("/users/{username}", response_model=UserView)
async def find_user(call: Caller, username: Annotated[str, Field(max_length=255)]) -> UserView:
    """Another user, for those who are signed in; the caller itself in full."""
    found = await users.find_user(call.registry, call.actor, username)
    if not found.is_enabled:
        raise NotFound("Not Found")
    if found.id == call.actor.user_id:
        return _own_view(call, await users.get_profile(call.registry, call.actor))
    return _view(found)


def _changes(body: UserUpdate) -> dict[str, object]:
    given = body.model_dump(exclude_unset=True, exclude_none=True)
    if "tag_expiration_s" in given:
        given["tag_expiration_seconds"] = given.pop("tag_expiration_s")
    return given


def _view(found: UserDetails) -> UserView:
    return {
        "anonymous": False,
        "username": found.name,
        "avatar": user_avatar(found.name),
        "can_create_repo": False,
        "is_me": False,
        "verified": True,
        "preferred_namespace": False,
    }


def _own_view(call: Call, profile: users.Profile) -> UserView:
    found, rules = profile.details, call.registry.rules
    seconds = found.tag_expiration_seconds
    return {
        **_view(found),
        "can_create_repo": True,
        "is_me": True,
        "email": found.email,
        "logins": [],
        "invoice_email": False,
        "invoice_email_address": None,
        "tag_expiration_s": rules.tag_expiration_seconds if seconds is None else seconds,
        "prompts": [],
        "company": found.company,
        "family_name": found.family_name,
        "given_name": found.given_name,
        "location": found.location,
        "is_free_account": True,
        "has_password_set": True,
        "organizations": [
            {
                "name": name,
                "avatar": avatar(name, "org"),
                "can_create_repo": may_create,
                "public": False,
                "is_org_admin": is_admin,
                "preferred_namespace": False,
            }
            for name, may_create, is_admin in profile.organizations
        ],
        "super_user": call.actor.is_superuser,
    }


async def _set_session(call: Call, actor: Actor, response: Response) -> None:
    token = await sessions.open_session(call.registry, actor, call.actor.address)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=call.registry.rules.session_seconds,
        httponly=True,
        samesite="lax",
        secure=call.url.startswith("https:"),
    )
