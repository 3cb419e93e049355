"""Reading the usage log: of an organization, a repository, oneself, or all."""

from __future__ import annotations

from sqlalchemy import Connection

from moorage.db import logs
from moorage.db.logs import LogFilter, LogLine
from moorage.model.accounts import Actor, Role, Scope, TeamRole
from moorage.oci.name import RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry

LINES = 20
"""Lines in a page, as in Quay."""


async def list_lines(
    registry: Registry,
    wanted: LogFilter,
    before: tuple[int, int] | None,
    limit: int,
) -> list[LogLine]:
    """The newest first. The filter comes from one of the functions below, which check access."""
    return await registry.db.read(lambda tx: logs.list_lines(tx, wanted, before, limit))


async def count_by_day(registry: Registry, wanted: LogFilter) -> list[tuple[str, int, int]]:
    return await registry.db.read(lambda tx: logs.count_by_day(tx, wanted))


async def of_organization(
    registry: Registry, actor: Actor, name: str, start_ms: int, end_ms: int
) -> LogFilter:
    def read(tx: Connection) -> int:
        return access.require_place(tx, actor, name, TeamRole.ADMIN).id

    return LogFilter(start_ms, end_ms, namespace_id=await registry.db.read(read))


async def of_repository(
    registry: Registry, actor: Actor, name: RepositoryName, start_ms: int, end_ms: int
) -> LogFilter:
    """For its admins, and with FEATURE_USER_LOG_ACCESS for its writers."""
    needed = Role.WRITE if registry.rules.writers_see_logs else Role.ADMIN

    def read(tx: Connection) -> int:
        return access.require_role(tx, registry.rules, actor, name, needed).id

    return LogFilter(start_ms, end_ms, repository_id=await registry.db.read(read))


def of_caller(actor: Actor, start_ms: int, end_ms: int) -> LogFilter:
    """What happened in the caller's own namespace."""
    user_id = access.require_login(actor, Scope.USER_ADMIN)
    return LogFilter(start_ms, end_ms, namespace_id=user_id)


def of_all(actor: Actor, start_ms: int, end_ms: int) -> LogFilter:
    access.require_superuser(actor, to_read=True)
    return LogFilter(start_ms, end_ms)
