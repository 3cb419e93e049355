"""Bring a database to the newest schema, once, whoever starts first."""

from __future__ import annotations

import fcntl
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError

from moorage.db.engine import postgres_errors, sqlite_engine
from moorage.db.outage import DatabaseUnavailable, outages_named

HEAD = "0007"
"""The newest version. Known here so that a start on a current database need not load Alembic."""

_ADVISORY_LOCK = 0x6D6F6F72
_LOCK_TRIES = 100
_LOCK_MS = 200
"""Shorter than PostgreSQL's deadlock_timeout (1 s), so that never a push is ended."""
_LOCK_NOT_AVAILABLE = "55P03"


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
    if before is not None and connection.dialect.name == "postgresql":
        _hold_tables(connection)
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before


def _hold_tables(connection: Connection) -> None:
    """Lock all tables at once, before anything is changed; replicas of the release before wait.

    Locked one by one as they are changed, they would deadlock with a push that holds one and waits
    for another. Raises DatabaseUnavailable when some transaction does not end.
    """
    tables = ", ".join(f'"{name}"' for name in sorted(inspect(connection).get_table_names()))
    for _ in range(_LOCK_TRIES):
        attempt = connection.begin_nested()
        try:
            connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_MS}"))
            connection.execute(text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"))
            return attempt.commit()
        except DBAPIError as error:
            attempt.rollback()
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            connection.execute(text("SELECT pg_sleep(0.05)"))
    raise DatabaseUnavailable(
        f"the tables were not to be had in {_LOCK_TRIES} tries: look in pg_stat_activity for a "
        "transaction that does not end"
    )
