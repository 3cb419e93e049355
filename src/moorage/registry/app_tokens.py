"""App tokens: passwords for one machine each, user name `$app`."""

from __future__ import annotations

import uuid
from dataclasses import replace

from sqlalchemy import Connection

from moorage.auth.credentials import APP_TOKEN_LENGTH, hash_of, new_token
from moorage.db import credentials, logs
from moorage.db.credentials import AppToken
from moorage.model.accounts import Actor, Scope
from moorage.model.errors import NotFound, SwitchedOff
from moorage.oci.errors import RequestInvalid
from moorage.registry import access, audit
from moorage.registry.context import Registry

TOKENS = 1000
"""App tokens a user may have."""


async def create_app_token(registry: Registry, actor: Actor, title: str) -> tuple[AppToken, str]:
    user_id = _require(registry, actor)
    token, now_ms = new_token(APP_TOKEN_LENGTH), registry.now_ms()
    seconds = registry.rules.app_token_seconds
    row = AppToken(
        id=str(uuid.uuid4()),
        title=title,
        token_sealed=registry.sealer.seal(token),
        created_ms=now_ms,
        expires_ms=now_ms + seconds * 1000 if seconds is not None else None,
        last_accessed_ms=None,
    )

    def write(tx: Connection) -> None:
        if len(credentials.list_app_tokens(tx, user_id, TOKENS)) >= TOKENS:
            raise RequestInvalid(f"you have {TOKENS} app tokens: revoke some first")
        credentials.add_app_token(tx, user_id, row, hash_of(token))
        _log(tx, actor, "create_app_specific_token", now_ms, row)

    await registry.db.write(write)
    return row, token


async def list_app_tokens(
    registry: Registry, actor: Actor, *, expiring_within_s: int | None
) -> list[AppToken]:
    """All of them, or those that end soon."""
    user_id, now_ms = _require(registry, actor), registry.now_ms()
    found = await registry.db.read(lambda tx: credentials.list_app_tokens(tx, user_id, TOKENS))
    if expiring_within_s is None:
        return found
    limit_ms = now_ms + expiring_within_s * 1000
    return [one for one in found if one.expires_ms is not None and one.expires_ms < limit_ms]


async def get_app_token(registry: Registry, actor: Actor, token_id: str) -> tuple[AppToken, str]:
    user_id = _require(registry, actor)
    found = await registry.db.read(lambda tx: credentials.find_app_token(tx, user_id, token_id))
    if found is None:
        raise NotFound("Not Found")
    return found, registry.sealer.open(found.token_sealed)


async def remove_app_token(registry: Registry, actor: Actor, token_id: str) -> None:
    user_id, now_ms = _require(registry, actor), registry.now_ms()

    def write(tx: Connection) -> None:
        found = credentials.find_app_token(tx, user_id, token_id)
        if found is None:
            raise NotFound("Not Found")
        credentials.remove_app_token(tx, token_id)
        _log(tx, actor, "revoke_app_specific_token", now_ms, found)

    await registry.db.write(write)
    registry.revocations.note()


def _require(registry: Registry, actor: Actor) -> int:
    if not registry.rules.app_tokens:
        raise SwitchedOff("app tokens are off: set FEATURE_APP_SPECIFIC_TOKENS")
    return access.require_login(actor, Scope.USER_ADMIN)


def _log(tx: Connection, actor: Actor, kind: str, now_ms: int, token: AppToken) -> None:
    line = audit.line(actor, kind, now_ms, namespace=(actor.user_id or 0, actor.name))
    shown = {"app_specific_token_title": token.title, "app_specific_token": token.id}
    logs.add_lines(tx, [replace(line, metadata=line.metadata | shown)])
