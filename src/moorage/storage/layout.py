"""Where bytes lie.

A location is a path below the root, kept in the blob's row. Every upload gets a location of its
own, even for content that is there already: so deleting what the collector found unused can never
hit what somebody has just pushed again.

In a folder (`moorage.storage.folder`):

DATA/
├── blobs/
│   ├── sha256/ab/abcdef....1f2e3d4c     a whole, verified blob; never changed once it has this name
│   └── sha512/cd/cdef01....5a6b7c8d     (the suffix is the upload's)
└── uploads/
    └── <upload id>                      the bytes of an upload, grown by appending

Write order: bytes into uploads/<id> -> fsync of the file -> rename to its location (in a folder
whose own name is synced) -> fsync of the folder -> only then the rows that make it visible. A crash
before the rename leaves an upload, one after it a blob without a row: both are invisible and swept
later, never half a blob.

In an object store (`moorage.storage.objects`), below `storage_path`:

└── blobs/ab/abcdef01-...                 a whole object; its digest is in the row alone

Each body of an upload becomes an object, named in the rows of the upload when it is complete. An
upload of one body is a blob without being copied; several are put together at the end.
"""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from moorage.oci.digest import ALGORITHMS, Digest

BLOBS = "blobs"
SUFFIX_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of a folder store."""

    root: str
    _known: set[str] = field(default_factory=set, compare=False)
    """Folders of blobs that were made, and synced where need be, by this process."""

    def path(self, location: str) -> str:
        return f"{self.root}/{location}"

    def upload(self, upload_id: str) -> str:
        return f"{self.root}/uploads/{upload_id}"

    @property
    def uploads(self) -> str:
        return f"{self.root}/uploads"

    def create(self, *, durable: bool) -> None:
        Path(self.uploads).mkdir(parents=True, exist_ok=True)
        for algorithm in ALGORITHMS:
            Path(self.root, BLOBS, algorithm).mkdir(parents=True, exist_ok=True)
        if durable:
            sync_folder(f"{self.root}/{BLOBS}")
            sync_folder(self.root)
            # Whose parent may not be read was made by somebody else.
            with suppress(PermissionError):
                sync_folder(os.path.dirname(self.root))

    def make_blob_folder(self, path: str, durable: bool) -> None:
        """Make sure of a folder for blobs.

        One that is there may have been made a moment ago, by a request that has not synced its
        name yet, or could not: so each process syncs each folder's name once.
        """
        if path not in self._known:
            os.makedirs(path, exist_ok=True)
            if durable:
                sync_folder(os.path.dirname(path))
            self._known.add(path)


def folder_location(digest: Digest, upload_id: str) -> str:
    suffix = upload_id[:SUFFIX_LENGTH]
    return f"{BLOBS}/{digest.algorithm}/{digest.encoded[:2]}/{digest.encoded}.{suffix}"


def object_location() -> str:
    name = str(uuid.uuid4())
    return f"{BLOBS}/{name[:2]}/{name}"


def sync_folder(path: str) -> None:
    """Make renames and new names in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
