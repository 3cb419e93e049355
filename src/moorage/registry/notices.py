"""Messages from superusers to everybody."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection

from moorage.db import catalogue, logs
from moorage.model.accounts import Actor
from moorage.model.errors import NotFound
from moorage.registry import access, audit
from moorage.registry.context import Registry

SHOWN = 100


async def list_notices(registry: Registry, actor: Actor) -> list[tuple[str, str, str, str]]:
    """Id, content, severity and media type. They are for everybody, also before signing in."""
    if actor.rejected is not None:
        access.require_login(actor)
    return await registry.db.read(lambda tx: catalogue.list_messages(tx, SHOWN))


async def post_notice(
    registry: Registry, actor: Actor, media_type: str, severity: str, content: str
) -> None:
    access.require_superuser(actor)
    notice_id, now_ms = str(uuid.uuid4()), registry.now_ms()

    def write(tx: Connection) -> None:
        catalogue.add_message(tx, notice_id, media_type, severity, content, now_ms)
        logs.add_lines(tx, [audit.line(actor, "create_message", now_ms, message=notice_id)])

    await registry.db.write(write)


async def remove_notice(registry: Registry, actor: Actor, notice_id: str) -> None:
    access.require_superuser(actor)
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        if not catalogue.remove_message(tx, notice_id):
            raise NotFound("Not Found")
        logs.add_lines(tx, [audit.line(actor, "delete_message", now_ms, message=notice_id)])

    await registry.db.write(write)
