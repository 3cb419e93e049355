"""The only place where objects meet: from settings to a running application."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from ipaddress import ip_network

from sqlalchemy import Connection

from moorage.auth import passwords
from moorage.auth.authenticate import Authenticator
from moorage.auth.tokens import KEPT_KEYS, Tokens, new_signing_key
from moorage.db import accounts
from moorage.db.engine import Database, open_database
from moorage.db.migrate import migrate
from moorage.model.content import Visibility
from moorage.model.policy import ArtifactPolicy
from moorage.registry.context import Registry, Rules
from moorage.settings import Settings
from moorage.storage.blobs import BlobStore
from moorage.storage.layout import Layout
from moorage.storage.uploads import UploadStore
from moorage.web.app import Application
from moorage.web.origin import Origin
from moorage.web.v2.service import Service

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class FirstUser:
    """The superuser made on an empty database."""

    name: str
    password: str


def build_registry(settings: Settings) -> Registry:
    """A registry on the configured database and storage; call `start` before use."""
    layout = Layout(str(settings.data_folder.absolute()))
    database = open_database(settings.database_url)
    tokens = Tokens([], _service_name(settings), settings.registry_token_seconds)
    return Registry(
        db=database,
        blobs=BlobStore(layout, durable=settings.storage_fsync),
        uploads=UploadStore(layout),
        tokens=tokens,
        authenticator=Authenticator(database, tokens),
        rules=_rules(settings),
        now_s=time.time,
    )


def build_app(settings: Settings) -> Application:
    registry = build_registry(settings)
    origin = Origin(
        settings.server_hostname,
        settings.url_scheme,
        tuple(ip_network(n, strict=False) for n in settings.trusted_proxies),
    )
    service = Service(registry, origin, _service_name(settings), settings.v2_auth_scheme == "basic")

    async def start() -> None:
        await registry.db.open()
        registry.tokens.keys[:] = await registry.db.read(accounts.signing_keys)

    return Application(service, (start, registry.db.close))


async def prepare(settings: Settings, admin_password: str | None) -> FirstUser | None:
    """Make database, folders, signing key and, on an empty database, the first user.

    Safe to be called by many at once; returns the user if this call made it.
    """
    Layout(str(settings.data_folder.absolute())).create()
    database = open_database(settings.database_url)
    try:
        return await database.write(lambda tx: _first_rows(tx, admin_password))
    finally:
        await database.close()


def migrate_database(settings: Settings) -> str | None:
    """The schema version before. Raises ValueError when the database is newer than moorage."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    return migrate(settings.database_url)


def _first_rows(tx: Connection, admin_password: str | None) -> FirstUser | None:
    now_ms = int(time.time() * 1000)
    if not accounts.signing_keys(tx):
        accounts.add_signing_key(tx, new_signing_key(), now_ms, KEPT_KEYS)
    if accounts.has_users(tx):
        return None
    first = FirstUser(ADMIN, admin_password or secrets.token_urlsafe(12))
    is_new = accounts.create_user(
        tx, first.name, "", passwords.hashed(first.password), True, now_ms
    )
    return first if is_new else None


def open_registry_database(settings: Settings) -> Database:
    return open_database(settings.database_url)


def _service_name(settings: Settings) -> str:
    return settings.server_hostname or "moorage"


def _rules(settings: Settings) -> Rules:
    allowed = settings.allowed_oci_artifact_types
    if settings.ignore_unknown_mediatypes:
        allowed = None
    return Rules(
        policy=ArtifactPolicy(
            general_oci=settings.feature_general_oci_support,
            helm=settings.feature_helm_oci_support,
            allowed_types=None
            if allowed is None
            else {kind: tuple(layers) for kind, layers in allowed.items()},
        ),
        sparse_images=settings.feature_sparse_manifests,
        sparse_indexes=settings.feature_sparse_manifests or settings.feature_sparse_index,
        visibility_on_push=Visibility.PRIVATE
        if settings.create_private_repo_on_push
        else Visibility.PUBLIC,
        anonymous_access=settings.feature_anonymous_access,
        blob_bytes=settings.maximum_layer_size,
        uploads_per_user=settings.uploads_per_user,
        page_size=settings.v2_pagination_size,
    )
