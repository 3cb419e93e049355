"""The only place where objects meet: from settings to a running application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import structlog

from moorage.artifacts.description import Limits, Trust
from moorage.auth.authenticate import Authenticator, Powers
from moorage.auth.revocation import Revocations
from moorage.auth.sealing import Sealer
from moorage.auth.throttle import Throttle
from moorage.auth.tokens import Tokens
from moorage.db import accounts
from moorage.db.engine import Database, open_database
from moorage.db.migrate import migrate
from moorage.model.accounts import Action
from moorage.model.content import Visibility
from moorage.model.policy import ArtifactPolicy
from moorage.registry.audit import Audit
from moorage.registry.context import Registry, Rules
from moorage.settings import Settings
from moorage.storage.folder import FolderStore
from moorage.storage.layout import Layout
from moorage.storage.store import Store
from moorage.storage_settings import AzureStorage, LocalStorage, RadosGWStorage, S3Storage
from moorage.trust import extra_certificates
from moorage.web.app import Application, ASGIApp
from moorage.web.charts import endpoints as charts
from moorage.web.charts.service import ChartService
from moorage.web.console import FOLDER, Console
from moorage.web.counters import Counters
from moorage.web.http import Request
from moorage.web.origin import Origin
from moorage.web.v2.service import Service
from moorage.wiring_accounts import FirstUser, first_rows, use_kept_key
from moorage.wiring_operations import build_operations, metrics_listener
from moorage.workers import chart_reader, collector, describer
from moorage.workers.describer import Reading

GOOGLE_HOST = "storage.googleapis.com"

log = structlog.get_logger("moorage.server")


def build_registry(settings: Settings) -> Registry:
    """A registry on the configured database and storage; call `start` before use."""
    database = open_registry_database(settings)
    tokens = Tokens([], _service_name(settings), settings.registry_token_seconds)
    revocations = open_revocations(settings)
    rules = _rules(settings)
    audit = Audit(database, time.time, rules.logs_kept_seconds)
    return Registry(
        db=database,
        store=open_store(settings),
        tokens=tokens,
        authenticator=Authenticator(
            database,
            tokens,
            revocations,
            _powers(settings),
            audit.signed_in,
            audit.sign_in_failed,
            Throttle(settings.wrong_passwords_per_account, settings.wrong_passwords_per_address),
        ),
        rules=rules,
        now_s=time.time,
        revocations=revocations,
        sealer=Sealer(settings.database_secret_key, settings.secret_key),
        audit=audit,
    )


def open_revocations(settings: Settings) -> Revocations:
    return Revocations(str(settings.data_folder.absolute() / "revocations"))


def build_app(settings: Settings, counters: Counters) -> Application:
    registry = build_registry(settings)
    origin = Origin(
        settings.server_hostname,
        settings.url_scheme,
        tuple(ip_network(n, strict=False) for n in settings.trusted_proxies),
    )
    service = Service(registry, origin, _service_name(settings), settings.v2_auth_scheme == "basic")

    folder = _folder(settings).root if isinstance(settings.storage, LocalStorage) else None
    operations = build_operations(settings, registry, origin, counters, folder)
    listener = metrics_listener(settings, operations)
    background: list[asyncio.Task[None]] = []

    async def start() -> None:
        await registry.db.open()
        registry.tokens.keys[:] = await registry.db.read(accounts.signing_keys)
        await use_kept_key(settings, registry)
        registry.audit.start()
        if listener is not None:
            await listener.open()
        if settings.feature_garbage_collection and settings.registry_state == "normal":
            every = settings.garbage_collection_frequency
            background.append(_in_background(collector.run(registry, every)))
        if settings.registry_state == "normal":
            background.append(_in_background(chart_reader.run(registry)))
            background.append(_in_background(describer.run(registry, _reading(settings))))
        log.info("worker ready", slot=counters.slot)

    async def stop() -> None:
        log.info("worker stops", slot=counters.slot)
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        if listener is not None:
            listener.close()
        await registry.audit.stop()
        await registry.db.close()

    build_api = partial(_build_api, settings, registry, origin)
    idle = settings.body_idle_seconds
    serve_charts = _charts(settings, registry, origin)
    console = Console(FOLDER)
    return Application(service, serve_charts, operations, console, (start, stop), build_api, idle)


def _charts(
    settings: Settings, registry: Registry, origin: Origin
) -> Callable[[Request], Awaitable[None]]:
    if not settings.feature_helm_oci_support:
        return charts.switched_off
    return partial(charts.serve, ChartService(registry, origin, settings.maximum_chart_size))


def _reading(settings: Settings) -> Reading:
    keyring = settings.chart_keyring
    return Reading(
        Trust(keyring.read_bytes() if keyring is not None else b"", settings.signature_keys),
        Limits(
            settings.artifact_layer_bytes,
            settings.artifact_file_bytes,
            settings.artifact_icon_bytes,
            settings.feature_helm_chart_metadata_extraction,
        ),
    )


def _in_background(work: Coroutine[object, object, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_its_end)
    return task


def _tell_its_end(task: asyncio.Task[None]) -> None:
    """Nobody waits for background work before the worker stops: its end would go unnoticed."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work ended: restart this worker", exc_info=error)


def _build_api(settings: Settings, registry: Registry, origin: Origin) -> ASGIApp:
    # FastAPI takes half a second and 20 MB to load: only for those who use the management API.
    from moorage.web.api.app import build_api

    return build_api(settings, registry, origin)


async def prepare(settings: Settings, admin_password: str | None) -> FirstUser | None:
    """Make database, folders, signing key and, on an empty database, the first user.

    Safe to be called by many at once; returns the user if this call made it.
    """
    create_folders(settings)
    database = open_registry_database(settings)
    try:
        return await database.write(lambda tx: first_rows(tx, settings, admin_password))
    finally:
        await database.close()


def create_folders(settings: Settings) -> None:
    """What a store on this machine's disk needs."""
    if isinstance(settings.storage, LocalStorage):
        _folder(settings).create(durable=settings.storage_fsync)


def migrate_database(settings: Settings) -> str | None:
    """The schema version before. Raises ValueError when the database is newer than moorage."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    return migrate(settings.database_url)


def open_registry_database(settings: Settings) -> Database:
    return open_database(settings.database_url, settings.database_wait_seconds)


def _folder(settings: Settings) -> Layout:
    """Where local blobs lie: LocalStorage's path, or the data folder."""
    driver = settings.storage
    path = driver.storage_path if isinstance(driver, LocalStorage) else ""
    return Layout(str(Path(path or settings.data_folder).absolute()))


def open_store(settings: Settings) -> Store:
    folder = settings.extra_ca_certs
    trusted = extra_certificates(folder) if folder is not None else ""
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
                trusted,
            )
        case RadosGWStorage() as rados:
            host = rados.hostname or GOOGLE_HOST
            url = _url(host, rados.port, rados.is_secure)
            keys = (rados.access_key, rados.secret_key)
            return _s3_store(rados.prefix, rados.bucket_name, url, *keys, "us-east-1", trusted)
        case AzureStorage() as azure:
            return _azure_store(azure, trusted)


def _s3_store(
    prefix: str,
    bucket: str,
    endpoint: str | None,
    access_key: str | None,
    secret_key: str | None,
    region: str,
    trusted: str,
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
        trusted=trusted,
    )
    return ObjectStore(client, prefix)


def _azure_store(azure: AzureStorage, trusted: str) -> Store:
    from moorage.storage.clients import azure_client
    from moorage.storage.objects import ObjectStore

    client = azure_client(
        azure.azure_container,
        account=azure.azure_account_name,
        account_key=azure.azure_account_key,
        sas_token=azure.sas_token,
        endpoint=azure.endpoint_url,
        trusted=trusted,
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
        creates_namespaces=settings.create_namespace_on_push,
        only_superusers_create_organizations=settings.feature_superusers_org_creation_only,
        creates_first_user=settings.feature_user_initialize,
        open_sign_up=settings.feature_user_creation,
        restricted_users_except=frozenset(settings.restricted_users_whitelist)
        if settings.feature_restricted_users
        else None,
        tag_expiration_options=tuple(settings.tag_expiration_options),
        changes_tag_expiration=settings.feature_change_tag_expiration,
        app_tokens=settings.feature_app_specific_tokens,
        app_token_seconds=settings.app_specific_token_expiration,
        robots_allowed=_robots_allowed(settings),
        session_seconds=settings.session_timeout,
        fresh_login_seconds=settings.fresh_login_timeout,
        writers_see_logs=settings.feature_user_log_access,
        logs_kept_seconds=settings.action_log_rotation_threshold
        if settings.feature_action_log_rotation
        else None,
        search_page_size=settings.search_results_per_page,
        search_pages=settings.search_max_result_page_count,
        suspended=_suspended(settings),
        legacy_view=f"{settings.helm_legacy_view}/" if settings.helm_legacy_view else "",
        untagged_ms=settings.push_temp_tag_expiration_sec * 1000,
        time_machine_ms=settings.default_tag_expiration * 1000,
        idle_upload_ms=settings.upload_expiration_seconds * 1000,
        redirects_for=None
        if settings.feature_proxy_storage
        else timedelta(seconds=settings.redirect_seconds),
    )


def _powers(settings: Settings) -> Powers:
    return Powers(
        superusers=frozenset(settings.super_users),
        readonly_superusers=frozenset(settings.global_readonly_super_users),
        full_access=settings.feature_superusers_full_access,
        direct_login=settings.feature_direct_login,
        app_tokens=settings.feature_app_specific_tokens,
        robots_allowed=_robots_allowed(settings),
    )


def _robots_allowed(settings: Settings) -> frozenset[str] | None:
    return frozenset(settings.robots_whitelist) if settings.robots_disallow else None


def _suspended(settings: Settings) -> dict[Action, str]:
    if settings.registry_state == "readonly":
        why = "the registry is read-only now (REGISTRY_STATE): pulls go on, try again later"
        return {Action.PUSH: why, Action.DELETE: why}
    if settings.disable_pushes:
        return {Action.PUSH: "pushes are switched off (DISABLE_PUSHES): ask who runs the registry"}
    return {}
