"""Mounting: a blob of another repository without its bytes. (end-11)"""

from __future__ import annotations

from sqlalchemy import Connection

from moorage.db import blobs
from moorage.model.accounts import Action, Actor
from moorage.oci.digest import Digest
from moorage.oci.errors import Unauthorized
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry
from moorage.registry.repositories import ensure_repository


async def mount_blob(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    digest: Digest,
    source: RepositoryName | None,
) -> bool:
    """Link a blob from another repository; False when there is none that the caller may read.

    Raises Unauthorized with both scopes when the account may pull `source` but the token does not
    say so: the client comes back with a wider token. (end-11)
    """
    try:
        await access.authorize(registry, actor, name, Action.PUSH)
    except Unauthorized as error:
        # One challenge for both repositories: some clients answer only the first.
        if source is not None and "scope" in error.headers:
            error.headers["scope"] += f" repository:{source}:{Action.PULL}"
        raise
    account = access.account_of(actor)
    if not await registry.db.read(lambda tx: blobs.has_visible_blob(tx, account, digest, source)):
        return False
    if source is not None and actor.grant is not None:
        held = actor.grant
        if Action.PULL not in held.granted.get(source, ()) and Action.PULL not in held.asked.get(
            source, ()
        ):
            raise access.challenge(
                f"mounting from {source} needs pull access to it",
                [(name, access.wanted(Action.PUSH)), (source, [Action.PULL])],
                error="insufficient_scope",
            )
    now_ms = registry.now_ms()

    def write(tx: Connection) -> bool:
        repository = ensure_repository(tx, registry, actor, name, now_ms)
        due_ms = now_ms + registry.rules.untagged_ms
        return blobs.link_blob(tx, repository.id, digest, now_ms, due_ms) is not None

    return await registry.db.write(write)
