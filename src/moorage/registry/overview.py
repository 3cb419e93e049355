"""Lists that show what is in them: namespaces with counts, the largest ones."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from moorage.db import overview
from moorage.db.overview import NamespaceRow
from moorage.model.accounts import Actor, Scope
from moorage.registry import access
from moorage.registry.context import Registry

LARGEST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Largest:
    """Names with their bytes, the largest first."""

    namespaces: list[tuple[str, int]]
    repositories: list[tuple[str, int]]


async def list_namespaces(
    registry: Registry, actor: Actor, part: str, after: str, limit: int, *, descending: bool
) -> list[NamespaceRow]:
    """The caller's namespaces; for superusers all organizations."""
    access.require_login(actor, Scope.ORG_ADMIN)
    knows_all = access.knows_all_names(actor)
    return await registry.db.read(
        lambda tx: overview.list_namespaces(
            tx, actor, part, after, limit, descending=descending, knows_all=knows_all
        )
    )


async def list_largest(registry: Registry, actor: Actor) -> Largest:
    access.require_superuser(actor, to_read=True)

    def read(tx: Connection) -> Largest:
        return Largest(
            overview.largest_namespaces(tx, LARGEST_SHOWN),
            overview.largest_repositories(tx, LARGEST_SHOWN),
        )

    return await registry.db.read(read)
