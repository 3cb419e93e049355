"""Tags `organization` and `superuser`: lists with counts and sizes, which Quay lacks."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.db.overview import NamespaceRow
from moorage.registry import access, overview
from moorage.settings import Origin
from moorage.web.api.answers import (
    Avatar,
    Name,
    after_name,
    avatar,
    date_or_none,
    name_token,
)
from moorage.web.api.call import Caller
from moorage.web.api.superuser import SECRETS

router = APIRouter()
HIDDEN = "(hidden)"


class NamespaceView(TypedDict):
    """`size` counts each blob once; `last_modified` is the last push to a repository."""

    name: str
    avatar: Avatar
    is_organization: bool
    is_admin: bool
    repo_count: int
    team_count: int
    member_count: int
    robot_count: int
    size: int
    last_modified: str | None


class Namespaces(TypedDict):
    organizations: list[NamespaceView]
    next_page: NotRequired[str]


class Weighed(TypedDict):
    name: str
    size: int


class Storage(TypedDict):
    namespaces: list[Weighed]
    repositories: list[Weighed]


class SettingView(TypedDict):
    """`value` is JSON; of a secret it is `(hidden)`, and null when it is not set."""

    key: str
    value: Any
    origin: Origin
    is_secret: bool


class SettingsView(TypedDict):
    """`unknown` are keys of config.yaml that mean nothing here."""

    settings: list[SettingView]
    unknown: list[str]


@router.get("/organization", response_model=Namespaces, tags=["organization"])
async def list_organizations(
    call: Caller,
    filter: Name = "",
    descending: bool = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    next_page: Name | None = None,
) -> Namespaces:
    """The caller's namespace and organizations, for superusers all organizations, in name order.

    `filter` is a part of the name.
    """
    after = after_name(call.registry.sealer, next_page)
    found = await overview.list_namespaces(
        call.registry, call.actor, filter, after, limit + 1, descending=descending
    )
    answer: Namespaces = {"organizations": [_namespace(one) for one in found[:limit]]}
    if len(found) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found[limit - 1].name)
    return answer


@router.get("/superuser/storage", response_model=Storage, tags=["superuser"])
async def get_storage(call: Caller) -> Storage:
    """The largest namespaces and repositories."""
    largest = await overview.list_largest(call.registry, call.actor)
    return {
        "namespaces": [{"name": name, "size": size} for name, size in largest.namespaces],
        "repositories": [{"name": name, "size": size} for name, size in largest.repositories],
    }


@router.get("/superuser/settings", response_model=SettingsView, tags=["superuser"])
async def list_settings(call: Caller) -> SettingsView:
    """Every setting with its value and where that comes from. Secrets are hidden."""
    access.require_superuser(call.actor, to_read=True)
    settings = call.settings
    values = settings.model_dump(mode="json")
    return {
        "settings": [
            {
                "key": key.upper(),
                "value": HIDDEN if value and key in SECRETS else value,
                "origin": settings.origin_of(key),
                "is_secret": key in SECRETS,
            }
            for key, value in sorted(values.items())
        ],
        "unknown": list(settings.unknown_keys),
    }


def _namespace(one: NamespaceRow) -> NamespaceView:
    return {
        "name": one.name,
        "avatar": avatar(one.name, "org" if one.is_organization else "user"),
        "is_organization": one.is_organization,
        "is_admin": one.is_admin,
        "repo_count": one.repo_count,
        "team_count": one.team_count,
        "member_count": one.member_count,
        "robot_count": one.robot_count,
        "size": one.size_bytes,
        "last_modified": date_or_none(one.modified_ms),
    }
