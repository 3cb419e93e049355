"""Handing out registry tokens (distribution token specification; registry login)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from moorage.auth.tokens import Access
from moorage.model.accounts import Action, Actor
from moorage.oci.errors import NameInvalid
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry

SCOPES = 50
"""More scopes than this in one request are not looked at."""
ACTIONS = frozenset({*Action, "*"})

_SCOPE = re.compile(
    r"(?P<type>[a-z]+)(?:\([a-z]+\))?:(?P<name>[^:]+(?::[0-9]+/[^:]+)?):(?P<acts>.*)"
)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    token: str
    refresh_token: str | None
    expires_in_seconds: int
    issued_at_s: int
    scope: str


async def issue_token(
    registry: Registry, actor: Actor, scopes: Iterable[str], *, offline: bool
) -> IssuedToken:
    """A token for what was asked and is permitted; less than asked is no error."""
    asked = _merged(scopes)
    # The time is taken before the rights are read: a right that is lost in between is lost.
    now_s = registry.now_s()
    accesses = await registry.db.read(lambda tx: _decide(tx, registry, actor, asked))
    is_user = actor.user_id is not None
    return IssuedToken(
        token=registry.tokens.issue(actor, accesses, now_s),
        refresh_token=registry.tokens.issue_refresh(actor, now_s) if is_user and offline else None,
        expires_in_seconds=registry.tokens.lifetime_seconds,
        issued_at_s=int(now_s),
        scope=" ".join(
            f"{a.kind}:{a.name}:{','.join(sorted(a.granted))}" for a in accesses if a.granted
        ),
    )


def _merged(scopes: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    """Scopes by type and name; repeated ones add up, unreadable and unknown ones are ignored."""
    asked: dict[tuple[str, str], set[str]] = {}
    for text in [one for value in scopes for one in value.split()][:SCOPES]:
        if (found := _SCOPE.fullmatch(text)) is not None:
            # Only what we know: the token holds what was asked, and must fit in a header.
            actions = ACTIONS.intersection(found["acts"].split(","))
            asked.setdefault((found["type"], found["name"]), set()).update(actions)
    return asked


def _decide(
    tx: Connection, registry: Registry, actor: Actor, asked: dict[tuple[str, str], set[str]]
) -> list[Access]:
    found = []
    for (kind, name), actions in asked.items():
        if (kind, name) == ("registry", "catalog"):
            found.append(Access(name, frozenset(actions), frozenset(actions), kind))
        elif kind == "repository":
            found.append(_repository_access(tx, registry, actor, name, actions))
    return found


def _repository_access(
    tx: Connection, registry: Registry, actor: Actor, name: str, actions: set[str]
) -> Access:
    try:
        parsed = RepositoryName.parse(name)
    except NameInvalid:
        return Access(name[:255], frozenset(), frozenset(actions))
    permitted = access.permitted_actions(tx, registry.rules, actor, parsed)
    if "*" in actions:
        actions = actions | set(permitted)
    return Access(parsed, frozenset(actions) & permitted, frozenset(actions))
