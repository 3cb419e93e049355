"""Repositories as the management API lists, shows and searches them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from moorage.db import schema
from moorage.db.accounts_schema import messages, stars
from moorage.db.engine import insert_new
from moorage.db.permissions import visible_to
from moorage.db.visible import NameRange, visible_names
from moorage.model.accounts import Actor
from moorage.model.content import Visibility

_r, _s = schema.repositories.c, stars.c
_MODIFIED = func.coalesce(_r.modified_ms, 0)


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
    """Which repositories: of a namespace, starred ones, or only public ones.

    `part` is a part of the name.
    """

    namespace: str | None = None
    is_starred: bool = False
    public_only: bool = False
    part: str = ""


@dataclass(frozen=True, slots=True)
class RepositoryOrder:
    """By name, or by the last push, where those never pushed to are the oldest."""

    by: Literal["name", "modified"] = "name"
    descending: bool = False

    @property
    def position(self) -> str:
        """What a place in this order is called; it means nothing in another."""
        return "name" if self.by == "name" else "repository and modified"


BY_NAME = RepositoryOrder()


def list_visible(
    tx: Connection,
    actor: Actor,
    wanted: Wanted,
    last: str,
    limit: int,
    order: RepositoryOrder = BY_NAME,
) -> list[Listed]:
    """What the caller may see, behind the position `last`, "" for the first page."""
    query = select(_r.id, _r.name, _r.description, _r.visibility, _r.state, _r.modified_ms)
    if order == BY_NAME and not wanted.is_starred and not wanted.part:
        names = NameRange(last, limit)
        if wanted.namespace is not None:
            names = names.within(wanted.namespace)
        found = visible_names(tx, actor, names, public_only=wanted.public_only)
        query = query.where(_r.name.in_(found))
    else:
        query = query.where(*_conditions(actor, wanted))
        if last:
            query = query.where(_behind(order, last))
    columns = (_r.name,) if order.by == "name" else (_MODIFIED, _r.name)
    ordered = [column.desc() if order.descending else column for column in columns]
    rows = tx.execute(query.order_by(*ordered).limit(limit)).all()
    marked = _starred(tx, actor, [row.id for row in rows])
    return [Listed(r[0], r[1], r[2], Visibility(r[3]), r[4], r[5], r[0] in marked) for r in rows]


def _conditions(actor: Actor, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield visible_to(actor)
    if wanted.namespace is not None:
        yield NameRange("", 0).within(wanted.namespace).condition
    if wanted.is_starred:
        yield _r.id.in_(select(_s.repository_id).where(_s.user_id == actor.user_id))
    if wanted.public_only:
        yield _r.visibility == Visibility.PUBLIC
    if wanted.part:
        yield _r.name.contains(wanted.part, autoescape=True)


def position_of(one: Listed, order: RepositoryOrder) -> str:
    """Where the page after this repository begins."""
    return one.name if order.by == "name" else f"{one.modified_ms or 0}:{one.name}"


def _behind(order: RepositoryOrder, last: str) -> ColumnElement[bool]:
    if order.by == "name":
        return _r.name < last if order.descending else _r.name > last
    modified, _, name = last.partition(":")
    at, place = tuple_(_MODIFIED, _r.name), tuple_(literal(int(modified)), literal(name))
    return at < place if order.descending else at > place


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
