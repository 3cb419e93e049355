"""Tag `messages`: what superusers tell everybody."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from typing_extensions import TypedDict

from moorage.registry import notices
from moorage.web.api.answers import Body, LongText, Name
from moorage.web.api.call import Caller

router = APIRouter(tags=["messages"])


class Message(TypedDict):
    uuid: str
    content: str
    severity: str
    media_type: str


class Messages(TypedDict):
    messages: list[Message]


class NewMessage(Body):
    content: LongText
    severity: Literal["info", "warning", "error"]
    media_type: Literal["text/plain", "text/markdown"]


class PostedMessage(Body):
    message: NewMessage


@router.get("/messages", response_model=Messages)
async def list_messages(call: Caller) -> Messages:
    found = await notices.list_notices(call.registry, call.actor)
    return {
        "messages": [
            {"uuid": one[0], "content": one[1], "severity": one[2], "media_type": one[3]}
            for one in found
        ]
    }


@router.post("/messages", status_code=201)
async def post_message(call: Caller, body: PostedMessage) -> None:
    message = body.message
    await notices.post_notice(
        call.registry, call.actor, message.media_type, message.severity, message.content
    )


@router.delete("/message/{uuid}", status_code=204)
async def remove_message(call: Caller, uuid: Name) -> None:
    await notices.remove_notice(call.registry, call.actor, uuid)
