"""What an error that nobody expected looks like on the wire: bad input is never a 500."""

from __future__ import annotations

import errno

from moorage.db.failures import Failure, failure_of
from moorage.oci.errors import (
    RETRY_AFTER_SECONDS,
    RegistryError,
    RequestInvalid,
    StorageFull,
    StorageUnavailable,
)

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


def refusal_of(error: Exception) -> RegistryError | None:
    """507 where nothing can be written, 503 where nothing answers; None for a mistake of ours."""
    if isinstance(error, OSError):
        if error.errno in _NO_SPACE:
            return _full()
        return StorageUnavailable("the registry's storage or database does not answer now")
    match failure_of(error):
        case Failure.NO_SPACE:
            return _full()
        case Failure.BAD_VALUE:
            return RequestInvalid("the request holds a value that cannot be stored")
        case Failure.UNREACHABLE:
            return StorageUnavailable("the registry's database does not answer now")
    return None


def _full() -> StorageFull:
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return StorageFull("the registry's storage is full or read-only now", headers=retry)
