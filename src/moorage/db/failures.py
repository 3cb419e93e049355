"""What the error of a database driver means for the one who asked.

Three drivers can speak: sqlite3 and asyncpg by themselves (the pull path), or either through
SQLAlchemy, which keeps the driver's error in `orig`.
"""

from __future__ import annotations

import sqlite3
from enum import Enum, auto

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SQLITE_NO_SPACE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}
_POSTGRES_NO_SPACE = {"53100", "25006"}
"""disk_full; read_only_sql_transaction, which a standby or a read-only disk answers."""


class Failure(Enum):
    """Why a statement failed, where it is not a mistake of ours."""

    NO_SPACE = auto()
    """The disk under the database is full or cannot be written."""
    BAD_VALUE = auto()
    """A value of the request cannot be a value of the database."""
    UNREACHABLE = auto()
    """The database is away, overloaded, or gave up on a lock."""


def failure_of(error: Exception) -> Failure | None:
    """What `error` means; None when it does not come from a database driver."""
    if isinstance(error, PoolTimeout):
        return Failure.UNREACHABLE
    if isinstance(error, DBAPIError):
        cause = (error.orig.__cause__ or error.orig) if error.orig else None
        found = failure_of(cause) if isinstance(cause, Exception) else None
        return found or Failure.UNREACHABLE
    if isinstance(error, sqlite3.Error):
        # The low byte is the primary code, the rest says more about it.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return Failure.NO_SPACE if code in _SQLITE_NO_SPACE else Failure.UNREACHABLE
    if type(error).__module__.partition(".")[0] == "asyncpg":
        return _postgres_failure(str(getattr(error, "sqlstate", None)))
    return None


def _postgres_failure(state: str) -> Failure:
    if state in _POSTGRES_NO_SPACE:
        return Failure.NO_SPACE
    # Class 22 is "data exception"; a text with NUL is one of its members.
    return Failure.BAD_VALUE if state.startswith("22") else Failure.UNREACHABLE
