"""What a database needs before its first request: keys, a first user, the bootstrap token."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection

from moorage.auth import passwords
from moorage.auth.credentials import hash_of
from moorage.auth.sealing import find_key, kept_key, new_key
from moorage.auth.tokens import KEPT_KEYS, new_signing_key
from moorage.db import accounts, credentials, kept_keys
from moorage.oci.errors import RequestInvalid
from moorage.registry.applications import require_scopes
from moorage.registry.context import Registry
from moorage.settings import Settings

ADMIN = "admin"

log = structlog.get_logger("moorage.server")


@dataclass(frozen=True, slots=True)
class FirstUser:
    """The superuser made on an empty database."""

    name: str
    password: str


def first_rows(tx: Connection, settings: Settings, admin_password: str | None) -> FirstUser | None:
    """Keys, the first user of an empty database, the configured token. Raises ValueError."""
    now_ms = int(time.time() * 1000)
    if not accounts.signing_keys(tx):
        accounts.add_signing_key(tx, new_signing_key(), now_ms, KEPT_KEYS)
    if not settings.database_secret_key and _shares_key(settings):
        kept_keys.keep_seal_key(tx, find_key(_key_file(settings)) or new_key())
    first = None
    has_token = settings.bootstrap_token is not None
    if not accounts.has_users(tx) and (has_token or not settings.feature_user_initialize):
        first = _first_user(tx, settings, admin_password, now_ms)
    _keep_bootstrap_token(tx, settings, now_ms)
    return first


async def use_kept_key(settings: Settings, registry: Registry) -> None:
    """The key for a configuration without one: of the database, or of SQLite's data folder.

    A file would be another one in each replica, so PostgreSQL keeps it itself.
    """
    path = _key_file(settings)
    if _shares_key(settings):
        key = await registry.db.read(kept_keys.find_seal_key)
        if not settings.database_secret_key:
            log.warning("DATABASE_SECRET_KEY is not set: the key of tokens is in their database")
    else:
        key = find_key(path) if settings.database_secret_key else kept_key(path)
    if key is not None:
        registry.sealer.use_kept(key)


def _key_file(settings: Settings) -> Path:
    return settings.data_folder.absolute() / "secret.key"


def _shares_key(settings: Settings) -> bool:
    return not settings.database_url.startswith("sqlite")


def _first_user(
    tx: Connection, settings: Settings, admin_password: str | None, now_ms: int
) -> FirstUser | None:
    name = settings.bootstrap_token_owner if settings.bootstrap_token is not None else ADMIN
    first = FirstUser(name, admin_password or secrets.token_urlsafe(12))
    password_hash = passwords.hashed(first.password)
    is_new = accounts.create_user(tx, first.name, "", password_hash, True, now_ms)
    return first if is_new else None


def _keep_bootstrap_token(tx: Connection, settings: Settings, now_ms: int) -> None:
    """The token is good while the configuration has it; another one takes its place."""
    token, life_s = settings.bootstrap_token, settings.bootstrap_token_expiration
    if token is None:
        credentials.revoke_oauth_token(tx, credentials.BOOTSTRAP)
        return
    name = settings.bootstrap_token_owner
    owner = accounts.find_user(tx, name)
    if owner is None or owner.is_robot:
        raise ValueError(
            f"BOOTSTRAP_TOKEN_OWNER: there is no user {name}. Name one that there is, or start on "
            "an empty database, where it is made"
        )
    try:
        scope = " ".join(sorted(require_scopes(settings.bootstrap_token_scope)))
    except RequestInvalid as error:
        raise ValueError(f"BOOTSTRAP_TOKEN_SCOPE: {error.message}") from None
    life_ms = None if life_s is None else life_s * 1000
    credentials.keep_bootstrap_token(tx, hash_of(token), owner.id, scope, now_ms, life_ms)
