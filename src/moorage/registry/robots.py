"""Robot accounts of organizations and of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from moorage.auth import passwords
from moorage.auth.credentials import ROBOT_TOKEN_LENGTH, hash_of, new_token
from moorage.db import accounts, logs, organizations, robots
from moorage.db import permissions as rows
from moorage.db.robots import Robot
from moorage.model.accounts import Actor, Role, Scope, TeamRole
from moorage.model.content import Visibility
from moorage.oci.errors import RequestInvalid, quoted
from moorage.registry import access, audit
from moorage.registry.context import Registry
from moorage.registry.users import NAME_PATTERN, require_name

UNKNOWN = "Could not find robot with specified username"


@dataclass(frozen=True, slots=True)
class RobotView:
    """A robot; `token` when it may be shown, teams and repositories when they were asked for."""

    robot: Robot
    token: str | None
    teams: list[str]
    repositories: list[str]


async def create_robot(
    registry: Registry,
    actor: Actor,
    namespace: str | None,
    short_name: str,
    description: str,
    metadata: dict[str, Any],
) -> RobotView:
    """`namespace` is an organization that the caller administers; None is its own."""
    try:
        require_name(short_name)
    except RequestInvalid:
        raise RequestInvalid(
            f"The name for the robot '{quoted(short_name)}' is invalid: Namespace must match "
            f"expression {NAME_PATTERN}"
        ) from None
    token, now_ms = new_token(ROBOT_TOKEN_LENGTH), registry.now_ms()
    sealed = registry.sealer.seal(token)

    def write(tx: Connection) -> RobotView:
        place = _require_place(tx, registry, actor, namespace)
        full_name = f"{place[1]}+{short_name}"
        allowed = registry.rules.robots_allowed
        if allowed is not None and full_name not in allowed:
            raise RequestInvalid(f"robots are off: ROBOTS_WHITELIST does not name {full_name}")
        if not accounts.hold_namespace(tx, *place):
            raise RequestInvalid(f"Unknown namespace {place[1]}: it was renamed")
        if not robots.add_robot(
            tx,
            place,
            short_name,
            description,
            metadata,
            (hash_of(token), sealed),
            passwords.NOBODY,
            now_ms,
        ):
            raise RequestInvalid(f"Existing robot with name: {full_name}")
        line = audit.line(
            actor,
            "create_robot",
            now_ms,
            namespace=place,
            robot=short_name,
            description=description,
            unstructured_metadata=metadata,
        )
        logs.add_lines(tx, [line])
        return RobotView(_require_robot(tx, place[0], short_name), token, [], [])

    return await registry.db.write(write)


async def get_robot(
    registry: Registry, actor: Actor, namespace: str | None, short_name: str
) -> RobotView:
    def read(tx: Connection) -> Robot:
        place = _require_place(tx, registry, actor, namespace)
        return _require_robot(tx, place[0], short_name)

    robot = await registry.db.read(read)
    return RobotView(robot, registry.sealer.open(robot.token_sealed), [], [])


async def list_robots(
    registry: Registry,
    actor: Actor,
    namespace: str | None,
    last: str,
    limit: int,
    *,
    with_tokens: bool,
    with_permissions: bool,
) -> list[RobotView]:
    def read(tx: Connection) -> list[RobotView]:
        place = _require_place(tx, registry, actor, namespace)
        found = robots.list_robots(tx, place[0], last, limit)
        ids = [robot.id for robot in found] if with_permissions else []
        teams = organizations.teams_by_member(tx, place[0], ids) if ids else {}
        held = organizations.repositories_by_user(tx, place[0], ids) if ids else {}
        return [RobotView(r, None, teams.get(r.id, []), held.get(r.id, [])) for r in found]

    views = await registry.db.read(read)
    if not with_tokens:
        return views
    return [
        RobotView(
            view.robot,
            registry.sealer.open(view.robot.token_sealed),
            view.teams,
            view.repositories,
        )
        for view in views
    ]


async def regenerate_token(
    registry: Registry, actor: Actor, namespace: str | None, short_name: str
) -> RobotView:
    """A new token; the old one is worthless from now on."""
    token, now_ms = new_token(ROBOT_TOKEN_LENGTH), registry.now_ms()
    sealed = registry.sealer.seal(token)

    def write(tx: Connection) -> Robot:
        place = _require_place(tx, registry, actor, namespace)
        robot = _require_robot(tx, place[0], short_name)
        robots.set_token(tx, robot.id, (hash_of(token), sealed))
        line = audit.line(
            actor, "regenerate_robot_token", now_ms, namespace=place, robot=short_name
        )
        logs.add_lines(tx, [line])
        return robot

    robot = await registry.db.write(write)
    registry.revocations.note()
    return RobotView(robot, token, [], [])


async def remove_robot(
    registry: Registry, actor: Actor, namespace: str | None, short_name: str
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place = _require_place(tx, registry, actor, namespace)
        robots.remove_robot(tx, _require_robot(tx, place[0], short_name).id)
        line = audit.line(actor, "delete_robot", now_ms, namespace=place, robot=short_name)
        logs.add_lines(tx, [line])

    await registry.db.write(write)
    registry.revocations.note()


async def list_permissions(
    registry: Registry, actor: Actor, namespace: str | None, short_name: str, limit: int
) -> list[tuple[str, Visibility, Role]]:
    """The repositories where the robot has a role."""

    def read(tx: Connection) -> list[tuple[str, Visibility, Role]]:
        place = _require_place(tx, registry, actor, namespace)
        robot = _require_robot(tx, place[0], short_name)
        return rows.repositories_of(tx, user_id=robot.id, limit=limit)

    return await registry.db.read(read)


def _require_place(
    tx: Connection, registry: Registry, actor: Actor, namespace: str | None
) -> tuple[int, str]:
    if namespace is None:
        return access.require_login(actor, Scope.USER_ADMIN), actor.name
    place = access.require_place(tx, actor, namespace, TeamRole.ADMIN)
    return place.id, place.name


def _require_robot(tx: Connection, namespace_id: int, short_name: str) -> Robot:
    found = robots.find_robot(tx, namespace_id, short_name)
    if found is None:
        raise RequestInvalid(UNKNOWN)
    return found
