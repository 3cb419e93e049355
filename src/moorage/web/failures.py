"""What a request is told when a service behind us failed, and what the log and metrics call it."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from moorage.db.outage import DatabaseFull, DatabaseUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT}
_AGAIN = "Try again later"


@dataclass(frozen=True, slots=True)
class Failure:
    """`service` is database, storage or internal; internal ones are bugs and get a traceback."""

    status: int
    service: str
    message: str

    @property
    def may_be_tried_again(self) -> bool:
        return self.status != 500


def failure_of(error: Exception) -> Failure:
    match error:
        case DatabaseFull():
            return Failure(507, "database", f"the registry's database is full. {_AGAIN}")
        case DatabaseUnavailable():
            return Failure(503, "database", f"the registry's database does not answer. {_AGAIN}")
        case OSError() if error.errno in _FULL:
            return Failure(507, "storage", f"the registry's storage is full. {_AGAIN}")
        case OSError() if error.errno == errno.EROFS:
            return Failure(503, "storage", f"the registry's storage is read-only. {_AGAIN}")
        case OSError():
            return Failure(503, "storage", f"the registry's storage does not answer. {_AGAIN}")
    return Failure(500, "internal", "internal error: see the log")
