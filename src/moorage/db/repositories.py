"""Repositories, and who may see them."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    exists,
    or_,
    select,
    true,
    update,
)

from moorage.db import schema
from moorage.db.engine import Statement, insert_new
from moorage.model.accounts import Actor
from moorage.model.content import Page, Repository, Visibility
from moorage.oci.name import RepositoryName

_r = schema.repositories.c

FIND_REPOSITORY = Statement(
    select(_r.id, _r.visibility).where(_r.name == bindparam("name")), "name"
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The repositories that `actor` may pull, as a condition on `repositories`."""
    if actor.is_superuser:
        return true()
    if actor.user_id is None:
        return _r.visibility == Visibility.PUBLIC
    return or_(_r.visibility == Visibility.PUBLIC, owned_by(actor.user_id, _r.namespace_id))


def owned_by(user_id: int, namespace_id: ColumnElement[int]) -> ColumnElement[bool]:
    """A user's own namespace, or an organization with a team the user is in."""
    in_team = exists(
        select(1)
        .select_from(schema.teams)
        .join(schema.team_members, schema.team_members.c.team_id == schema.teams.c.id)
        .where(
            schema.teams.c.organization_id == namespace_id,
            schema.team_members.c.user_id == user_id,
        )
    )
    return or_(namespace_id == user_id, in_team)


def may_write_namespace(tx: Connection, actor: Actor, namespace: str) -> bool:
    """Whether `actor` may create and write repositories in an existing namespace."""
    if actor.user_id is None:
        return False
    found = select(schema.namespaces.c.id).where(schema.namespaces.c.name == namespace)
    if not actor.is_superuser:
        found = found.where(owned_by(actor.user_id, schema.namespaces.c.id))
    return tx.execute(found).first() is not None


def sees_namespace(tx: Connection, actor: Actor, namespace: str) -> bool:
    """Whether a namespace is the caller's own, or an organization with a team of the caller."""
    if actor.user_id is None:
        return False
    found = select(schema.namespaces.c.id).where(
        schema.namespaces.c.name == namespace, owned_by(actor.user_id, schema.namespaces.c.id)
    )
    return tx.execute(found).first() is not None


def find_repository(tx: Connection, name: str) -> Repository | None:
    row = tx.execute(select(_r.id, _r.visibility).where(_r.name == name)).first()
    return Repository(row.id, RepositoryName(name), Visibility(row.visibility)) if row else None


def create_repository(
    tx: Connection, name: RepositoryName, visibility: Visibility, now_ms: int
) -> Repository:
    """Create it, or find the one that another request made first."""
    namespace_id = tx.execute(
        select(schema.namespaces.c.id).where(schema.namespaces.c.name == name.namespace)
    ).scalar_one()
    insert_new(
        tx,
        schema.repositories,
        namespace_id=namespace_id,
        name=name,
        visibility=visibility,
        created_ms=now_ms,
    )
    found = find_repository(tx, name)
    assert found is not None
    return found


def list_repositories(tx: Connection, actor: Actor, last: str, limit: int) -> Page:
    """Names in byte order after `last` that `actor` may pull."""
    rows = tx.execute(
        select(_r.name).where(visible_to(actor), _r.name > last).order_by(_r.name).limit(limit + 1)
    ).scalars()
    names = list(rows)
    return Page(names[:limit], len(names) > limit)


def all_repositories(tx: Connection) -> list[Repository]:
    rows = tx.execute(select(_r.id, _r.name, _r.visibility).order_by(_r.name))
    return [Repository(r.id, RepositoryName(r.name), Visibility(r.visibility)) for r in rows]


def set_visibility(tx: Connection, name: str, visibility: Visibility) -> bool:
    changed = tx.execute(
        update(schema.repositories).where(_r.name == name).values(visibility=visibility)
    )
    return changed.rowcount == 1


def share(tx: Connection, repository_id: int) -> None:
    """Keep the collector out of the repository until this transaction ends; pushes share it.

    SQLite has one writer at a time, and nothing to lock.
    """
    tx.execute(
        select(_r.id).where(_r.id == repository_id).with_for_update(read=True, key_share=True)
    )


def lock_for_collection(tx: Connection, repository_id: int) -> bool:
    """Keep pushes of manifests out until this transaction ends; False when it is gone."""
    row = tx.execute(select(_r.id).where(_r.id == repository_id).with_for_update()).first()
    return row is not None
