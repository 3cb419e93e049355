"""When the database cannot do its work now, whatever it is, in two words.

DatabaseUnavailable     cannot be reached, is locked, is read-only: trying again later may help
└── DatabaseFull        has no room left

Everything else that a driver raises is a mistake of ours and stays what it is.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_POSTGRES_CLASSES = ("08", "25006", "28", "3D", "53", "57P", "58")
"""Connection, read-only, refused login, no such database, resources, shutdown, system error."""
_POSTGRES_FULL = "53100"
_POSTGRES_DEADLOCK = "40P01"

OUTAGES: tuple[type[Exception], ...] = (DBAPIError, PoolTimeout, OSError)


class DatabaseUnavailable(OSError):
    """An OSError, as a lost connection and a full disk are, so that who waits out those waits out
    this. The text is for the log."""


class DatabaseFull(DatabaseUnavailable):
    def __init__(self, text: str) -> None:
        super().__init__(errno.ENOSPC, text)


class ConnectionStale(DatabaseUnavailable):
    """A connection that was kept turned out to be dead, before anything was committed on it."""


class Deadlocked(DatabaseUnavailable):
    """Two transactions waited for each other and this one was ended: nothing of it was done."""


@contextmanager
def outages_named(*more: type[Exception]) -> Iterator[None]:
    """Raise DatabaseUnavailable for an outage; let everything else pass.

    `more` are a driver's own errors, where they come without SQLAlchemy.
    """
    try:
        yield
    except OUTAGES + more as error:
        raise_outage(error)


def raise_outage(error: Exception) -> NoReturn:
    """Raise DatabaseUnavailable if that is what `error` means, else `error` itself."""
    outage = _outage_of(error)
    if outage is None or outage is error:
        raise error
    raise outage from error


def _outage_of(error: Exception) -> DatabaseUnavailable | None:
    if isinstance(error, DatabaseUnavailable):
        return error
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, (OSError, PoolTimeout)):
        return DatabaseUnavailable(_shown(error))
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, sqlite3.Error):
            return _of_sqlite(error.orig)
        if error.connection_invalidated:
            return ConnectionStale(_shown(error.orig))
        return _of_postgres(error.orig)
    return _of_postgres(error)


def _of_sqlite(error: sqlite3.Error) -> DatabaseUnavailable | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code not in _SQLITE:
        return None
    is_full = code == sqlite3.SQLITE_FULL
    return (DatabaseFull if is_full else DatabaseUnavailable)(_shown(error))


def _of_postgres(error: BaseException | None) -> DatabaseUnavailable | None:
    state = str(getattr(error, "sqlstate", None) or "")
    if state == _POSTGRES_DEADLOCK:
        return Deadlocked(_shown(error))
    if not state.startswith(_POSTGRES_CLASSES):
        return None
    return (DatabaseFull if state == _POSTGRES_FULL else DatabaseUnavailable)(_shown(error))


def _shown(error: BaseException | None) -> str:
    """The kind and the driver's first line, which holds no values."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]
