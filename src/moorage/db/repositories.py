"""Repositories, and who may see them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select, update

from moorage.db import schema
from moorage.db.engine import Statement, insert_new
from moorage.db.visible import NameRange, visible_names
from moorage.model.accounts import Actor
from moorage.model.content import Page, Repository, Visibility
from moorage.oci.name import RepositoryName

_r = schema.repositories.c

FIND_REPOSITORY = Statement(
    select(_r.id, _r.visibility).where(_r.name == bindparam("name")), "name"
)


def find_repository(tx: Connection, name: str) -> Repository | None:
    row = tx.execute(select(_r.id, _r.visibility, _r.namespace_id).where(_r.name == name)).first()
    if row is None:
        return None
    return Repository(row.id, RepositoryName(name), Visibility(row.visibility), row.namespace_id)


def create_repository(
    tx: Connection,
    namespace_id: int,
    name: RepositoryName,
    visibility: Visibility,
    now_ms: int,
    description: str | None = None,
) -> bool:
    """False when another request made it first."""
    return insert_new(
        tx,
        schema.repositories,
        namespace_id=namespace_id,
        name=name,
        visibility=visibility,
        created_ms=now_ms,
        description=description,
    )


def ids_of(tx: Connection, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Repositories by name, with the ids of their namespaces."""
    found: dict[str, tuple[int, int]] = {}
    wanted = list(names)
    for start in range(0, len(wanted), 500):
        rows = tx.execute(
            select(_r.name, _r.id, _r.namespace_id).where(_r.name.in_(wanted[start : start + 500]))
        )
        found.update({row[0]: (row[1], row[2]) for row in rows})
    return found


def list_repositories(tx: Connection, actor: Actor, last: str, limit: int) -> Page:
    """Names in byte order after `last` that `actor` may pull."""
    names = visible_names(tx, actor, NameRange(last, limit + 1))
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
