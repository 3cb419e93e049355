"""Browsers that are signed in."""

from __future__ import annotations

from sqlalchemy import Connection

from moorage.auth.credentials import hash_of, new_token
from moorage.db import credentials as rows
from moorage.db import logs
from moorage.model.accounts import ANONYMOUS, Actor, Credential, CredentialKind
from moorage.model.errors import FreshLoginRequired
from moorage.oci.errors import Denied
from moorage.registry import audit
from moorage.registry.context import Registry

SESSION_TOKEN_LENGTH = 64


async def sign_in(registry: Registry, name: str, password: str, address: str) -> str | None:
    """A new session's token, or None for a wrong password. Only passwords open a session."""
    actor = await registry.authenticator.sign_in(name, password, registry.now_s(), address)
    if actor is None or actor.user_id is None:
        return None
    if actor.credential is None or actor.credential.kind is not CredentialKind.PASSWORD:
        raise Denied("robots and tokens sign in to the registry, not to the console")
    return await open_session(registry, actor, address)


async def open_session(registry: Registry, actor: Actor, address: str) -> str:
    token, now_ms, user_id = new_token(SESSION_TOKEN_LENGTH), registry.now_ms(), actor.user_id
    assert user_id is not None

    def write(tx: Connection) -> None:
        expires_ms = now_ms + registry.rules.session_seconds * 1000
        rows.add_session(tx, hash_of(token), user_id, now_ms, expires_ms)
        place = (user_id, actor.name)
        line = audit.line(actor, "login_success", now_ms, namespace=place, address=address)
        logs.add_lines(tx, [line])

    await registry.db.write(write)
    return token


async def sign_out(registry: Registry, token: str) -> None:
    await registry.db.write(lambda tx: rows.remove_session(tx, hash_of(token)))
    registry.revocations.note()


async def actor_of(registry: Registry, token: str) -> Actor:
    """The user of a session; nobody when it has ended."""
    token_hash, now_ms = hash_of(token), registry.now_ms()
    found = await registry.db.read(lambda tx: rows.find_session(tx, token_hash, now_ms))
    if found is None:
        return ANONYMOUS
    credential = Credential(CredentialKind.SESSION, token_hash)
    return registry.authenticator.actor_for(found.user, credential)


async def require_fresh(registry: Registry, token: str | None) -> None:
    """Raises FreshLoginRequired when the browser signed in too long ago for a delicate change."""
    if token is None:
        return
    token_hash, now_ms = hash_of(token), registry.now_ms()
    found = await registry.db.read(lambda tx: rows.find_session(tx, token_hash, now_ms))
    limit_ms = now_ms - registry.rules.fresh_login_seconds * 1000
    if found is None or found.signed_in_ms < limit_ms:
        raise FreshLoginRequired("The action requires a fresh login to succeed.")
