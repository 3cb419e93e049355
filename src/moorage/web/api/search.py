"""Tag `search`: repositories, organizations, users by name."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.db.catalogue import Listed
from moorage.model.content import Visibility
from moorage.registry import catalogue, entities
from moorage.registry.entities import Entity
from moorage.web.api.answers import Avatar, Name, avatar
from moorage.web.api.call import Caller

router = APIRouter(tags=["search"])
ENTITIES = 10


class Found(TypedDict):
    title: str
    kind: str
    name: str
    score: float
    href: str
    avatar: NotRequired[Avatar]
    namespace: NotRequired[dict[str, Any]]
    description: NotRequired[str | None]
    is_public: NotRequired[bool]


class RepositoriesFound(TypedDict):
    results: list[Found]
    has_additional: bool
    page: int
    page_size: int
    start_index: int


class AllFound(TypedDict):
    results: list[Found]


class EntityView(TypedDict):
    name: str
    kind: str
    avatar: Avatar
    is_robot: NotRequired[bool]
    is_org_member: NotRequired[bool]


class Entities(TypedDict):
    results: list[EntityView]


@router.get("/find/repositories", response_model=RepositoriesFound)
async def find_repositories(
    call: Caller,
    query: Name = "",
    page: Annotated[int, Query(ge=1)] = 1,
    includeUsage: bool = False,
) -> RepositoriesFound:
    """Repositories that the caller may see with `query` in name or description."""
    rules = call.registry.rules
    page, size = min(page, rules.search_pages), rules.search_page_size
    start = (page - 1) * size
    found = await catalogue.search(call.registry, call.actor, query, start, size + 1)
    return {
        "results": [_repository(one) for one in found[:size]],
        "has_additional": len(found) > size and page < rules.search_pages,
        "page": page,
        "page_size": size,
        "start_index": start,
    }


@router.get("/find/all", response_model=AllFound)
async def find_all(call: Caller, query: Name = "") -> AllFound:
    """Organizations, users, robots and repositories, ten of each at most."""
    named = await entities.find_entities(
        call.registry, call.actor, query, None, with_teams=False, with_organizations=True
    )
    repositories = await catalogue.search(call.registry, call.actor, query, 0, ENTITIES)
    results = [_named(one) for one in named]
    return {"results": results + [_repository(one) for one in repositories]}


@router.get("/entities/{prefix}", response_model=Entities)
async def find_entities(
    call: Caller,
    prefix: Name,
    namespace: Name | None = None,
    includeTeams: bool = False,
    includeOrgs: bool = False,
) -> Entities:
    """Whom a permission can be given to: names that begin with `prefix`."""
    found = await entities.find_entities(
        call.registry,
        call.actor,
        prefix,
        namespace,
        with_teams=includeTeams,
        with_organizations=includeOrgs,
    )
    return {"results": [_entity(one, namespace) for one in found]}


def _entity(one: Entity, namespace: str | None) -> EntityView:
    view: EntityView = {
        "name": one.name,
        "kind": "user" if one.kind == "robot" else one.kind,
        "avatar": avatar(one.name, one.kind),
    }
    if one.kind in ("user", "robot"):
        view["is_robot"] = one.kind == "robot"
    if namespace is not None and one.kind != "team":
        view["is_org_member"] = one.is_member
    return view


def _named(one: Entity) -> Found:
    is_organization = one.kind == "org"
    words = {"org": "organization", "user": "user", "robot": "robot", "team": "team"}
    return {
        "title": "org" if is_organization else one.kind,
        "kind": words[one.kind],
        "avatar": avatar(one.name, one.kind),
        "name": one.name,
        "score": 1.0,
        "href": f"/{'organization' if is_organization else 'user'}/{one.name}",
    }


def _repository(one: Listed) -> Found:
    namespace, _, name = one.name.partition("/")
    return {
        "kind": "repository",
        "title": "repo",
        "namespace": {
            "title": "org",
            "kind": "organization",
            "avatar": avatar(namespace, "org"),
            "name": namespace,
            "score": 1,
            "href": f"/organization/{namespace}",
        },
        "name": name,
        "description": one.description,
        "is_public": one.visibility is Visibility.PUBLIC,
        "score": 1.0,
        "href": f"/repository/{one.name}",
    }
