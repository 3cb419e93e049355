"""Tag `superuser`: users, organizations and the settings, for superusers."""

from __future__ import annotations

import json
from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.db.users import UserDetails
from moorage.oci.errors import Denied
from moorage.registry import access, organizations, users
from moorage.settings import Settings
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

router = APIRouter(tags=["superuser"], prefix="/superuser")
Limit = Annotated[int, Query(ge=1, le=LONG_PAGE)]
SECRETS = (
    *("secret_key", "database_secret_key", "bootstrap_token"),
    *("db_uri", "distributed_storage_config"),
)


class NewSuperUser(Body):
    username: Name
    email: Text | None = None


class CreatedUser(TypedDict):
    username: str
    email: str | None
    password: str
    encrypted_password: str


class SuperUserView(TypedDict):
    kind: str
    name: str
    username: str
    email: str
    verified: bool
    avatar: Avatar
    super_user: bool
    global_readonly_super_user: bool
    enabled: bool


class Users(TypedDict):
    users: list[SuperUserView]
    next_page: NotRequired[str]


class UserChange(Body):
    password: Text | None = None
    email: Text | None = None
    enabled: bool | None = None


class OrganizationRef(TypedDict):
    name: str
    email: str
    avatar: Avatar


class Organizations(TypedDict):
    organizations: list[OrganizationRef]
    next_page: NotRequired[str]


class OrganizationChange(Body):
    email: Text | None = None
    name: Text | None = None


class ConfigDump(TypedDict):
    config: dict[str, Any]
    warning: dict[str, Any]
    env: dict[str, Any]
    schema: dict[str, Any]


class RegistrySize(TypedDict):
    size_bytes: int
    last_ran: int | None
    running: bool
    queued: bool


@router.post("/users", response_model=CreatedUser)
async def create_user(call: Caller, body: NewSuperUser) -> CreatedUser:
    """Make a user with a generated password, which is shown this once."""
    password = await users.create_user(call.registry, call.actor, body.username, body.email or "")
    return {
        "username": body.username,
        "email": body.email,
        "password": password,
        "encrypted_password": "",
    }


@router.get("/users", response_model=Users)
async def list_users(
    call: Caller,
    disabled: bool = True,
    limit: Limit = LONG_PAGE,
    next_page: str | None = None,
) -> Users:
    last = after_name(call.registry.sealer, next_page)
    found = await users.list_users(
        call.registry, call.actor, last, limit + 1, with_disabled=disabled
    )
    answer: Users = {"users": [_view(call, one) for one in found[:limit]]}
    if len(found) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found[limit - 1].name)
    return answer


@router.get("/users/{username}", response_model=SuperUserView)
async def get_user(call: Caller, username: Name) -> SuperUserView:
    return _view(call, await users.get_user(call.registry, call.actor, username))


@router.put("/users/{username}", response_model=SuperUserView)
async def update_user(call: Caller, username: Name, body: UserChange) -> SuperUserView:
    """Set password or email, disable or enable; answers the new state."""
    values: dict[str, Any] = body.model_dump(exclude_unset=True, exclude_none=True)
    if "enabled" in values:
        values["is_enabled"] = values.pop("enabled")
    return _view(call, await users.update_user(call.registry, call.actor, username, values))


@router.delete("/users/{username}", status_code=204)
async def remove_user(call: Caller, username: Name) -> None:
    """Delete a user with its namespace, robots and repositories."""
    await users.remove_user(call.registry, call.actor, username)


@router.get("/organizations", response_model=Organizations)
async def list_organizations(
    call: Caller, limit: Limit = LONG_PAGE, next_page: str | None = None
) -> Organizations:
    last = after_name(call.registry.sealer, next_page)
    found = await organizations.list_organizations(call.registry, call.actor, last, limit + 1)
    views: list[OrganizationRef] = [
        {"name": one.name, "email": one.email, "avatar": avatar(one.name, "org")}
        for one in found[:limit]
    ]
    answer: Organizations = {"organizations": views}
    if len(found) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found[limit - 1].name)
    return answer


@router.put("/organizations/{name}", response_model=OrganizationRef)
async def update_organization(
    call: Caller, name: Name, body: OrganizationChange
) -> OrganizationRef:
    """Set an organization's email and name. Nothing answers to the old name afterwards."""
    changed = await organizations.update_any_organization(
        call.registry, call.actor, name, body.email, body.name or name
    )
    return {"name": changed.name, "email": changed.email, "avatar": avatar(changed.name, "org")}


@router.delete("/organizations/{name}", status_code=204)
async def remove_organization(call: Caller, name: Name) -> None:
    await organizations.remove_any_organization(call.registry, call.actor, name)


@router.get("/config", response_model=ConfigDump)
async def get_config(call: Caller) -> ConfigDump:
    """The settings in effect, without secrets; where FEATURE_SUPERUSER_CONFIGDUMP is on."""
    access.require_superuser(call.actor, to_read=True)
    if not call.settings.feature_superuser_configdump:
        raise Denied("Unauthorized: FEATURE_SUPERUSER_CONFIGDUMP is off")
    values = json.loads(call.settings.model_dump_json(exclude=set(SECRETS)))
    return {
        "config": {key.upper(): value for key, value in values.items()},
        "warning": {},
        "env": {},
        "schema": Settings.model_json_schema(),
    }


@router.get("/registrysize", response_model=RegistrySize)
async def get_registry_size(call: Caller) -> RegistrySize:
    """The bytes of all blobs, each counted once."""
    access.require_superuser(call.actor, to_read=True)
    size = await organizations.registry_bytes(call.registry)
    now_s = int(call.registry.now_s())
    return {"size_bytes": size, "last_ran": now_s, "running": False, "queued": False}


def _view(call: Call, found: UserDetails) -> SuperUserView:
    powers = call.registry.authenticator.powers
    return {
        "kind": "user",
        "name": found.name,
        "username": found.name,
        "email": found.email,
        "verified": True,
        "avatar": user_avatar(found.name),
        "super_user": found.is_superuser or found.name in powers.superusers,
        "global_readonly_super_user": found.name in powers.readonly_superusers,
        "enabled": found.is_enabled,
    }
