"""What obstore says of a request, in our words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from obstore.exceptions import BaseError, NotFoundError

from moorage.oci.errors import StorageUnavailable

T = TypeVar("T")
log = logging.getLogger("moorage.storage")


async def answered(request: Awaitable[T]) -> T:
    """Raises FileNotFoundError, and StorageUnavailable for whatever else the store says."""
    try:
        return await request
    except NotFoundError as error:
        raise FileNotFoundError(str(error)) from error
    except BaseError as error:
        raise unavailable(error) from error


def unavailable(error: BaseError) -> StorageUnavailable:
    # Its text names hosts and buckets: for the log, not for clients.
    log.error("object store: %s", error)
    return StorageUnavailable("the registry's object store does not answer now: try again")
