"""Tag `appspecifictokens`: passwords for one machine each."""

from __future__ import annotations

from typing import NotRequired

from fastapi import APIRouter
from typing_extensions import TypedDict

from moorage.db.credentials import AppToken
from moorage.registry import app_tokens
from moorage.web.api.answers import Body, Name, date, date_or_none
from moorage.web.api.call import Caller

router = APIRouter(tags=["appspecifictokens"])
SOON_SECONDS = 14 * 86_400


class NewAppToken(Body):
    title: Name


class AppTokenView(TypedDict):
    uuid: str
    title: str
    last_accessed: str | None
    created: str
    expiration: str | None
    token_code: NotRequired[str]


class OneAppToken(TypedDict):
    token: AppTokenView


class AppTokens(TypedDict):
    tokens: list[AppTokenView]
    only_expiring: bool | None


@router.get("/user/apptoken", response_model=AppTokens)
async def list_app_tokens(call: Caller, expiring: bool | None = None) -> AppTokens:
    """The caller's app tokens (at most 1000); `expiring=true`: those that end within two weeks."""
    within_s = SOON_SECONDS if expiring else None
    found = await app_tokens.list_app_tokens(call.registry, call.actor, expiring_within_s=within_s)
    return {"tokens": [_view(one) for one in found], "only_expiring": expiring}


@router.post("/user/apptoken", response_model=OneAppToken)
async def create_app_token(call: Caller, body: NewAppToken) -> OneAppToken:
    row, token = await app_tokens.create_app_token(call.registry, call.actor, body.title)
    return {"token": {**_view(row), "token_code": token}}


@router.get("/user/apptoken/{token_uuid}", response_model=OneAppToken)
async def get_app_token(call: Caller, token_uuid: Name) -> OneAppToken:
    row, token = await app_tokens.get_app_token(call.registry, call.actor, token_uuid)
    return {"token": {**_view(row), "token_code": token}}


@router.delete("/user/apptoken/{token_uuid}", status_code=204)
async def remove_app_token(call: Caller, token_uuid: Name) -> None:
    await app_tokens.remove_app_token(call.registry, call.actor, token_uuid)


def _view(row: AppToken) -> AppTokenView:
    return {
        "uuid": row.id,
        "title": row.title,
        "last_accessed": date_or_none(row.last_accessed_ms),
        "created": date(row.created_ms),
        "expiration": date_or_none(row.expires_ms),
    }
