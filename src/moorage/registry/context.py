"""What every verb needs, put together once in `moorage.wiring`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from moorage.auth.authenticate import Authenticator
from moorage.auth.tokens import Tokens
from moorage.db.engine import Database
from moorage.model.content import Visibility
from moorage.model.policy import ArtifactPolicy
from moorage.storage.blobs import BlobStore
from moorage.storage.uploads import UploadStore


@dataclass(frozen=True, slots=True)
class Rules:
    """The configuration's decisions that verbs act on."""

    policy: ArtifactPolicy = field(default_factory=ArtifactPolicy)
    sparse_images: bool = False
    sparse_indexes: bool = False
    visibility_on_push: Visibility = Visibility.PRIVATE
    anonymous_access: bool = True
    blob_bytes: int = 20 * 1024**3
    uploads_per_user: int = 1000
    page_size: int = 100


@dataclass(frozen=True, slots=True)
class Registry:
    db: Database
    blobs: BlobStore
    uploads: UploadStore
    tokens: Tokens
    authenticator: Authenticator
    rules: Rules
    now_s: Callable[[], float]

    def now_ms(self) -> int:
        return int(self.now_s() * 1000)
