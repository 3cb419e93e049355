"""What is stored, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName


class Visibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class RepositoryState(StrEnum):
    """Whether a repository takes pushes."""

    NORMAL = "NORMAL"
    READ_ONLY = "READ_ONLY"
    MIRROR = "MIRROR"


@dataclass(frozen=True, slots=True)
class Repository:
    id: int
    name: RepositoryName
    visibility: Visibility
    namespace_id: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One body of an upload, stored under a location of its own."""

    location: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A blob upload in progress. `received_bytes` is what was acknowledged, never more.

    `parts` hold these bytes in an object store; in a folder they lie in one file.
    """

    id: str
    repository_id: int
    received_bytes: int
    algorithm: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredManifest:
    digest: Digest
    media_type: str
    raw: bytes
    kind: str = ""
    """What it is, where that was found out: see `artifacts`."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    digest: Digest
    size_bytes: int
    location: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of names; `has_more` when a next page exists."""

    names: list[str]
    has_more: bool
