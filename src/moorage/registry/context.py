"""What every verb needs, put together once in `moorage.wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from moorage.auth.authenticate import Authenticator
from moorage.auth.tokens import Tokens
from moorage.db.engine import Database
from moorage.model.accounts import Action
from moorage.model.content import Visibility
from moorage.model.policy import ArtifactPolicy
from moorage.storage.store import Store


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
    suspended: Mapping[Action, str] = field(default_factory=dict)
    """What nobody may do now, and why."""
    untagged_ms: int = 3600 * 1000
    """How long what nothing needs yet is kept: blobs before their manifest, untagged manifests."""
    time_machine_ms: int = 14 * 24 * 3600 * 1000
    """How long ended tags can be restored."""
    idle_upload_ms: int = 24 * 3600 * 1000
    redirects_for: timedelta | None = None
    """Life of signed URLs to which blob pulls are sent; None streams all through us."""


@dataclass(frozen=True, slots=True)
class Registry:
    db: Database
    store: Store
    tokens: Tokens
    authenticator: Authenticator
    rules: Rules
    now_s: Callable[[], float]

    def now_ms(self) -> int:
        return int(self.now_s() * 1000)
