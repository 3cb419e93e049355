"""Tag `application`: OAuth applications of organizations and their access tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.db.credentials import Application, OauthToken
from moorage.oci.errors import RequestInvalid, quoted
from moorage.registry import applications
from moorage.web.api.answers import LONG_PAGE, Body, Name, Text, after_name, iso, name_token
from moorage.web.api.call import Caller

router = APIRouter(tags=["application"])
APPLICATIONS = "/organization/{orgname}/applications"
ONE = APPLICATIONS + "/{client_id}"
Limit = Annotated[int, Query(ge=1, le=LONG_PAGE)]


class NewApplication(Body):
    name: Name
    redirect_uri: Text = ""
    application_uri: Text = ""
    description: Text = ""
    avatar_email: Text | None = None


class ApplicationView(TypedDict):
    name: str
    description: str
    application_uri: str
    client_id: str
    client_secret: str
    redirect_uri: str
    avatar_email: str | None


class Applications(TypedDict):
    applications: list[ApplicationView]
    next_page: NotRequired[str]


class NewToken(Body):
    name: Name = ""
    scope: Text
    expiration: Text | None = None
    """ISO 8601, such as 2027-01-01T00:00:00Z."""


class TokenView(TypedDict):
    uuid: str
    name: str
    scope: str
    expires_at: str | None
    created: str
    created_by: str
    last_accessed: str | None
    token: NotRequired[str]


class TokenList(TypedDict):
    tokens: list[TokenView]
    next_page: NotRequired[str]


@router.get(APPLICATIONS, response_model=Applications)
async def list_applications(
    call: Caller, orgname: Name, limit: Limit = LONG_PAGE, next_page: str | None = None
) -> Applications:
    last = after_name(call.registry.sealer, next_page)
    found = await applications.list_applications(
        call.registry, call.actor, orgname, last, limit + 1
    )
    answer: Applications = {"applications": [_view(*one) for one in found[:limit]]}
    if len(found) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found[limit - 1][0].client_id)
    return answer


@router.post(APPLICATIONS, response_model=ApplicationView)
async def create_application(call: Caller, orgname: Name, body: NewApplication) -> ApplicationView:
    made = await applications.create_application(
        call.registry, call.actor, orgname, body.name, body.model_dump()
    )
    return _view(*made)


@router.get(ONE, response_model=ApplicationView)
async def get_application(call: Caller, orgname: Name, client_id: Name) -> ApplicationView:
    return _view(*await applications.get_application(call.registry, call.actor, orgname, client_id))


@router.put(ONE, response_model=ApplicationView)
async def update_application(
    call: Caller, orgname: Name, client_id: Name, body: NewApplication
) -> ApplicationView:
    values: dict[str, Any] = body.model_dump(exclude_unset=True)
    changed = await applications.update_application(
        call.registry, call.actor, orgname, client_id, values
    )
    return _view(*changed)


@router.delete(ONE, status_code=204)
async def remove_application(call: Caller, orgname: Name, client_id: Name) -> None:
    await applications.remove_application(call.registry, call.actor, orgname, client_id)


@router.post(ONE + "/resetclientsecret", response_model=ApplicationView)
async def reset_secret(call: Caller, orgname: Name, client_id: Name) -> ApplicationView:
    return _view(*await applications.reset_secret(call.registry, call.actor, orgname, client_id))


@router.get(ONE + "/tokens", response_model=TokenList)
async def list_tokens(
    call: Caller,
    orgname: Name,
    client_id: Name,
    limit: Limit = LONG_PAGE,
    next_page: str | None = None,
) -> TokenList:
    last = after_name(call.registry.sealer, next_page)
    found = await applications.list_tokens(
        call.registry, call.actor, orgname, client_id, last, limit + 1
    )
    answer: TokenList = {"tokens": [_token(one) for one in found[:limit]]}
    if len(found) > limit:
        answer["next_page"] = name_token(call.registry.sealer, found[limit - 1].id)
    return answer


@router.post(ONE + "/tokens", response_model=TokenView)
async def create_token(call: Caller, orgname: Name, client_id: Name, body: NewToken) -> TokenView:
    """A bearer token that acts as the caller within its scopes; shown this once."""
    row, token = await applications.create_token(
        call.registry,
        call.actor,
        orgname,
        client_id,
        body.name,
        body.scope,
        _time(body.expiration, call.registry.now_ms()),
    )
    return {**_token(row), "token": token}


@router.delete(ONE + "/tokens/{token_uuid}", status_code=204)
async def remove_token(call: Caller, orgname: Name, client_id: Name, token_uuid: Name) -> None:
    await applications.remove_token(call.registry, call.actor, orgname, client_id, token_uuid)


def _time(text: str | None, now_ms: int) -> int | None:
    """Milliseconds since 1970. Raises RequestInvalid."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        at_ms = int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise RequestInvalid(
            f"expiration is {quoted(text)}, expected ISO 8601 such as 2027-01-01T00:00:00Z"
        ) from None
    if at_ms <= now_ms:
        raise RequestInvalid("the expiration lies in the past")
    return at_ms


def _view(found: Application, secret: str) -> ApplicationView:
    return {
        "name": found.name,
        "description": found.description,
        "application_uri": found.application_uri,
        "client_id": found.client_id,
        "client_secret": secret,
        "redirect_uri": found.redirect_uri,
        "avatar_email": found.avatar_email,
    }


def _token(row: OauthToken) -> TokenView:
    return {
        "uuid": row.id,
        "name": row.name,
        "scope": row.scope,
        "expires_at": iso(row.expires_ms) if row.expires_ms is not None else None,
        "created": iso(row.created_ms),
        "created_by": row.created_by,
        "last_accessed": iso(row.last_accessed_ms) if row.last_accessed_ms is not None else None,
    }
