"""The one place that decides who may do what.

A missing and a forbidden repository answer alike. Without a sufficient token the answer is 401 with
a challenge, so that clients fetch one; when the token shows that the scope was asked for and not
granted, asking again is useless and the answer is 403, or 404 for those who see the namespace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from moorage.db import repositories
from moorage.model.accounts import Action, Actor
from moorage.model.content import Visibility
from moorage.oci.errors import Denied, NameUnknown, RegistryError, Unauthorized
from moorage.oci.name import RepositoryName
from moorage.registry.context import Registry

Scope = tuple[str, Iterable[str]]


def permitted_actions(tx: Connection, actor: Actor, name: RepositoryName) -> frozenset[Action]:
    """What the caller's account may do with a repository, whether it exists or could be made."""
    if repositories.may_write_namespace(tx, actor, name.namespace):
        return frozenset(Action)
    found = repositories.find_repository(tx, name)
    if found is not None and found.visibility is Visibility.PUBLIC:
        return frozenset({Action.PULL})
    return frozenset()


async def authorize(registry: Registry, actor: Actor, name: RepositoryName, action: Action) -> None:
    """Raises Unauthorized (401, with the scope to ask for), Denied (403) or NameUnknown (404)."""
    if actor.grant is not None:
        if action in actor.grant.granted.get(name, ()):
            return
    elif actor.rejected is None:
        permitted = await registry.db.read(lambda tx: permitted_actions(tx, actor, name))
        if action in permitted and (actor.user_id is not None or may_read_anonymously(registry)):
            return
    raise await _refused(registry, actor, name, action)


async def require_pull(
    registry: Registry, actor: Actor, name: RepositoryName, visibility: str | None
) -> None:
    """As `authorize` for a pull, where the pull statement has read the visibility already."""
    if actor.grant is not None and Action.PULL in actor.grant.granted.get(name, ()):
        return
    if (
        visibility == Visibility.PUBLIC
        and actor.rejected is None
        and (actor.user_id is not None or may_read_anonymously(registry))
    ):
        return
    await authorize(registry, actor, name, Action.PULL)


def may_read_anonymously(registry: Registry) -> bool:
    return registry.rules.anonymous_access


def refusal(actor: Actor, name: RepositoryName, action: Action) -> RegistryError:
    """The error for a caller without the right, the same for missing and forbidden."""
    if actor.rejected is not None:
        return challenge(actor.rejected, [(name, wanted(action))], error="invalid_token")
    was_refused = actor.grant is not None and action in actor.grant.asked.get(name, ())
    is_known = actor.user_id is not None
    if is_known and (actor.grant is None or was_refused):
        return Denied(
            f"{actor.name} has no {action} access to {name}, or it does not exist: ask an owner "
            f"of {name.namespace}"
        )
    error = "insufficient_scope" if actor.grant is not None else None
    return challenge(
        f"{action} access to {name} needs a login, or it does not exist",
        [(name, wanted(action))],
        error=error,
    )


async def _refused(
    registry: Registry, actor: Actor, name: RepositoryName, action: Action
) -> RegistryError:
    """As `refusal`; who sees the namespace is told that what he may not see is not there."""
    error = refusal(actor, name, action)
    if isinstance(error, Denied) and await registry.db.read(lambda tx: _is_hidden(tx, actor, name)):
        return NameUnknown(
            f"no repository {name}, or no {action} access to it: ask an owner of {name.namespace}",
            detail=name,
        )
    return error


def _is_hidden(tx: Connection, actor: Actor, name: RepositoryName) -> bool:
    """Whether the caller sees the namespace and in it no such repository."""
    if not repositories.sees_namespace(tx, actor, name.namespace):
        return False
    found = repositories.find_repository(tx, name)
    return found is None or found.visibility is not Visibility.PUBLIC


def wanted(action: Action) -> list[str]:
    """The actions a client should ask for: writers read as well."""
    if action is Action.PUSH:
        return [Action.PULL, Action.PUSH]
    return [action]


def challenge(message: str, scopes: list[Scope], *, error: str | None = None) -> Unauthorized:
    """A 401 whose scope and error the web layer puts in WWW-Authenticate."""
    text = " ".join(f"repository:{name}:{','.join(actions)}" for name, actions in scopes)
    return Unauthorized(message, headers={"scope": text, "error": error or ""})


def account_of(actor: Actor) -> Actor:
    """The actor without the limits of its token: what the account itself may see."""
    return replace(actor, grant=None)
