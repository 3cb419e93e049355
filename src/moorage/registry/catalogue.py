"""Repositories as the management API has them: list, show, make, change, remove, search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from moorage.db import catalogue, logs, organizations, overview, permissions, tags
from moorage.db.catalogue import BY_NAME, Listed, RepositoryOrder, Wanted
from moorage.db.logs import DAY_MS
from moorage.db.overview import RepositoryFacts
from moorage.db.permissions import Held
from moorage.db.tags import TagRecord
from moorage.model.accounts import Actor, Role, Scope
from moorage.model.content import RepositoryState, Visibility
from moorage.oci.errors import Denied, NameInvalid, RequestInvalid
from moorage.oci.name import RepositoryName
from moorage.registry import access, audit
from moorage.registry.context import Registry
from moorage.registry.repositories import create

TAGS_SHOWN = 500
STATISTICS_DAYS = 90
POPULARITY_DAYS = 30


@dataclass(frozen=True, slots=True)
class RepositoryView:
    """A repository as the caller may see it."""

    listed: Listed
    is_organization: bool
    tag_expiration_seconds: int
    can_write: bool
    can_admin: bool
    tags: list[TagRecord]
    pulls: dict[int, int] | None
    """By day since 1970, when they were asked for."""


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    repositories: list[Listed]
    pulls: dict[int, int]
    facts: dict[int, RepositoryFacts]
    has_more: bool


async def list_repositories(
    registry: Registry,
    actor: Actor,
    wanted: Wanted,
    last: str,
    limit: int,
    order: RepositoryOrder = BY_NAME,
    *,
    with_popularity: bool,
    with_facts: bool = False,
) -> RepositoryPage:
    """What the caller may see. Raises Unauthorized where nobody may see anything."""
    if actor.rejected is not None or wanted.is_starred or not registry.rules.anonymous_access:
        access.require_login(actor)
    today = registry.now_ms() // DAY_MS

    def read(tx: Connection) -> RepositoryPage:
        found = catalogue.list_visible(tx, actor, wanted, last, limit + 1, order)
        page, ids = found[:limit], [one.id for one in found[:limit]]
        pulls = logs.pulls_since(tx, ids, today - POPULARITY_DAYS) if with_popularity else {}
        facts = overview.facts_of(tx, ids, registry.now_ms()) if with_facts else {}
        return RepositoryPage(page, pulls, facts, len(found) > limit)

    return await registry.db.read(read)


async def get_repository(
    registry: Registry, actor: Actor, name: RepositoryName, *, with_tags: bool, with_stats: bool
) -> RepositoryView:
    now_ms = registry.now_ms()

    def read(tx: Connection) -> RepositoryView:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        namespace = organizations.find_namespace_row(tx, name.namespace)
        assert namespace is not None
        seconds = namespace.tag_expiration_seconds
        role = access.role_in(registry.rules, actor, held)
        since = now_ms // DAY_MS - STATISTICS_DAYS
        return RepositoryView(
            catalogue.find_listed(tx, actor, held.id),
            namespace.is_organization,
            registry.rules.tag_expiration_seconds if seconds is None else seconds,
            can_write=role in (Role.WRITE, Role.ADMIN),
            can_admin=role is Role.ADMIN,
            tags=tags.list_live(tx, held.id, now_ms, TAGS_SHOWN) if with_tags else [],
            pulls=logs.pulls_by_day(tx, held.id, since) if with_stats else None,
        )

    return await registry.db.read(read)


async def create_repository(
    registry: Registry, actor: Actor, name: str, visibility: Visibility, description: str
) -> RepositoryName:
    """Raises Denied for a namespace that is not the caller's, or that does not exist."""
    access.require_login(actor, Scope.REPO_CREATE)
    try:
        parsed = RepositoryName.parse(name)
    except NameInvalid:
        raise RequestInvalid("Invalid repository name") from None
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place = permissions.find_place(tx, actor, parsed.namespace)
        if place is None or not access.may_create(registry.rules, actor, place):
            raise Denied("Unauthorized")
        if not create(tx, actor, place.id, parsed, visibility, now_ms, description):
            raise RequestInvalid("Repository already exists")

    await registry.db.write(write)
    registry.revocations.note()
    return parsed


async def set_description(
    registry: Registry, actor: Actor, name: RepositoryName, description: str
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.WRITE)
        catalogue.update_repository(tx, held.id, {"description": description})
        _log(tx, actor, held, "set_repo_description", now_ms, description=description[:200])

    await registry.db.write(write)


async def set_visibility(
    registry: Registry, actor: Actor, name: RepositoryName, visibility: Visibility
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        catalogue.update_repository(tx, held.id, {"visibility": visibility})
        _log(tx, actor, held, "change_repo_visibility", now_ms, visibility=str(visibility))

    await registry.db.write(write)
    registry.revocations.note()


async def set_state(
    registry: Registry, actor: Actor, name: RepositoryName, state: RepositoryState
) -> None:
    """NORMAL takes pushes, READ_ONLY does not; MIRROR comes with mirroring."""
    if state is RepositoryState.MIRROR:
        raise RequestInvalid("mirroring is off: MIRROR needs FEATURE_REPO_MIRROR")
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        catalogue.update_repository(tx, held.id, {"state": state})
        _log(tx, actor, held, "change_repo_state", now_ms, state_changed=str(state))

    await registry.db.write(write)
    registry.revocations.note()


async def remove_repository(registry: Registry, actor: Actor, name: RepositoryName) -> None:
    """With all tags and manifests; there is no way back."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.ADMIN)
        catalogue.remove_repository(tx, held.id)
        _log(tx, actor, held, "delete_repo", now_ms)

    await registry.db.write(write)
    registry.revocations.note()


async def search(
    registry: Registry, actor: Actor, text: str, offset: int, limit: int
) -> list[Listed]:
    access.require_reader(registry.rules, actor)
    return await registry.db.read(lambda tx: catalogue.search(tx, actor, text, offset, limit))


def _log(tx: Connection, actor: Actor, held: Held, kind: str, now_ms: int, **what: Any) -> None:
    namespace, _, repo = held.name.partition("/")
    line = audit.line(
        actor,
        kind,
        now_ms,
        namespace=(held.namespace_id, namespace),
        repository_id=held.id,
        repo=repo,
        **what,
    )
    logs.add_lines(tx, [line])
