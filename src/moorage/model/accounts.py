"""Who asks, and what may be asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What one may do with a repository (distribution-spec scopes)."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"


class Role(StrEnum):
    """What a user, robot or team is to a repository; each includes the ones before."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return _RANKS.index(self) + 1

    @property
    def actions(self) -> frozenset[Action]:
        return frozenset({Action.PULL}) if self is Role.READ else frozenset(Action)


_RANKS = [Role.READ, Role.WRITE, Role.ADMIN]


def role_of_rank(rank: int) -> Role | None:
    """The role with this rank; 0 is none."""
    return _RANKS[rank - 1] if rank else None


class TeamRole(StrEnum):
    """What a team's members may do in the organization itself."""

    MEMBER = "member"
    CREATOR = "creator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an OAuth access token may be used for, as Quay names it."""

    REPO_READ = "repo:read"
    REPO_WRITE = "repo:write"
    REPO_ADMIN = "repo:admin"
    REPO_CREATE = "repo:create"
    USER_READ = "user:read"
    USER_ADMIN = "user:admin"
    ORG_ADMIN = "org:admin"
    SUPER_USER = "super:user"


class CredentialKind(StrEnum):
    PASSWORD = "password"
    ROBOT = "robot"
    APP_TOKEN = "app_token"
    OAUTH = "oauth"
    SESSION = "session"
    CLI = "command line"


@dataclass(frozen=True, slots=True)
class Credential:
    """What the caller has shown: enough to name it in a log and to see whether it still holds."""

    kind: CredentialKind
    id: str = ""
    label: str = ""
    fingerprint: str = ""
    """Changes when the password or token does."""


@dataclass(frozen=True, slots=True)
class User:
    """A person or, with `is_robot`, a robot account."""

    id: int
    name: str
    is_superuser: bool
    password_hash: str
    email: str = ""
    is_enabled: bool = True
    is_robot: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What a registry token carries: the actions granted and those asked for and refused."""

    granted: dict[str, frozenset[str]]
    asked: dict[str, frozenset[str]]
    catalog: bool
    issued_s: float = 0.0
    expires_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: a user or, with `user_id` None, nobody; `grant` are the limits of its token."""

    user_id: int | None
    name: str
    is_superuser: bool = False
    grant: Grant | None = None
    rejected: str | None = field(default=None)
    """Why a credential that was sent is not accepted; None when it is, or none was sent."""

    is_robot: bool = False
    has_full_access: bool = False
    """A superuser who may do everything with everybody's repositories."""

    reads_everything: bool = False
    """A read-only superuser, or one with full access."""

    scopes: frozenset[Scope] | None = None
    """The limits of an OAuth token; None for every other credential."""

    credential: Credential | None = None
    address: str = ""
    """From where, for the usage log; pulls, which are many, leave it empty."""


ANONYMOUS = Actor(user_id=None, name="")


def cap(role: Role | None, scopes: frozenset[Scope] | None) -> Role | None:
    """The role that is left under the limits of an OAuth token."""
    if role is None or scopes is None:
        return role
    if Scope.REPO_ADMIN in scopes:
        most = Role.ADMIN
    elif Scope.REPO_WRITE in scopes:
        most = Role.WRITE
    elif Scope.REPO_READ in scopes:
        most = Role.READ
    else:
        return None
    return min(role, most, key=lambda one: one.rank)
