"""One request to the management API: the caller, and what its handler needs."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from moorage.model.accounts import ANONYMOUS, Actor
from moorage.oci.errors import Denied
from moorage.registry import sessions
from moorage.registry.context import Registry
from moorage.settings import Settings
from moorage.web.http import Request as PlainRequest
from moorage.web.origin import Origin

SESSION_COOKIE = "moorage_session"
CSRF_COOKIE = "moorage_csrf"
_READS = ("GET", "HEAD", "OPTIONS")

_bearer = HTTPBearer(auto_error=False, description="an OAuth access token")
_cookie = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    description="a signed-in browser; writes need X-CSRF-Token",
)


@dataclass(frozen=True, slots=True)
class Context:
    """What every handler needs, put together once."""

    registry: Registry
    settings: Settings
    origin: Origin


@dataclass(frozen=True, slots=True)
class Call:
    registry: Registry
    settings: Settings
    actor: Actor
    url: str
    """scheme://host as the client sees us."""
    session: str | None = None
    """The session's cookie, when that is how the caller signed in."""


async def _call(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    cookie: Annotated[str | None, Security(_cookie)],
) -> Call:
    context: Context = request.app.state.context
    plain = plain_request(request)
    address = context.origin.address(plain)
    actor, session = ANONYMOUS, None
    now_s = context.registry.now_s()
    if bearer is not None:
        found = await context.registry.authenticator.oauth_actor(bearer.credentials, now_s, address)
        rejected = Actor(None, "", rejected="the token is invalid, revoked or has expired")
        actor = found or rejected
    elif request.headers.get("authorization"):
        actor = Actor(None, "", rejected="the management API takes Bearer tokens and sessions")
    elif cookie is not None:
        actor = await sessions.actor_of(context.registry, cookie)
        if actor.user_id is not None:
            session = cookie
            if request.method not in _READS:
                require_csrf(context, request, cookie)
    actor = replace(actor, address=address)
    return Call(context.registry, context.settings, actor, context.origin.url(plain), session)


Caller = Annotated[Call, Depends(_call)]


def plain_request(request: Request) -> PlainRequest:
    async def nothing(_: Any) -> None:
        return None

    return PlainRequest(request.scope, request.receive, nothing, b"", body_idle_seconds=60)


def csrf_token_of(context: Context, cookie: str) -> str:
    return context.registry.sealer.mark("csrf", cookie)


def require_csrf(context: Context, request: Request, cookie: str, in_form: str = "") -> None:
    """Raises Denied unless the request shows the token that belongs to the cookie."""
    sent = request.headers.get("x-csrf-token") or in_form
    if not hmac.compare_digest(sent.encode(), csrf_token_of(context, cookie).encode()):
        raise Denied("CSRF token was invalid or missing: get one from /csrf_token")
