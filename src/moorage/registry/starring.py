"""Stars: the repositories a user wants to find again."""

from __future__ import annotations

from sqlalchemy import Connection

from moorage.db import catalogue, repositories
from moorage.model.accounts import Actor, Role, Scope
from moorage.model.errors import NotFound
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry


async def star(registry: Registry, actor: Actor, name: RepositoryName) -> None:
    user_id = access.require_login(actor, Scope.USER_ADMIN)

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.READ)
        catalogue.star(tx, user_id, held.id)

    await registry.db.write(write)


async def unstar(registry: Registry, actor: Actor, name: RepositoryName) -> None:
    user_id = access.require_login(actor, Scope.USER_ADMIN)

    def write(tx: Connection) -> None:
        found = repositories.find_repository(tx, name)
        if found is None or not catalogue.unstar(tx, user_id, found.id):
            raise NotFound("Not Found")

    await registry.db.write(write)
