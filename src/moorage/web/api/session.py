"""Signing in with a browser, and the OAuth page that gives an application a token.

A session is a cookie that scripts cannot read. Whoever writes with it also shows the CSRF token
that belongs to the cookie, in `X-CSRF-Token`; `GET /csrf_token` tells it, to this origin alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Cookie, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.responses import HTMLResponse
from typing_extensions import TypedDict

from moorage.auth.credentials import new_token
from moorage.oci.errors import RequestInvalid, Unauthorized
from moorage.registry import applications, sessions
from moorage.web.api.answers import Body, Name, Success, Text
from moorage.web.api.call import (
    CSRF_COOKIE,
    SESSION_COOKIE,
    Context,
    csrf_token_of,
    plain_request,
    require_csrf,
)

router = APIRouter(tags=["session"])
NEXT_CSRF = "X-Next-CSRF-Token"


class CsrfToken(TypedDict):
    csrf_token: str


class SignIn(Body):
    username: Name
    password: Text


SessionCookie = Annotated[str | None, Cookie(alias=SESSION_COOKIE, include_in_schema=False)]
CsrfCookie = Annotated[str | None, Cookie(alias=CSRF_COOKIE, include_in_schema=False)]


@router.get("/csrf_token", response_model=CsrfToken)
async def get_csrf_token(
    request: Request, response: Response, session: SessionCookie = None, guest: CsrfCookie = None
) -> CsrfToken:
    """The token to send as X-CSRF-Token, before and after signing in."""
    context: Context = request.app.state.context
    cookie = session or guest
    if cookie is None:
        cookie = new_token(32)
        _set_cookie(context, request, response, CSRF_COOKIE, cookie)
    response.headers["Cache-Control"] = "no-store"
    return {"csrf_token": csrf_token_of(context, cookie)}


@router.post("/signin", response_model=Success)
async def sign_in(
    request: Request,
    response: Response,
    body: SignIn,
    session: SessionCookie = None,
    guest: CsrfCookie = None,
) -> Success:
    """Open a session: needs the X-CSRF-Token of a guest, so that nobody is signed in unawares."""
    context: Context = request.app.state.context
    require_csrf(context, request, session or guest or "")
    address = context.origin.address(plain_request(request))
    token = await sessions.sign_in(context.registry, body.username, body.password, address)
    if token is None:
        raise Unauthorized("Invalid Username or Password")
    _set_cookie(context, request, response, SESSION_COOKIE, token)
    response.headers[NEXT_CSRF] = csrf_token_of(context, token)
    return {"success": True}


@router.post("/signout", response_model=Success)
async def sign_out(request: Request, response: Response, session: SessionCookie = None) -> Success:
    """End the session, in the database too."""
    context: Context = request.app.state.context
    if session is not None:
        require_csrf(context, request, session)
        await sessions.sign_out(context.registry, session)
        response.delete_cookie(SESSION_COOKIE)
    return {"success": True}


@router.get("/oauth/localapp", response_class=HTMLResponse)
async def show_token() -> HTMLResponse:
    """Where a token that a person asked for ends up: in the fragment, which no server sees."""
    return HTMLResponse(
        "<!doctype html><title>Access token</title><p>The access token is in the address of this "
        "page, after <code>access_token=</code>.</p>"
    )


@router.post("/oauth/authorizeapp", response_class=RedirectResponse, status_code=302)
async def authorize_application(
    request: Request,
    response_type: Annotated[Name, Form()] = "token",
    client_id: Annotated[Name, Form()] = "",
    scope: Annotated[Text, Form()] = "",
    redirect_uri: Annotated[Text, Form()] = "",
    state: Annotated[Text, Form()] = "",
    csrf: Annotated[Name, Form(alias="_csrf_token")] = "",
    session: SessionCookie = None,
) -> RedirectResponse:
    """A token for an application, to a signed-in browser that shows its CSRF token."""
    context: Context = request.app.state.context
    if session is None:
        raise Unauthorized("Requires authentication: sign in with a browser")
    require_csrf(context, request, session, csrf)
    if response_type != "token":
        raise RequestInvalid("response_type is not token")
    address = context.origin.address(plain_request(request))
    actor = replace(await sessions.actor_of(context.registry, session), address=address)
    own_page = f"{context.origin.url(plain_request(request))}/oauth/localapp"
    token, seconds = await applications.grant_token(
        context.registry, actor, client_id, redirect_uri, scope, own_page
    )
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
    fragment = urlencode(answer | ({"state": state} if state else {}))
    return RedirectResponse(f"{quote(redirect_uri, safe=':/?&=%')}#{fragment}", 302)


def _set_cookie(
    context: Context, request: Request, response: Response, name: str, value: str
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=context.registry.rules.session_seconds,
        httponly=True,
        samesite="lax",
        secure=context.origin.url(plain_request(request)).startswith("https:"),
    )
