"""What a request is told when a service behind us failed, and what the log and metrics call it."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from moorage.db.outage import DatabaseFull, DatabaseUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_AGAIN = "Try again later"


@dataclass(frozen=True, slots=True)
class Failure:
    """`service` is database, storage or internal; internal ones are bugs."""

    status: int
    service: str
    message: str

    @property
    def may_be_tried_again(self) -> bool:
        return self.status in (503, 507)

    @property
    def code(self) -> str:
        if self.may_be_tried_again:
            return "UNAVAILABLE"
        return "INVALID_REQUEST" if self.status == 400 else "UNKNOWN"


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
    if _is_bad_value(error):
        return Failure(400, "request", "the request holds a value that cannot be stored")
    return Failure(500, "internal", "internal error: see the log")


def _is_bad_value(error: Exception) -> bool:
    """SQLSTATE class 22, "data exception": a text with NUL is one of its members."""
    origin = getattr(error, "orig", None) or error
    cause = getattr(origin, "__cause__", None) or origin
    return str(getattr(cause, "sqlstate", "")).startswith("22")
