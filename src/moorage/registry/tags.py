"""Tags: their history, moving, expiry, deletion and the time machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from moorage.db import logs, manifests, organizations, repositories, tags
from moorage.db.permissions import Held
from moorage.db.tags import TagRecord
from moorage.model.accounts import Action, Actor, Role
from moorage.model.content import RepositoryState
from moorage.model.errors import NotFound
from moorage.oci.digest import Digest
from moorage.oci.errors import Denied, RequestInvalid
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import access, audit
from moorage.registry.context import Registry


@dataclass(frozen=True, slots=True)
class TagFilter:
    name: str | None = None
    like: str | None = None
    live_only: bool = False


async def list_history(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    wanted: TagFilter,
    page: int,
    limit: int,
) -> tuple[list[TagRecord], bool]:
    """A page of live and ended tags, the newest first, and whether there is another."""
    now_ms = registry.now_ms()

    def read(tx: Connection) -> list[TagRecord]:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        return tags.list_history(
            tx,
            held.id,
            now_ms,
            (page - 1) * limit,
            limit + 1,
            name=wanted.name,
            like=wanted.like,
            live_only=wanted.live_only,
        )

    found = await registry.db.read(read)
    return found[:limit], len(found) > limit


async def move_tag(
    registry: Registry, actor: Actor, name: RepositoryName, tag: Tag, digest: Digest
) -> None:
    """Make the tag name a manifest that is in the repository; it may be new. Raises NotFound."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = _require_writable(tx, registry, actor, name)
        repositories.share(tx, held.id)
        found = tags.find_manifest(tx, held.id, digest)
        if found is None:
            raise NotFound("Not Found")
        is_new = tags.find_live(tx, held.id, tag, now_ms) is None
        manifests.retarget_tags(tx, held.id, [tag], found[0], now_ms)
        kind = "create_tag" if is_new else "move_tag"
        _log(tx, actor, held, kind, now_ms, tag=tag, manifest_digest=digest)

    await registry.db.write(write)


async def set_expiry(
    registry: Registry, actor: Actor, name: RepositoryName, tag: Tag, expires_s: int | None
) -> None:
    """When a live tag ends by itself; None takes the end away."""
    now_ms = registry.now_ms()
    expires_ms = expires_s * 1000 if expires_s is not None else None
    if expires_ms is not None and expires_ms <= now_ms:
        raise RequestInvalid("the expiration lies in the past: give a later time (epoch seconds)")

    def write(tx: Connection) -> None:
        held = _require_writable(tx, registry, actor, name)
        repositories.share(tx, held.id)
        found = tags.find_live(tx, held.id, tag, now_ms)
        if found is None:
            raise NotFound("Not Found")
        tags.set_expiry(tx, found[0], expires_ms)
        manifests.note_change(tx, held.id)
        _log(tx, actor, held, "change_tag_expiration", now_ms, tag=tag, expiration_date=expires_s)

    await registry.db.write(write)


async def remove_tag(registry: Registry, actor: Actor, name: RepositoryName, tag: Tag) -> None:
    """End a live tag; it can be restored for as long as the namespace says."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = _require_writable(tx, registry, actor, name)
        repositories.share(tx, held.id)
        if not manifests.end_tag(tx, held.id, tag, now_ms):
            raise NotFound("Not Found")
        _log(tx, actor, held, "delete_tag", now_ms, tag=tag)

    await registry.db.write(write)


async def restore_tag(
    registry: Registry, actor: Actor, name: RepositoryName, tag: Tag, digest: Digest
) -> None:
    """Make the tag name what it named before, within the namespace's time machine."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        held = _require_writable(tx, registry, actor, name)
        namespace = organizations.find_namespace_row(tx, name.namespace)
        seconds = namespace.tag_expiration_seconds if namespace is not None else None
        if seconds is None:
            seconds = registry.rules.tag_expiration_seconds
        since_ms = now_ms - seconds * 1000
        repositories.share(tx, held.id)
        found = tags.find_manifest(tx, held.id, digest, deleted_after_ms=since_ms)
        if found is None or not tags.was_tagged(tx, held.id, tag, found[0], since_ms):
            raise NotFound("Not Found")
        tags.revive_manifest(tx, found[0])
        manifests.retarget_tags(tx, held.id, [tag], found[0], now_ms, is_reversion=True)
        _log(tx, actor, held, "revert_tag", now_ms, tag=tag, manifest_digest=digest)

    await registry.db.write(write)


def _require_writable(
    tx: Connection, registry: Registry, actor: Actor, name: RepositoryName
) -> Held:
    held = access.require_role(tx, registry.rules, actor, name, Role.WRITE)
    if held.state is not RepositoryState.NORMAL:
        raise Denied(f"{name} is {held.state}: its tags cannot be changed")
    if (why := registry.rules.suspended.get(Action.DELETE)) is not None:
        raise Denied(why)
    return held


def _log(tx: Connection, actor: Actor, held: Held, kind: str, now_ms: int, **what: Any) -> None:
    namespace, _, repo = held.name.partition("/")
    line = audit.line(
        actor,
        kind,
        now_ms,
        namespace=(held.namespace_id, namespace),
        repository_id=held.id,
        repo=repo,
        username=actor.name,
        **what,
    )
    logs.add_lines(tx, [line])
