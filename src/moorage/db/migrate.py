"""Bring a database to the newest schema, once, whoever starts first."""

from __future__ import annotations

import fcntl
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Engine, make_url

from moorage.db.engine import postgres_errors, sqlite_engine
from moorage.db.outage import outages_named

HEAD = "0003"
"""The newest version. Known here so that a start on a current database need not load Alembic."""

_ADVISORY_LOCK = 0x6D6F6F72


def migrate(url: str) -> str | None:
    """Upgrade to HEAD under a lock; the version before, or None when the database was empty.

    Raises ValueError when the database is newer than this program, DatabaseUnavailable.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        with open(f"{parsed.database}.lock", "w") as lock, outages_named():
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _upgrade(sqlite_engine(parsed.database))
    return _upgrade_postgres(parsed.set(drivername="postgresql+asyncpg").render_as_string(False))


def _upgrade(engine: Engine) -> str | None:
    try:
        with engine.begin() as connection:
            # `begin` says nothing to SQLite: every statement would be a commit of its own, and a
            # crash between two of them would leave half a schema that no start gets over.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return _upgrade_on(connection)
    finally:
        engine.dispose()


def _upgrade_postgres(url: str) -> str | None:
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine

    def locked(connection: Connection) -> str | None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _ADVISORY_LOCK})
        return _upgrade_on(connection)

    async def run() -> str | None:
        engine = create_async_engine(url)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(locked)
        finally:
            await engine.dispose()

    with outages_named(*postgres_errors()):
        return asyncio.run(run())


def _upgrade_on(connection: Connection) -> str | None:
    before: str | None = None
    if inspect(connection).has_table("alembic_version"):
        before = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if before == HEAD:
        return before
    if before is not None and before > HEAD:
        raise ValueError(
            f"the database has schema {before}, newer than {HEAD} of this moorage: start the "
            "release that wrote it, or a later one"
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before
