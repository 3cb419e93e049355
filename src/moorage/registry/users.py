"""Users: who they are, signing up, the superusers' panel."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from moorage.auth import passwords
from moorage.auth.credentials import OAUTH_TOKEN_LENGTH, hash_of, new_token
from moorage.db import accounts, credentials, logs, organizations, users
from moorage.db.credentials import OauthToken
from moorage.db.users import UserDetails
from moorage.model.accounts import Actor, Scope
from moorage.model.errors import NotFound
from moorage.oci.errors import Denied, RequestInvalid, quoted
from moorage.registry import access, audit
from moorage.registry.context import Registry

NAME_PATTERN = "^([a-z0-9]+(?:[._-][a-z0-9]+)*)$"
NAME_TAKEN = "A user or organization with this name already exists"
FIRST_TOKEN_SECONDS = 9000
ORGANIZATIONS_SHOWN = 1000
_NAME = re.compile(NAME_PATTERN)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


@dataclass(frozen=True, slots=True)
class Profile:
    """A user with the organizations it is in: name, may create repositories, administers."""

    details: UserDetails
    organizations: list[tuple[str, bool, bool]]


def require_name(name: str) -> None:
    """Raises RequestInvalid for what cannot name a user or an organization."""
    if _NAME.fullmatch(name) is None or len(name) > 255:
        raise RequestInvalid(
            f"Invalid namespace {quoted(name)}: Namespace must match expression {NAME_PATTERN}"
        )


def require_password(password: str) -> None:
    if not passwords.PASSWORD_LENGTH_AT_LEAST <= len(password) <= passwords.PASSWORD_LENGTH:
        raise RequestInvalid(
            f"a password has {passwords.PASSWORD_LENGTH_AT_LEAST} to {passwords.PASSWORD_LENGTH} "
            "characters"
        )


async def get_profile(registry: Registry, actor: Actor) -> Profile:
    """The caller itself."""
    user_id = access.require_login(actor, Scope.USER_READ, Scope.USER_ADMIN)

    def read(tx: Connection) -> Profile:
        details = users.find_details(tx, actor.name)
        if details is None:
            raise NotFound("Not Found")
        return Profile(details, organizations.organizations_of(tx, user_id, ORGANIZATIONS_SHOWN))

    return await registry.db.read(read)


async def find_user(registry: Registry, actor: Actor, name: str) -> UserDetails:
    """Anybody, for those who are signed in. Raises NotFound."""
    access.require_login(actor)
    found = await registry.db.read(lambda tx: users.find_details(tx, name))
    if found is None:
        raise NotFound("Not Found")
    return found


async def update_self(registry: Registry, actor: Actor, values: dict[str, Any]) -> None:
    """Change the caller's own profile; `password` and `tag_expiration_s` among it."""
    user_id = access.require_login(actor, Scope.USER_ADMIN)
    await _update(registry, actor, user_id, actor.name, values)


async def has_users(registry: Registry) -> bool:
    return await registry.db.read(accounts.has_users)


async def initialize(
    registry: Registry, name: str, password: str, email: str, *, with_token: bool
) -> tuple[Actor, str | None]:
    """The first user of an empty database, and a token for everything, on request.

    Raises RequestInvalid where there are users, NotFound where it is not switched on.
    """
    if not registry.rules.creates_first_user:
        has_users = await registry.db.read(accounts.has_users)
        if has_users:
            raise RequestInvalid("Cannot initialize user in a non-empty database")
        raise NotFound("POST /user/initialize is off: set FEATURE_USER_INITIALIZE")
    require_name(name)
    require_password(password)
    password_hash = await passwords.hashed_aside(password)
    now_ms, token = registry.now_ms(), new_token(OAUTH_TOKEN_LENGTH)

    def write(tx: Connection) -> Actor:
        accounts.lock_first_user(tx)
        if accounts.has_users(tx):
            raise RequestInvalid("Cannot initialize user in a non-empty database")
        if not accounts.create_user(tx, name, email, password_hash, True, now_ms):
            raise RequestInvalid(NAME_TAKEN)
        user = accounts.find_user(tx, name)
        assert user is not None
        if with_token:
            scope = " ".join(Scope)
            row = OauthToken(
                secrets.token_hex(16),
                "automation",
                scope,
                now_ms,
                now_ms + FIRST_TOKEN_SECONDS * 1000,
                None,
                name,
            )
            credentials.add_oauth_token(tx, row, hash_of(token), user.id, None)
        actor = registry.authenticator.actor_for(user, None)
        line = audit.line(actor, "user_create", now_ms, namespace=(user.id, name), username=name)
        logs.add_lines(tx, [line])
        return actor

    actor = await registry.db.write(write)
    return actor, token if with_token else None


async def sign_up(registry: Registry, actor: Actor, name: str, password: str, email: str) -> None:
    """An account for whoever asks, where FEATURE_USER_CREATION is on."""
    if not registry.rules.open_sign_up:
        raise NotFound("sign-up is off: set FEATURE_USER_CREATION, or ask a superuser")
    require_password(password)
    await _create(registry, actor, name, password, email)


async def create_user(registry: Registry, actor: Actor, name: str, email: str) -> str:
    """By a superuser; answers the generated password."""
    access.require_superuser(actor)
    password = new_token(32)
    await _create(registry, actor, name, password, email)
    return password


async def list_users(
    registry: Registry, actor: Actor, last: str, limit: int, *, with_disabled: bool
) -> list[UserDetails]:
    access.require_superuser(actor, to_read=True)
    return await registry.db.read(
        lambda tx: users.list_details(tx, last, limit, with_disabled=with_disabled)
    )


async def get_user(registry: Registry, actor: Actor, name: str) -> UserDetails:
    access.require_superuser(actor, to_read=True)
    found = await registry.db.read(lambda tx: users.find_details(tx, name))
    if found is None:
        raise NotFound("Not Found")
    return found


async def update_user(
    registry: Registry, actor: Actor, name: str, values: dict[str, Any]
) -> UserDetails:
    """By a superuser: `password`, `email`, `enabled`."""
    access.require_superuser(actor)
    found = await get_user(registry, actor, name)
    if values.get("is_enabled") is False and found.id == actor.user_id:
        raise RequestInvalid("you cannot disable yourself: ask another superuser")
    await _update(registry, actor, found.id, name, values)
    return await get_user(registry, actor, name)


async def remove_user(registry: Registry, actor: Actor, name: str) -> None:
    """A user with its namespace, robots and repositories."""
    access.require_superuser(actor)
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        found = users.find_details(tx, name)
        if found is None:
            raise NotFound("Not Found")
        if found.id == actor.user_id:
            raise Denied("you cannot delete yourself: ask another superuser")
        organizations.remove_namespace(tx, found.id)
        line = audit.line(actor, "user_delete", now_ms, namespace=(found.id, name), username=name)
        logs.add_lines(tx, [line])

    await registry.db.write(write)
    registry.revocations.note()


async def _create(registry: Registry, actor: Actor, name: str, password: str, email: str) -> None:
    require_name(name)
    if email and _EMAIL.fullmatch(email) is None:
        raise RequestInvalid(f"Invalid email address {quoted(email)}")
    password_hash, now_ms = await passwords.hashed_aside(password), registry.now_ms()

    def write(tx: Connection) -> None:
        if not accounts.create_user(tx, name, email, password_hash, False, now_ms):
            raise RequestInvalid(NAME_TAKEN)
        place = (accounts.get_namespace(tx, name), name)
        line = audit.line(actor, "user_create", now_ms, namespace=place, username=name, email=email)
        logs.add_lines(tx, [line])

    await registry.db.write(write)


async def _update(
    registry: Registry, actor: Actor, user_id: int, name: str, values: dict[str, Any]
) -> None:
    changed, now_ms = dict(values), registry.now_ms()
    password = changed.pop("password", None)
    if password is not None:
        require_password(password)
        changed["password_hash"] = await passwords.hashed_aside(password)
    if changed.get("email") and _EMAIL.fullmatch(changed["email"]) is None:
        raise RequestInvalid(f"Invalid email address {quoted(changed['email'])}")
    seconds = changed.pop("tag_expiration_seconds", None)
    if seconds is not None and seconds not in registry.rules.tag_expiration_options:
        raise RequestInvalid("Invalid tag expiration option")

    def write(tx: Connection) -> None:
        users.update_user(tx, user_id, changed)
        if seconds is not None:
            organizations.update_namespace(tx, user_id, {"tag_expiration_seconds": seconds})
        if password is not None or changed.get("is_enabled") is False:
            credentials.remove_sessions(tx, user_id)
        kind = "account_change_password" if password is not None else "user_update"
        shown = sorted(set(values) - {"password"})
        line = audit.line(
            actor, kind, now_ms, namespace=(user_id, name), username=name, changed=shown
        )
        logs.add_lines(tx, [line])

    await registry.db.write(write)
    registry.revocations.note()
