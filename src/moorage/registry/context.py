"""What every verb needs, put together once in `moorage.wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from moorage.auth.authenticate import Authenticator
from moorage.auth.revocation import Revocations
from moorage.auth.sealing import Sealer
from moorage.auth.tokens import Tokens
from moorage.db.engine import Database
from moorage.model.accounts import Action
from moorage.model.content import Visibility
from moorage.model.policy import ArtifactPolicy
from moorage.oci.name import RepositoryName
from moorage.registry.audit import Audit
from moorage.registry.chart_cache import ChartCache
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
    creates_namespaces: bool = False
    only_superusers_create_organizations: bool = False
    creates_first_user: bool = False
    open_sign_up: bool = False
    restricted_users_except: frozenset[str] | None = None
    """Users who make repositories in their own namespaces all the same; None: everybody does."""
    tag_expiration_options: tuple[int, ...] = (0, 86_400, 604_800, 1_209_600, 2_419_200)
    changes_tag_expiration: bool = True
    app_tokens: bool = True
    app_token_seconds: int | None = None
    robots_allowed: frozenset[str] | None = None
    """Robots that may sign in and be made where ROBOTS_DISALLOW is on; None: all."""
    session_seconds: int = 31 * 24 * 3600
    fresh_login_seconds: int = 600
    writers_see_logs: bool = False
    logs_kept_seconds: int | None = None
    search_page_size: int = 10
    search_pages: int = 10
    suspended: Mapping[Action, str] = field(default_factory=dict)
    """What nobody may do now, and why."""
    untagged_ms: int = 3600 * 1000
    """How long what nothing needs yet is kept: blobs before their manifest, untagged manifests."""
    time_machine_ms: int = 14 * 24 * 3600 * 1000
    """How long ended tags can be restored."""
    idle_upload_ms: int = 24 * 3600 * 1000
    redirects_for: timedelta | None = None
    """Life of signed URLs to which blob pulls are sent; None streams all through us."""

    legacy_view: str = ""
    """What the names of legacy views begin with, / included; nothing: there are none."""

    def is_view(self, name: str) -> bool:
        return bool(self.legacy_view) and name.startswith(self.legacy_view)

    def behind_view(self, name: RepositoryName) -> RepositoryName | None:
        """The repository that a legacy view shows; None for any other name."""
        if not self.is_view(name):
            return None
        return RepositoryName(name.removeprefix(self.legacy_view))

    @property
    def tag_expiration_seconds(self) -> int:
        return self.time_machine_ms // 1000


@dataclass(frozen=True, slots=True)
class Registry:
    db: Database
    store: Store
    tokens: Tokens
    authenticator: Authenticator
    rules: Rules
    now_s: Callable[[], float]
    revocations: Revocations
    sealer: Sealer
    audit: Audit
    decisions: dict[Any, tuple[float, float, frozenset[str]]] = field(default_factory=dict)
    """What `access` remembers: last change, until when, the actions."""
    charts: ChartCache = field(default_factory=ChartCache)

    def now_ms(self) -> int:
        return int(self.now_s() * 1000)
