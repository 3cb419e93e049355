"""Repositories as the management API lists, shows and searches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from moorage.db import schema
from moorage.db.accounts_schema import messages, stars
from moorage.db.engine import insert_new
from moorage.db.permissions import visible_to
from moorage.db.visible import NameRange, visible_names
from moorage.model.accounts import Actor
from moorage.model.content import Visibility

_r, _s = schema.repositories.c, stars.c


@dataclass(frozen=True, slots=True)
class Listed:
    id: int
    name: str
    description: str | None
    visibility: Visibility
    state: str
    modified_ms: int | None
    is_starred: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which repositories: of a namespace, starred ones, or only public ones."""

    namespace: str | None = None
    is_starred: bool = False
    public_only: bool = False


def list_visible(
    tx: Connection, actor: Actor, wanted: Wanted, last: str, limit: int
) -> list[Listed]:
    """What the caller may see, in name order after `last`."""
    names = NameRange(last, limit)
    if wanted.namespace is not None:
        names = names.within(wanted.namespace)
    query = select(_r.id, _r.name, _r.description, _r.visibility, _r.state, _r.modified_ms)
    if wanted.is_starred:
        starred = select(_s.repository_id).where(_s.user_id == actor.user_id)
        query = query.where(visible_to(actor), names.condition, _r.id.in_(starred))
        if wanted.public_only:
            query = query.where(_r.visibility == Visibility.PUBLIC)
    else:
        found = visible_names(tx, actor, names, public_only=wanted.public_only)
        query = query.where(_r.name.in_(found))
    rows = tx.execute(query.order_by(_r.name).limit(limit)).all()
    marked = _starred(tx, actor, [row.id for row in rows])
    return [Listed(r[0], r[1], r[2], Visibility(r[3]), r[4], r[5], r[0] in marked) for r in rows]


def find_listed(tx: Connection, actor: Actor, repository_id: int) -> Listed:
    row = tx.execute(
        select(_r.id, _r.name, _r.description, _r.visibility, _r.state, _r.modified_ms).where(
            _r.id == repository_id
        )
    ).one()
    starred = _starred(tx, actor, [repository_id])
    return Listed(row[0], row[1], row[2], Visibility(row[3]), row[4], row[5], row[0] in starred)


def search(tx: Connection, actor: Actor, text: str, offset: int, limit: int) -> list[Listed]:
    """Repositories with `text` in their name or description, the most recently pushed first."""
    matches = or_(
        _r.name.contains(text, autoescape=True), _r.description.icontains(text, autoescape=True)
    )
    rows = tx.execute(
        select(_r.id, _r.name, _r.description, _r.visibility, _r.state, _r.modified_ms)
        .where(visible_to(actor), matches)
        .order_by(_r.modified_ms.desc(), _r.name)
        .offset(offset)
        .limit(limit)
    )
    return [Listed(r[0], r[1], r[2], Visibility(r[3]), r[4], r[5]) for r in rows]


def update_repository(tx: Connection, repository_id: int, values: dict[str, Any]) -> None:
    tx.execute(update(schema.repositories).where(_r.id == repository_id).values(**values))


def remove_repository(tx: Connection, repository_id: int) -> None:
    tx.execute(delete(schema.repositories).where(_r.id == repository_id))


def star(tx: Connection, user_id: int, repository_id: int) -> None:
    insert_new(tx, stars, user_id=user_id, repository_id=repository_id)


def unstar(tx: Connection, user_id: int, repository_id: int) -> bool:
    gone = tx.execute(delete(stars).where(_s.user_id == user_id, _s.repository_id == repository_id))
    return gone.rowcount == 1


def add_message(
    tx: Connection, message_id: str, media_type: str, severity: str, content: str, now_ms: int
) -> None:
    insert_new(
        tx,
        messages,
        id=message_id,
        media_type=media_type,
        severity=severity,
        content=content,
        created_ms=now_ms,
    )


def list_messages(tx: Connection, limit: int) -> list[tuple[str, str, str, str]]:
    """Id, content, severity and media type."""
    c = messages.c
    query = select(c.id, c.content, c.severity, c.media_type).order_by(c.created_ms, c.id)
    return [(row[0], row[1], row[2], row[3]) for row in tx.execute(query.limit(limit))]


def remove_message(tx: Connection, message_id: str) -> bool:
    return tx.execute(delete(messages).where(messages.c.id == message_id)).rowcount == 1


def _starred(tx: Connection, actor: Actor, repository_ids: list[int]) -> set[int]:
    if actor.user_id is None or not repository_ids:
        return set()
    return set(
        tx.execute(
            select(_s.repository_id).where(
                _s.user_id == actor.user_id, _s.repository_id.in_(repository_ids)
            )
        ).scalars()
    )
