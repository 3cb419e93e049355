"""Where bytes lie in the data folder.

DATA/
├── blobs/
│   ├── sha256/ab/abcdef...      a whole, verified blob; never changed once it has this name
│   └── sha512/cd/cdef01...
└── uploads/
    └── <uuid>                   the bytes of an upload, grown by appending

Write order of a blob: bytes into uploads/<uuid> -> fsync of the file -> rename to its digest ->
fsync of the folder -> only then the rows that make it visible. A crash before the rename leaves an
upload, one after it a blob without a row: both are invisible and swept later, never half a blob.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from moorage.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class Layout:
    root: str

    def blob(self, digest: Digest) -> str:
        return f"{self.root}/blobs/{digest.algorithm}/{digest.encoded[:2]}/{digest.encoded}"

    def upload(self, upload_id: str) -> str:
        return f"{self.root}/uploads/{upload_id}"

    def create(self) -> None:
        Path(self.root, "uploads").mkdir(parents=True, exist_ok=True)
        for algorithm in ("sha256", "sha512"):
            Path(self.root, "blobs", algorithm).mkdir(parents=True, exist_ok=True)


def sync_folder(path: str) -> None:
    """Make renames and new names in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
