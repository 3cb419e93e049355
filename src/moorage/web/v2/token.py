"""The token endpoint: GET with Basic, and the OAuth2 POST form. (distribution token spec)"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

from moorage.auth.authenticate import basic_credentials
from moorage.model.accounts import ANONYMOUS, Actor
from moorage.oci.errors import RequestInvalid, TooLarge, Unauthorized
from moorage.registry.login import IssuedToken, issue_token
from moorage.web.http import Request
from moorage.web.v2.service import Service

FORM_BYTES = 64 * 1024
WRONG = "Invalid Username or Password"


async def get_token(service: Service, request: Request, _name: str, _rest: str) -> None:
    """`GET ?service=&scope=&scope=&account=&offline_token=true`, with Basic or anonymous."""
    actor = await _basic_actor(service, request)
    is_offline = request.field("offline_token") == "true"
    scopes = request.query.get("scope", [])
    if actor is ANONYMOUS and not service.registry.rules.anonymous_access:
        raise Unauthorized("anonymous access is off: log in")
    issued = await issue_token(service.registry, actor, scopes, offline=is_offline)
    await request.answer_json(200, _answer(issued), [(b"cache-control", b"no-store")])


async def post_token(service: Service, request: Request, _name: str, _rest: str) -> None:
    """`grant_type=password` or `refresh_token`; scopes in one field, parted by blanks."""
    form = await _form(request)
    grant = _one(form, "grant_type")
    authenticator, now_s = service.registry.authenticator, service.registry.now_s()
    actor: Actor | None
    match grant:
        case "password":
            actor = await authenticator.sign_in(
                _one(form, "username"), _one(form, "password"), now_s, service.address(request)
            )
        case "refresh_token":
            token = _one(form, "refresh_token")
            actor = await authenticator.actor_of_refresh(token, now_s)
        case _:
            raise RequestInvalid("grant_type is not password or refresh_token")
    if actor is None:
        raise Unauthorized(WRONG if grant == "password" else "the login has expired: log in again")
    issued = await issue_token(
        service.registry,
        actor,
        form.get("scope", []),
        offline=_one(form, "access_type") == "offline" or grant == "refresh_token",
    )
    await request.answer_json(200, _answer(issued), [(b"cache-control", b"no-store")])


async def _basic_actor(service: Service, request: Request) -> Actor:
    header = request.header(b"authorization")
    if header is None:
        return ANONYMOUS
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthorized("send a user name and password with HTTP Basic to get a token")
    pair = basic_credentials(credential.strip())
    if pair is None:
        return ANONYMOUS
    actor = await service.registry.authenticator.sign_in(
        *pair, service.registry.now_s(), service.address(request)
    )
    if actor is None:
        raise Unauthorized(WRONG)
    return actor


async def _form(request: Request) -> dict[str, list[str]]:
    raw = bytearray()
    async for piece in request.body():
        raw += piece
        if len(raw) > FORM_BYTES:
            raise TooLarge(f"a token request may have at most {FORM_BYTES} bytes")
    try:
        return parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise RequestInvalid("the form is not application/x-www-form-urlencoded UTF-8") from None


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _answer(issued: IssuedToken) -> dict[str, object]:
    answer: dict[str, object] = {
        "token": issued.token,
        "access_token": issued.token,
        "expires_in": issued.expires_in_seconds,
        "issued_at": datetime.fromtimestamp(issued.issued_at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scope": issued.scope,
    }
    if issued.refresh_token is not None:
        answer["refresh_token"] = issued.refresh_token
    return answer
