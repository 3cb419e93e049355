"""What a registry can refuse, as the distribution-spec names it.

RegistryError                 code                   status
├── NameInvalid               NAME_INVALID           400
├── NameUnknown               NAME_UNKNOWN           404
├── TagInvalid                TAG_INVALID            400
├── DigestInvalid             DIGEST_INVALID         400
├── SizeInvalid               SIZE_INVALID           400
├── TooLarge                  SIZE_INVALID           413
├── RangeInvalid              RANGE_INVALID          416
├── BlobUnknown               BLOB_UNKNOWN           404
├── BlobUploadInvalid         BLOB_UPLOAD_INVALID    400
├── BlobUploadUnknown         BLOB_UPLOAD_UNKNOWN    404
├── BlobUploadBusy            BLOB_UPLOAD_INVALID    409
├── ManifestInvalid           MANIFEST_INVALID       400
├── ManifestUnknown           MANIFEST_UNKNOWN       404
├── ManifestBlobUnknown       MANIFEST_BLOB_UNKNOWN  400
├── PaginationInvalid         PAGINATION_NUMBER_INVALID 400
├── RequestInvalid            INVALID_REQUEST        400
├── UriTooLong                INVALID_REQUEST        414
├── HeaderTooLarge            INVALID_REQUEST        431
├── RequestTimeout            TIMEOUT                408
├── Unauthorized              UNAUTHORIZED           401
├── Denied                    DENIED                 403
├── Unsupported               UNSUPPORTED            405
├── UnsupportedMediaType      MANIFEST_INVALID       415
├── TooManyRequests           TOOMANYREQUESTS        429
├── StorageFull               UNAVAILABLE            507
└── StorageUnavailable        UNAVAILABLE            503

ClientGone is none of them: there is nobody to answer.
"""

from __future__ import annotations

from typing import Any, ClassVar

QUOTED_LENGTH = 120
RETRY_AFTER_SECONDS = 10
"""When a client may try again what failed for want of a database or a store."""


def quoted(value: str) -> str:
    """`value` for an error message: control characters escaped, cut to length."""
    shown = value if len(value) <= QUOTED_LENGTH else value[:QUOTED_LENGTH] + "..."
    return shown.encode("unicode_escape").decode("ascii")


class RegistryError(Exception):
    """A refusal with the code and status that the wire carries."""

    code: ClassVar[str] = "UNKNOWN"
    status: ClassVar[int] = 500

    def __init__(
        self, message: str, *, detail: Any = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.headers = headers or {}


class NameInvalid(RegistryError):
    code, status = "NAME_INVALID", 400


class NameUnknown(RegistryError):
    code, status = "NAME_UNKNOWN", 404


class TagInvalid(RegistryError):
    code, status = "TAG_INVALID", 400


class DigestInvalid(RegistryError):
    code, status = "DIGEST_INVALID", 400


class SizeInvalid(RegistryError):
    code, status = "SIZE_INVALID", 400


class TooLarge(RegistryError):
    code, status = "SIZE_INVALID", 413


class RangeInvalid(RegistryError):
    code, status = "RANGE_INVALID", 416


class BlobUnknown(RegistryError):
    code, status = "BLOB_UNKNOWN", 404


class BlobUploadInvalid(RegistryError):
    code, status = "BLOB_UPLOAD_INVALID", 400


class BlobUploadUnknown(RegistryError):
    code, status = "BLOB_UPLOAD_UNKNOWN", 404


class BlobUploadBusy(RegistryError):
    code, status = "BLOB_UPLOAD_INVALID", 409


class ManifestInvalid(RegistryError):
    code, status = "MANIFEST_INVALID", 400


class ManifestUnknown(RegistryError):
    code, status = "MANIFEST_UNKNOWN", 404


class ManifestBlobUnknown(RegistryError):
    code, status = "MANIFEST_BLOB_UNKNOWN", 400


class PaginationInvalid(RegistryError):
    code, status = "PAGINATION_NUMBER_INVALID", 400


class RequestInvalid(RegistryError):
    code, status = "INVALID_REQUEST", 400


class UriTooLong(RegistryError):
    code, status = "INVALID_REQUEST", 414


class HeaderTooLarge(RegistryError):
    code, status = "INVALID_REQUEST", 431


class RequestTimeout(RegistryError):
    code, status = "TIMEOUT", 408


class Unauthorized(RegistryError):
    code, status = "UNAUTHORIZED", 401


class Denied(RegistryError):
    code, status = "DENIED", 403


class Unsupported(RegistryError):
    code, status = "UNSUPPORTED", 405


class UnsupportedMediaType(RegistryError):
    code, status = "MANIFEST_INVALID", 415


class TooManyRequests(RegistryError):
    code, status = "TOOMANYREQUESTS", 429


class StorageFull(RegistryError):
    code, status = "UNAVAILABLE", 507


class StorageUnavailable(RegistryError):
    code, status = "UNAVAILABLE", 503

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


class ClientGone(Exception):
    """The client closed the connection."""
