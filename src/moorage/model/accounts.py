"""Who asks, and what may be asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What one may do with a repository (distribution-spec scopes)."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    is_superuser: bool
    password_hash: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a registry token carries: the actions granted and those asked for and refused."""

    granted: dict[str, frozenset[str]]
    asked: dict[str, frozenset[str]]
    catalog: bool
    expires_s: float


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: a user or, with `user_id` None, nobody; `grant` are the limits of its token."""

    user_id: int | None
    name: str
    is_superuser: bool = False
    grant: Grant | None = None
    rejected: str | None = field(default=None)
    """Why a credential that was sent is not accepted; None when it is, or none was sent."""


ANONYMOUS = Actor(user_id=None, name="")
