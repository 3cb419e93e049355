"""Tag `robot`: robot accounts of organizations and of the caller."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.registry import robots
from moorage.registry.robots import RobotView
from moorage.web.api.answers import (
    LONG_PAGE,
    Avatar,
    Body,
    Name,
    Text,
    after_name,
    avatar,
    date,
    date_or_none,
    name_token,
)
from moorage.web.api.call import Call, Caller

router = APIRouter(tags=["robot"])
ORGANIZATION = "/organization/{orgname}/robots"
USER = "/user/robots"
Limit = Annotated[int, Query(ge=1, le=LONG_PAGE)]


class RobotDescription(Body):
    description: Text | None = None
    unstructured_metadata: dict[str, Any] | None = None


class RobotAnswer(TypedDict):
    name: str
    created: str
    last_accessed: str | None
    description: str
    token: str
    unstructured_metadata: NotRequired[dict[str, Any]]


class TeamRef(TypedDict):
    name: str
    avatar: Avatar


class ListedRobot(TypedDict):
    name: str
    created: str
    last_accessed: str | None
    description: str
    token: NotRequired[str]
    teams: NotRequired[list[TeamRef]]
    repositories: NotRequired[list[str]]


class Robots(TypedDict):
    robots: list[ListedRobot]
    next_page: NotRequired[str]


class RepositoryRef(TypedDict):
    name: str
    namespace: str
    is_public: bool


class RobotPermission(TypedDict):
    repository: RepositoryRef
    role: str


class RobotPermissions(TypedDict):
    permissions: list[RobotPermission]


@router.get(ORGANIZATION, response_model=Robots)
async def list_robots(
    call: Caller,
    orgname: Name,
    token: bool = True,
    permissions: bool = False,
    limit: Limit = LONG_PAGE,
    next_page: str | None = None,
) -> Robots:
    """An organization's robots, in name order."""
    return await _list(call, orgname, token, permissions, limit, next_page)


@router.get(USER, response_model=Robots)
async def list_own_robots(
    call: Caller,
    token: bool = True,
    permissions: bool = False,
    limit: Limit = LONG_PAGE,
    next_page: str | None = None,
) -> Robots:
    return await _list(call, None, token, permissions, limit, next_page)


@router.put(ORGANIZATION + "/{robot_shortname}", status_code=201, response_model=RobotAnswer)
async def create_robot(
    call: Caller, orgname: Name, robot_shortname: Name, body: RobotDescription | None = None
) -> RobotAnswer:
    return await _create(call, orgname, robot_shortname, body)


@router.put(USER + "/{robot_shortname}", status_code=201, response_model=RobotAnswer)
async def create_own_robot(
    call: Caller, robot_shortname: Name, body: RobotDescription | None = None
) -> RobotAnswer:
    return await _create(call, None, robot_shortname, body)


@router.get(ORGANIZATION + "/{robot_shortname}", response_model=RobotAnswer)
async def get_robot(call: Caller, orgname: Name, robot_shortname: Name) -> RobotAnswer:
    """With its token."""
    return _answer(await robots.get_robot(call.registry, call.actor, orgname, robot_shortname))


@router.get(USER + "/{robot_shortname}", response_model=RobotAnswer)
async def get_own_robot(call: Caller, robot_shortname: Name) -> RobotAnswer:
    return _answer(await robots.get_robot(call.registry, call.actor, None, robot_shortname))


@router.delete(ORGANIZATION + "/{robot_shortname}", status_code=204)
async def remove_robot(call: Caller, orgname: Name, robot_shortname: Name) -> None:
    await robots.remove_robot(call.registry, call.actor, orgname, robot_shortname)


@router.delete(USER + "/{robot_shortname}", status_code=204)
async def remove_own_robot(call: Caller, robot_shortname: Name) -> None:
    await robots.remove_robot(call.registry, call.actor, None, robot_shortname)


@router.post(ORGANIZATION + "/{robot_shortname}/regenerate", response_model=RobotAnswer)
async def regenerate(call: Caller, orgname: Name, robot_shortname: Name) -> RobotAnswer:
    """A new token; the old one is refused from now on."""
    return await _regenerate(call, orgname, robot_shortname)


@router.post(USER + "/{robot_shortname}/regenerate", response_model=RobotAnswer)
async def regenerate_own(call: Caller, robot_shortname: Name) -> RobotAnswer:
    return await _regenerate(call, None, robot_shortname)


@router.get(ORGANIZATION + "/{robot_shortname}/permissions", response_model=RobotPermissions)
async def list_permissions(call: Caller, orgname: Name, robot_shortname: Name) -> RobotPermissions:
    return await _permissions(call, orgname, robot_shortname)


@router.get(USER + "/{robot_shortname}/permissions", response_model=RobotPermissions)
async def list_own_permissions(call: Caller, robot_shortname: Name) -> RobotPermissions:
    return await _permissions(call, None, robot_shortname)


async def _list(
    call: Call,
    namespace: str | None,
    with_tokens: bool,
    with_permissions: bool,
    limit: int,
    next_page: str | None,
) -> Robots:
    last = after_name(call.registry.sealer, next_page)
    found = await robots.list_robots(
        call.registry,
        call.actor,
        namespace,
        last,
        limit + 1,
        with_tokens=with_tokens,
        with_permissions=with_permissions,
    )
    answer: Robots = {"robots": [_listed(view, with_permissions) for view in found[:limit]]}
    if len(found) > limit:
        short_name = found[limit - 1].robot.name.partition("+")[2]
        answer["next_page"] = name_token(call.registry.sealer, short_name)
    return answer


async def _create(
    call: Call, namespace: str | None, short_name: str, body: RobotDescription | None
) -> RobotAnswer:
    body = body or RobotDescription()
    metadata = body.unstructured_metadata or {}
    made = await robots.create_robot(
        call.registry, call.actor, namespace, short_name, body.description or "", metadata
    )
    return _answer(made)


async def _regenerate(call: Call, namespace: str | None, short_name: str) -> RobotAnswer:
    found = await robots.regenerate_token(call.registry, call.actor, namespace, short_name)
    answer = _answer(found)
    del answer["unstructured_metadata"]
    return answer


async def _permissions(call: Call, namespace: str | None, short_name: str) -> RobotPermissions:
    found = await robots.list_permissions(
        call.registry, call.actor, namespace, short_name, LONG_PAGE
    )
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


def _answer(view: RobotView) -> RobotAnswer:
    robot = view.robot
    return {
        "name": robot.name,
        "created": date(robot.created_ms),
        "last_accessed": date_or_none(robot.last_accessed_ms),
        "description": robot.description,
        "token": view.token or "",
        "unstructured_metadata": robot.metadata,
    }


def _listed(view: RobotView, with_permissions: bool) -> ListedRobot:
    robot = view.robot
    answer: ListedRobot = {
        "name": robot.name,
        "created": date(robot.created_ms),
        "last_accessed": date_or_none(robot.last_accessed_ms),
        "description": robot.description,
    }
    if view.token is not None:
        answer["token"] = view.token
    if with_permissions:
        answer["teams"] = [{"name": t, "avatar": avatar(t, "team")} for t in view.teams]
        answer["repositories"] = view.repositories
    return answer
