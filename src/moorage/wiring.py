"""The only place where objects meet: from settings to a running application."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

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
from moorage.storage.folder import FolderStore
from moorage.storage.layout import Layout
from moorage.storage.store import Store
from moorage.storage_settings import AzureStorage, LocalStorage, RadosGWStorage, S3Storage
from moorage.web.app import Application
from moorage.web.origin import Origin
from moorage.web.v2.service import Service
from moorage.workers import collector

ADMIN = "admin"
GOOGLE_HOST = "storage.googleapis.com"


@dataclass(frozen=True, slots=True)
class FirstUser:
    """The superuser made on an empty database."""

    name: str
    password: str


def build_registry(settings: Settings) -> Registry:
    """A registry on the configured database and storage; call `start` before use."""
    database = open_database(settings.database_url)
    tokens = Tokens([], _service_name(settings), settings.registry_token_seconds)
    return Registry(
        db=database,
        store=_store(settings),
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

    background: list[asyncio.Task[None]] = []

    async def start() -> None:
        await registry.db.open()
        registry.tokens.keys[:] = await registry.db.read(accounts.signing_keys)
        if settings.feature_garbage_collection:
            every = settings.garbage_collection_frequency
            background.append(asyncio.create_task(collector.run(registry, every)))

    async def stop() -> None:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await registry.db.close()

    return Application(service, (start, stop), settings.body_idle_seconds)


async def prepare(settings: Settings, admin_password: str | None) -> FirstUser | None:
    """Make database, folders, signing key and, on an empty database, the first user.

    Safe to be called by many at once; returns the user if this call made it.
    """
    if isinstance(settings.storage, LocalStorage):
        _folder(settings).create()
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


def _folder(settings: Settings) -> Layout:
    """Where local blobs lie: LocalStorage's path, or the data folder."""
    driver = settings.storage
    path = driver.storage_path if isinstance(driver, LocalStorage) else ""
    return Layout(str(Path(path or settings.data_folder).absolute()))


def _store(settings: Settings) -> Store:
    match settings.storage:
        case LocalStorage():
            return FolderStore(_folder(settings), durable=settings.storage_fsync)
        case S3Storage() as s3:
            return _s3_store(
                s3.prefix,
                s3.s3_bucket,
                s3.endpoint_url or _url(s3.host, s3.port, s3.is_secure),
                s3.s3_access_key,
                s3.s3_secret_key,
                s3.s3_region,
            )
        case RadosGWStorage() as rados:
            host = rados.hostname or GOOGLE_HOST
            url = _url(host, rados.port, rados.is_secure)
            keys = (rados.access_key, rados.secret_key)
            return _s3_store(rados.prefix, rados.bucket_name, url, *keys, "us-east-1")
        case AzureStorage() as azure:
            return _azure_store(azure)


def _s3_store(
    prefix: str,
    bucket: str,
    endpoint: str | None,
    access_key: str | None,
    secret_key: str | None,
    region: str,
) -> Store:
    # Imported where it is used: the embedded default starts without it.
    from moorage.storage.clients import s3_client
    from moorage.storage.objects import ObjectStore

    client = s3_client(
        bucket,
        region=region,
        endpoint=endpoint,
        access_key=access_key,
        secret_key=secret_key,
    )
    return ObjectStore(client, prefix)


def _azure_store(azure: AzureStorage) -> Store:
    from moorage.storage.clients import azure_client
    from moorage.storage.objects import ObjectStore

    client = azure_client(
        azure.azure_container,
        account=azure.azure_account_name,
        account_key=azure.azure_account_key,
        sas_token=azure.sas_token,
        endpoint=azure.endpoint_url,
    )
    return ObjectStore(client, azure.prefix)


def _url(host: str | None, port: int | None, is_secure: bool) -> str | None:
    if host is None:
        return None
    scheme = "https" if is_secure else "http"
    return f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}"


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
        untagged_ms=settings.push_temp_tag_expiration_sec * 1000,
        time_machine_ms=settings.default_tag_expiration * 1000,
        idle_upload_ms=settings.upload_expiration_seconds * 1000,
        redirects_for=None
        if settings.feature_proxy_storage
        else timedelta(seconds=settings.redirect_seconds),
    )
