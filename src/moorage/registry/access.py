"""The one place that decides who may do what: `/v2`, the management API, workers.

A missing and a forbidden repository answer alike. Without a sufficient token the answer is 401 with
a challenge, so that clients fetch one; when the token shows that the scope was asked for and not
granted, asking again is useless and the answer is 403, or 404 for those who see the namespace.

A registry token's grant decides without a query, unless rights have changed in this replica since
the token was issued; then, and for every other credential, the account is asked, and the answer is
remembered for `DECISION_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from moorage.auth import credentials
from moorage.db import permissions
from moorage.db.permissions import Held, Place
from moorage.model.accounts import (
    Action,
    Actor,
    Role,
    Scope,
    TeamRole,
    cap,
)
from moorage.model.content import RepositoryState, Visibility
from moorage.model.errors import NotFound
from moorage.oci.errors import Denied, NameUnknown, RegistryError, Unauthorized
from moorage.oci.name import RepositoryName
from moorage.registry.context import Registry, Rules

DECISION_SECONDS = 10
DECISIONS = 10_000
NOTHING: frozenset[Action] = frozenset()

Scopes = tuple[str, Iterable[str]]


def role_in(rules: Rules, actor: Actor, held: Held) -> Role | None:
    """The caller's role in a repository, within the limits of its credential."""
    if actor.user_id is None and not rules.anonymous_access:
        return None
    role = cap(held.role, actor.scopes)
    return Role.READ if role is None and held.visibility is Visibility.PUBLIC else role


def actions_in(rules: Rules, actor: Actor, held: Held) -> frozenset[Action]:
    role = role_in(rules, actor, held)
    if role is None:
        return NOTHING
    if held.state is not RepositoryState.NORMAL:
        return role.actions & {Action.PULL}
    return role.actions


def may_create(rules: Rules, actor: Actor, place: Place) -> bool:
    """Whether the caller may make repositories in a namespace."""
    if actor.scopes is not None and Scope.REPO_CREATE not in actor.scopes:
        return False
    allowed = rules.restricted_users_except
    if allowed is not None and not place.is_organization and actor.name not in allowed:
        return False
    return place.team_role in (TeamRole.CREATOR, TeamRole.ADMIN)


def permitted_actions(
    tx: Connection, rules: Rules, actor: Actor, name: RepositoryName
) -> frozenset[Action]:
    """What the caller's account may do with a repository, whether it exists or could be made."""
    behind = rules.behind_view(name)
    held = permissions.find_held(tx, actor, behind or name)
    if behind is not None:
        return actions_in(rules, actor, held) & {Action.PULL} if held is not None else NOTHING
    if held is not None:
        return actions_in(rules, actor, held)
    if actor.user_id is None:
        return NOTHING
    place = permissions.find_place(tx, actor, name.namespace)
    if place is None:
        makes_namespace = rules.creates_namespaces and not actor.is_robot and actor.scopes is None
        return frozenset(Action) if makes_namespace else NOTHING
    return frozenset(Action) if may_create(rules, actor, place) else NOTHING


async def authorize(registry: Registry, actor: Actor, name: RepositoryName, action: Action) -> None:
    """Raises Unauthorized (401, with the scope to ask for), Denied (403) or NameUnknown (404)."""
    suspended = registry.rules.suspended.get(action)
    if suspended is not None and actor.user_id is not None:
        raise Denied(suspended)
    if actor.rejected is None and action in await _allowed(registry, actor, name):
        return
    raise await _refused(registry, actor, name, action)


async def require_pull(
    registry: Registry, actor: Actor, name: RepositoryName, visibility: str | None
) -> None:
    """As `authorize` for a pull, where the pull statement has read the visibility already."""
    grant = actor.grant
    if (
        grant is not None
        and Action.PULL in grant.granted.get(name, ())
        and grant.issued_s > registry.revocations.last_s()
    ):
        return
    if (
        visibility == Visibility.PUBLIC
        and actor.rejected is None
        and (actor.user_id is not None or registry.rules.anonymous_access)
    ):
        return
    await authorize(registry, actor, name, Action.PULL)


async def _allowed(registry: Registry, actor: Actor, name: RepositoryName) -> frozenset[str]:
    grant = actor.grant
    if grant is None:
        return await _decided(registry, actor, name)
    granted = grant.granted.get(name, frozenset())
    if not granted or grant.issued_s > registry.revocations.last_s():
        return granted
    return granted & await _decided(registry, actor, name)


async def _decided(registry: Registry, actor: Actor, name: RepositoryName) -> frozenset[str]:
    """What the account may do now, remembered for a moment."""
    key = (actor.user_id, actor.scopes, actor.credential, name)
    last_s, now_s = registry.revocations.last_s(), registry.now_s()
    known = registry.decisions.get(key)
    if known is not None and known[0] == last_s and known[1] > now_s:
        return known[2]

    def decide(tx: Connection) -> frozenset[str]:
        if actor.credential is not None and not credentials.holds(tx, actor, now_s):
            return NOTHING
        return permitted_actions(tx, registry.rules, actor, name)

    actions = await registry.db.read(decide)
    if len(registry.decisions) >= DECISIONS:
        registry.decisions.clear()
    registry.decisions[key] = (last_s, now_s + DECISION_SECONDS, actions)
    return actions


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
    rules = registry.rules
    if isinstance(error, Denied) and await registry.db.read(
        lambda tx: _is_hidden(tx, rules, actor, name)
    ):
        return NameUnknown(
            f"no repository {name}, or no {action} access to it: ask an owner of {name.namespace}",
            detail=name,
        )
    return error


def _is_hidden(tx: Connection, rules: Rules, actor: Actor, name: RepositoryName) -> bool:
    """Whether the caller is one of the namespace and sees no such repository in it."""
    place = permissions.find_place(tx, actor, name.namespace)
    if place is None or place.team_role is None:
        return False
    held = permissions.find_held(tx, actor, name)
    return held is None or role_in(rules, actor, held) is None


def wanted(action: Action) -> list[str]:
    """The actions a client should ask for: writers read as well."""
    if action is Action.PUSH:
        return [Action.PULL, Action.PUSH]
    return [action]


def challenge(message: str, scopes: list[Scopes], *, error: str | None = None) -> Unauthorized:
    """A 401 whose scope and error the web layer puts in WWW-Authenticate."""
    text = " ".join(f"repository:{name}:{','.join(actions)}" for name, actions in scopes)
    return Unauthorized(message, headers={"scope": text, "error": error or ""})


def account_of(actor: Actor) -> Actor:
    """The actor without the limits of its token: what the account itself may see."""
    return replace(actor, grant=None)


# The management API's questions. They run in the caller's transaction; OAuth tokens are limited by
# their scopes, every other credential of a user is good for all of them.


def require_login(actor: Actor, *scopes: Scope) -> int:
    """The caller's id. Raises Unauthorized for nobody, Denied when the token has none of `scopes`.

    Robots and app tokens sign in to the registry, not to the management API.
    """
    if actor.user_id is None:
        raise Unauthorized(actor.rejected or "Requires authentication")
    if scopes and actor.scopes is not None and not actor.scopes.intersection(scopes):
        raise Denied(f"Unauthorized: the token needs the scope {' or '.join(scopes)}")
    return actor.user_id


def require_reader(rules: Rules, actor: Actor) -> None:
    """Raises Unauthorized where nobody may see anything without a login."""
    if actor.rejected is not None or not rules.anonymous_access:
        require_login(actor)


def require_superuser(actor: Actor, *, to_read: bool = False) -> int:
    """Raises Denied for everybody else; read-only superusers may read."""
    user_id = require_login(actor, Scope.SUPER_USER)
    if not actor.is_superuser and not (to_read and actor.reads_everything):
        raise Denied("Unauthorized: superusers only")
    return user_id


def require_place(tx: Connection, actor: Actor, namespace: str, needed: TeamRole) -> Place:
    """An organization where the caller has the team role. Raises NotFound, Denied, Unauthorized.

    Only who knows all organizations hears NotFound of a missing one; for all others it is as
    forbidden as one that is there.
    """
    require_login(actor, Scope.ORG_ADMIN)
    place = permissions.find_place(tx, actor, namespace)
    if place is None or not place.is_organization:
        if knows_all_names(actor):
            raise NotFound("Not Found")
        raise Denied("Unauthorized")
    order = list(TeamRole)
    if place.team_role is None or order.index(place.team_role) < order.index(needed):
        if needed is TeamRole.MEMBER and actor.reads_everything:
            return place
        raise Denied("Unauthorized")
    return place


def knows_all_names(actor: Actor) -> bool:
    """Whether the caller may list all organizations anyway: superusers, read-only ones too."""
    is_scoped = actor.scopes is None or Scope.SUPER_USER in actor.scopes
    return is_scoped and (actor.is_superuser or actor.reads_everything)


def require_role(
    tx: Connection, rules: Rules, actor: Actor, name: RepositoryName, needed: Role
) -> Held:
    """A repository where the caller has the role.

    Who may make repositories in the namespace hears NotFound of a missing one; for all others
    missing and forbidden are the same: Unauthorized for nobody, else Denied.
    """
    held = permissions.find_held(tx, actor, name)
    role = role_in(rules, actor, held) if held is not None else None
    if held is not None and role is not None and role.rank >= needed.rank:
        return held
    if actor.user_id is None:
        raise Unauthorized(actor.rejected or "Requires authentication")
    if held is None:
        place = permissions.find_place(tx, actor, name.namespace)
        if place is not None and place.team_role in (TeamRole.CREATOR, TeamRole.ADMIN):
            raise NotFound("Not Found")
    raise Denied("Unauthorized")
