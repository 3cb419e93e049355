"""OAuth applications of organizations, and the access tokens made for them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from moorage.auth.authenticate import scopes_of
from moorage.auth.credentials import OAUTH_TOKEN_LENGTH, hash_of, new_token
from moorage.db import credentials, logs
from moorage.db.credentials import Application, OauthToken
from moorage.db.permissions import Place
from moorage.model.accounts import Actor, Scope, TeamRole
from moorage.model.errors import NotFound
from moorage.oci.errors import Denied, RequestInvalid, quoted
from moorage.registry import access, audit
from moorage.registry.context import Registry

CLIENT_ID_LENGTH = 20
TOKEN_SECONDS = 10 * 365 * 86_400
"""Life of an access token unless another is asked for, as in Quay: ten years."""


async def create_application(
    registry: Registry, actor: Actor, organization: str, name: str, values: dict[str, Any]
) -> tuple[Application, str]:
    """The application and its secret."""
    secret, now_ms = new_token(OAUTH_TOKEN_LENGTH), registry.now_ms()
    sealed = registry.sealer.seal(secret)

    def write(tx: Connection) -> Application:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        application = Application(
            client_id=new_token(CLIENT_ID_LENGTH),
            namespace_id=place.id,
            name=name,
            description=values.get("description", ""),
            application_uri=values.get("application_uri", ""),
            redirect_uri=values.get("redirect_uri", ""),
            avatar_email=values.get("avatar_email"),
            secret_sealed=sealed,
        )
        credentials.add_application(tx, application, now_ms)
        _log(tx, actor, place, "create_application", now_ms, application)
        return application

    return await registry.db.write(write), secret


async def list_applications(
    registry: Registry, actor: Actor, organization: str, last: str, limit: int
) -> list[tuple[Application, str]]:
    def read(tx: Connection) -> list[Application]:
        place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
        return credentials.list_applications(tx, place.id, last, limit)

    found = await registry.db.read(read)
    return [(one, registry.sealer.open(one.secret_sealed)) for one in found]


async def get_application(
    registry: Registry, actor: Actor, organization: str, client_id: str
) -> tuple[Application, str]:
    found = await registry.db.read(
        lambda tx: _require(tx, registry, actor, organization, client_id)[1]
    )
    return found, registry.sealer.open(found.secret_sealed)


async def update_application(
    registry: Registry, actor: Actor, organization: str, client_id: str, values: dict[str, Any]
) -> tuple[Application, str]:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> Application:
        place, found = _require(tx, registry, actor, organization, client_id)
        changed = replace(found, **values)
        credentials.update_application(tx, changed)
        _log(tx, actor, place, "update_application", now_ms, changed)
        return changed

    changed = await registry.db.write(write)
    return changed, registry.sealer.open(changed.secret_sealed)


async def reset_secret(
    registry: Registry, actor: Actor, organization: str, client_id: str
) -> tuple[Application, str]:
    secret, now_ms = new_token(OAUTH_TOKEN_LENGTH), registry.now_ms()
    sealed = registry.sealer.seal(secret)

    def write(tx: Connection) -> Application:
        place, found = _require(tx, registry, actor, organization, client_id)
        changed = replace(found, secret_sealed=sealed)
        credentials.update_application(tx, changed)
        _log(tx, actor, place, "reset_application_client_secret", now_ms, changed)
        return changed

    return await registry.db.write(write), secret


async def remove_application(
    registry: Registry, actor: Actor, organization: str, client_id: str
) -> None:
    """With all its tokens, which are worthless from now on."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place, found = _require(tx, registry, actor, organization, client_id)
        credentials.remove_application(tx, client_id)
        _log(tx, actor, place, "delete_application", now_ms, found)

    await registry.db.write(write)
    registry.revocations.note()


async def create_token(
    registry: Registry,
    actor: Actor,
    organization: str,
    client_id: str,
    name: str,
    scope: str,
    expires_ms: int | None,
) -> tuple[OauthToken, str]:
    """A token that acts as the caller, within `scope`; it is shown this once."""
    wanted = require_scopes(scope)
    user_id = access.require_login(actor)
    if actor.scopes is not None and not wanted <= actor.scopes:
        missing = " ".join(sorted(wanted - actor.scopes))
        raise Denied(f"Unauthorized: a token cannot make one that may do more ({missing})")
    token, now_ms = new_token(OAUTH_TOKEN_LENGTH), registry.now_ms()
    row = OauthToken(
        id=str(uuid.uuid4()),
        name=name,
        scope=" ".join(sorted(wanted)),
        created_ms=now_ms,
        expires_ms=expires_ms if expires_ms is not None else now_ms + TOKEN_SECONDS * 1000,
        last_accessed_ms=None,
        created_by=actor.name,
    )

    def write(tx: Connection) -> None:
        place, found = _require(tx, registry, actor, organization, client_id)
        credentials.add_oauth_token(tx, row, hash_of(token), user_id, client_id)
        _log(tx, actor, place, "create_oauth_api_token", now_ms, found, token=row.id)

    await registry.db.write(write)
    return row, token


async def list_tokens(
    registry: Registry, actor: Actor, organization: str, client_id: str, last: str, limit: int
) -> list[OauthToken]:
    def read(tx: Connection) -> list[OauthToken]:
        _require(tx, registry, actor, organization, client_id)
        return credentials.list_oauth_tokens(tx, client_id, last, limit)

    return await registry.db.read(read)


async def remove_token(
    registry: Registry, actor: Actor, organization: str, client_id: str, token_id: str
) -> None:
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place, found = _require(tx, registry, actor, organization, client_id)
        if not credentials.remove_oauth_token(tx, client_id, token_id):
            raise NotFound("Not Found")
        _log(tx, actor, place, "revoke_oauth_api_token", now_ms, found, token=token_id)

    await registry.db.write(write)
    registry.revocations.note()


async def grant_token(
    registry: Registry,
    actor: Actor,
    client_id: str,
    redirect_uri: str,
    scope: str,
    own_page: str,
) -> tuple[str, int]:
    """The browser's way: a token for an application that the signed-in user lets act for it.

    The token goes to the application's address or to `own_page`, nowhere else. Raises NotFound for
    an unknown application, RequestInvalid for another address.
    """
    user_id = access.require_login(actor)
    wanted, token, now_ms = require_scopes(scope), new_token(OAUTH_TOKEN_LENGTH), registry.now_ms()
    row = OauthToken(
        id=str(uuid.uuid4()),
        name="",
        scope=" ".join(sorted(wanted)),
        created_ms=now_ms,
        expires_ms=now_ms + TOKEN_SECONDS * 1000,
        last_accessed_ms=None,
        created_by=actor.name,
    )

    def write(tx: Connection) -> None:
        found = credentials.find_application(tx, client_id)
        if found is None:
            raise NotFound("Not Found")
        if redirect_uri not in (own_page, found.redirect_uri):
            raise RequestInvalid("redirect_uri is not the one of the application")
        credentials.add_oauth_token(tx, row, hash_of(token), user_id, client_id)
        line = audit.line(
            actor,
            "create_oauth_api_token",
            now_ms,
            namespace=(user_id, actor.name),
            application_name=found.name,
            client_id=client_id,
            token=row.id,
        )
        logs.add_lines(tx, [line])

    await registry.db.write(write)
    return token, TOKEN_SECONDS


def require_scopes(scope: str) -> frozenset[Scope]:
    """Raises RequestInvalid for an unknown scope or none."""
    words = scope.replace(",", " ").split()
    unknown = [word for word in words if word not in set(Scope)]
    if unknown or not words:
        what = f"scope {quoted(unknown[0])} is unknown" if unknown else "a token needs a scope"
        raise RequestInvalid(f"{what}: use some of {' '.join(Scope)}")
    return scopes_of(scope)


def _require(
    tx: Connection, registry: Registry, actor: Actor, organization: str, client_id: str
) -> tuple[Place, Application]:
    place = access.require_place(tx, actor, organization, TeamRole.ADMIN)
    found = credentials.find_application(tx, client_id)
    if found is None or found.namespace_id != place.id:
        raise NotFound("Not Found")
    return place, found


def _log(
    tx: Connection,
    actor: Actor,
    place: Place,
    kind: str,
    now_ms: int,
    application: Application,
    **more: Any,
) -> None:
    line = audit.line(
        actor,
        kind,
        now_ms,
        namespace=(place.id, place.name),
        application_name=application.name,
        client_id=application.client_id,
        **more,
    )
    logs.add_lines(tx, [line])
