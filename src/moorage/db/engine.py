"""The database: SQLite in the process, or PostgreSQL, behind one class.

Query functions are plain functions of a SQLAlchemy connection. `read` and `write` run one of them
in one transaction: on SQLite in a thread (so that waiting for the write lock never stops the event
loop), on PostgreSQL over asyncpg through SQLAlchemy's greenlet bridge. `fetch` is the pull path:
one statement, compiled once, given to the driver itself, on SQLite without leaving the thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from moorage.db.changes import Changes, FreshRows
from moorage.db.outage import (
    ConnectionStale,
    DatabaseUnavailable,
    Deadlocked,
    outages_named,
    raise_outage,
)

T = TypeVar("T")
Query = Callable[[Connection], T]
ATTEMPTS = 3
WAIT_SECONDS = 30.0
"""How long one call may wait for a database that is locked, silent or gone."""


class Statement:
    """A statement of the pull path with its parameters in order; compiled per database once."""

    def __init__(self, select: Select[Any], *parameters: str) -> None:
        self.parameters = parameters
        self.sqlite_text = _numbered(select, parameters, sqlite.dialect(paramstyle="named"), "?")
        dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        self.postgres_text = _numbered(select, parameters, dialect, "$")


class Database(Protocol):
    """Every method raises DatabaseUnavailable within the time it may wait."""

    async def read(self, query: Query[T]) -> T: ...
    async def write(self, query: Query[T]) -> T: ...
    async def fetch(self, statement: Statement, *values: str) -> Sequence[Any] | None:
        """The first row, or None."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...


class SqliteDatabase:
    def __init__(self, path: str, wait_seconds: float = WAIT_SECONDS) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._engine = sqlite_engine(path)
        # One writer: SQLite has one write lock, so a queue in the process beats a race for it.
        self._writer = ThreadPoolExecutor(1, "moorage-write")
        self._readers = ThreadPoolExecutor(4, "moorage-read")
        self._held: sqlite3.Connection | None = None
        self._changes = Changes(f"{path}-changes")
        self._fresh = FreshRows(self._changes)

    async def open(self) -> None:
        self._held = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._held.execute("PRAGMA query_only=1")
        self._held.execute("PRAGMA mmap_size=2147418112")

    async def close(self) -> None:
        self._writer.shutdown()
        self._readers.shutdown()
        if self._held is not None:
            self._held.close()
        self._engine.dispose()
        self._changes.close()

    async def read(self, query: Query[T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._run, query)

    async def write(self, query: Query[T]) -> T:
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + self._wait_seconds
        return await loop.run_in_executor(self._writer, self._run_write, query, deadline)

    async def fetch(self, statement: Statement, *values: str) -> Sequence[Any] | None:
        assert self._held is not None
        key = (statement, *values)
        is_known, row = self._fresh.find(key)
        if not is_known:
            # The driver binds plain strings at once, but asks around what to do with subclasses.
            plain = tuple(map(str, values))
            try:
                row = self._held.execute(statement.sqlite_text, plain).fetchone()
            except sqlite3.Error as error:
                raise_outage(error)
            self._fresh.keep(key, row)
        return row

    def _run(self, query: Query[T]) -> T:
        with outages_named(), self._engine.connect() as connection:
            return query(connection)

    def _run_write(self, query: Query[T], deadline: float) -> T:
        left = deadline - time.monotonic()
        if left <= 0:
            # The ones before us waited all the time there was: do not wait as long again.
            raise DatabaseUnavailable("the database's write lock was not to be had in time")
        with outages_named(sqlite3.Error):
            try:
                result = self._written(query, left)
            except DBAPIError as error:
                if not _is_read_only(error):
                    raise
                # Nothing of it was done, and the connection is gone: try one that is made now.
                result = self._written(query, left)
        self._changes.announce()
        return result

    def _written(self, query: Query[T], wait_seconds: float) -> T:
        with self._engine.connect() as connection:
            # The driver itself: SQLAlchemy would take as long as for a statement with a result.
            driver = connection.connection.dbapi_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}")
            # Take the write lock first: a read that turns into a write may fail with BUSY.
            driver.execute("BEGIN IMMEDIATE")
            try:
                result = query(connection)
                connection.commit()
            except DBAPIError as error:
                if _is_read_only(error):
                    # SQLite opens a file for reading where it cannot open it for writing, and
                    # such a connection stays so.
                    connection.invalidate()
                raise
        return result


def _is_read_only(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF == sqlite3.SQLITE_READONLY


class PostgresDatabase:
    """Two pools: SQLAlchemy's, and the driver's own for the pull path.

    A kept connection may have died since (PostgreSQL was restarted): then the call is repeated
    on a fresh one, unless it was the commit that failed. So is one that a deadlock ended.
    """

    def __init__(self, url: str, wait_seconds: float = WAIT_SECONDS) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        self._driver_errors = postgres_errors()
        self._wait_seconds = wait_seconds
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=5,
            max_overflow=5,
            pool_timeout=wait_seconds,
            connect_args={"timeout": wait_seconds},
            hide_parameters=True,
        )
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(False)
        self._pool: Any = None

    async def open(self) -> None:
        import asyncpg

        self._pool = await asyncpg.create_pool(
            self._dsn, min_size=1, max_size=5, timeout=self._wait_seconds, reset=_leave_as_it_is
        )

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
        await self._engine.dispose()

    async def read(self, query: Query[T]) -> T:
        async def run() -> T:
            async with self._engine.connect() as connection:
                return await connection.run_sync(query)

        return await self._bounded(run)

    async def write(self, query: Query[T]) -> T:
        async def run() -> T:
            async with self._engine.connect() as connection:
                result = await connection.run_sync(query)
                try:
                    await connection.commit()
                except DBAPIError as error:
                    # Nobody knows whether it was committed: never run it again by ourselves.
                    raise DatabaseUnavailable(f"the commit failed: {error.orig}") from error
                return result

        return await self._bounded(run)

    async def fetch(self, statement: Statement, *values: str) -> Sequence[Any] | None:
        return await self._bounded(lambda: self._fetch(statement, *values))

    async def _fetch(self, statement: Statement, *values: str) -> Sequence[Any] | None:
        connection = await self._pool.acquire()
        try:
            row: Sequence[Any] | None = await connection.fetchrow(statement.postgres_text, *values)
            return row
        except asyncio.CancelledError:
            # Out of time: a polite release would wait for the same silent server.
            connection.terminate()
            raise
        except self._driver_errors as error:
            if connection.is_closed():
                raise ConnectionStale(str(error)) from error
            raise
        finally:
            await self._pool.release(connection)

    async def _bounded(self, run: Callable[[], Awaitable[T]]) -> T:
        with outages_named(*self._driver_errors):
            async with asyncio.timeout(self._wait_seconds):
                for _ in range(ATTEMPTS - 1):
                    try:
                        with outages_named(*self._driver_errors):
                            return await run()
                    except (ConnectionStale, Deadlocked):
                        pass
                return await run()


async def _leave_as_it_is(connection: Any) -> None:
    """The pull path's statements leave nothing behind: resetting would be a second round trip."""


def open_database(url: str, wait_seconds: float = WAIT_SECONDS) -> Database:
    """`sqlite:///PATH` or `postgresql://...`. Raises ValueError for any other URL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return SqliteDatabase(parsed.database, wait_seconds)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(url, wait_seconds)
    raise ValueError(
        f"DB_URI names {parsed.get_backend_name()}: expected sqlite:///PATH or postgresql://..."
    )


def postgres_errors() -> tuple[type[Exception], ...]:
    """The driver's own errors: SQLAlchemy lets them through where it connects."""
    import asyncpg

    return (asyncpg.PostgresError, asyncpg.InterfaceError)


def sqlite_engine(path: str) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": WAIT_SECONDS},
        # What is stored never shows in an error's text, and so not in the log.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _: object) -> None:
        # We open transactions ourselves; the driver would open them late, and not for reads.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def insert_new(tx: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless one with the same unique key is there; True if it was inserted."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return tx.execute(insert(table).values(**values).on_conflict_do_nothing()).rowcount == 1


def _numbered(select: Select[Any], parameters: Sequence[str], dialect: Any, sign: str) -> str:
    """SQL with its parameters by place, `?1` or `$1`, in the order of `parameters`."""
    # "named" writes :name, which no value of ours contains: the statements hold no literals.
    sql = str(select.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))
    for place in sorted(range(len(parameters)), key=lambda i: -len(parameters[i])):
        sql = sql.replace(f":{parameters[place]}", f"{sign}{place + 1}")
    return sql
