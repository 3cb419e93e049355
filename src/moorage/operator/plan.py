"""What a registry will consist of: pure decisions, before anything is rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from moorage.operator.bundle import Bundle, Pair, read_bundle, read_tls_secret
from moorage.operator.errors import ConfigInvalid, OverrideInvalid
from moorage.operator.exposure import CertificateFrom, Front, front_of
from moorage.operator.names import BUCKET_CLASS
from moorage.operator.platform import BUCKETS, MONITORING, Platform
from moorage.operator.quantities import bytes_of
from moorage.operator.registry import QuayRegistry
from moorage.operator.spec import RegistrySpec, SpecInvalid, parse_spec

DEFAULT_VOLUME = "10Gi"
AUTOSCALED = (2, 20)
"""Fewest and most pods, as Quay's operator sets them."""
STORE = "DISTRIBUTED_STORAGE_CONFIG"

Storage = Literal["volume", "store", "bucket"]
"""A folder on the volume, an object store of the bundle, or a bucket that was claimed for us."""


@dataclass(frozen=True, slots=True)
class Live:
    """What is in the cluster already and decides something."""

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Those that the spec names, by name."""
    assigned_host: str | None = None
    """The host that the router gave to the Route."""
    volume: dict[str, Any] | None = None
    """The PersistentVolumeClaim."""


@dataclass(frozen=True, slots=True)
class Volume:
    size: str
    storage_class: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    spec: RegistrySpec
    bundle: Bundle
    front: Front
    pair: Pair | None
    """The certificate that was given to us."""
    uses_postgres: bool
    storage: Storage
    volume: Volume | None
    """None when database and blobs are elsewhere: then pods can be many."""
    replicas: int
    is_autoscaled: bool
    is_monitored: bool
    bucket_api_missing: bool = False

    @property
    def needs_generated_certificate(self) -> bool:
        return self.front.certificate is CertificateFrom.GENERATED

    @property
    def is_rolling(self) -> bool:
        """Pods can run beside each other."""
        return self.volume is None


def plan_of(registry: QuayRegistry, platform: Platform, live: Live) -> Plan:
    """Raises ConfigInvalid or OverrideInvalid."""
    try:
        spec = parse_spec(registry.spec)
    except SpecInvalid as error:
        raise (OverrideInvalid if error.is_override else ConfigInvalid)(str(error)) from None
    bundle = read_bundle(spec.bundle, live.secrets.get(spec.bundle)) if spec.bundle else Bundle()
    pair = _pair(spec, bundle, live)
    document = bundle.document
    uses_postgres = str(document.get("DB_URI") or "").startswith("postgres")
    wants_bucket = BUCKET_CLASS in registry.annotations and STORE not in document
    storage: Storage = "bucket" if wants_bucket else _storage(document)
    if wants_bucket and BUCKETS not in platform.apis:
        storage = "volume"
    needs_volume = not uses_postgres or storage == "volume"
    may_scale = not needs_volume
    return Plan(
        spec=spec,
        bundle=bundle,
        front=front_of(registry, spec, platform, document, pair is not None, live.assigned_host),
        pair=pair,
        uses_postgres=uses_postgres,
        storage=storage,
        volume=_volume(spec, live) if needs_volume else None,
        replicas=_replicas(spec, may_scale),
        is_autoscaled=may_scale
        and spec.is_demanded("horizontalpodautoscaler")
        and spec.overrides("quay").replicas != 0,
        is_monitored=spec.is_managed("monitoring") and MONITORING in platform.apis,
        bucket_api_missing=wants_bucket and BUCKETS not in platform.apis,
    )


def _pair(spec: RegistrySpec, bundle: Bundle, live: Live) -> Pair | None:
    if spec.tls_secret is None:
        return bundle.pair
    if bundle.pair is not None:
        raise ConfigInvalid(
            f'ssl.cert and ssl.key of Secret "{spec.bundle}" and components[tls].secretRef '
            f'"{spec.tls_secret}" exclude each other: remove one'
        )
    return read_tls_secret(spec.tls_secret, live.secrets.get(spec.tls_secret))


def _storage(document: dict[str, Any]) -> Storage:
    """Reads carefully: whether the map is well-formed is the check's business."""
    stores = document.get(STORE)
    if not isinstance(stores, dict) or not stores:
        return "volume"
    preferred = document.get("DISTRIBUTED_STORAGE_PREFERENCE")
    name = preferred[0] if isinstance(preferred, list) and preferred else next(iter(stores))
    driver = stores.get(name)
    is_local = isinstance(driver, list) and driver[:1] == ["LocalStorage"]
    return "volume" if is_local else "store"


def _replicas(spec: RegistrySpec, may_scale: bool) -> int:
    wanted = spec.overrides("quay").replicas
    autoscaled = spec.is_demanded("horizontalpodautoscaler")
    if wanted is None:
        return AUTOSCALED[0] if autoscaled and may_scale else 1
    if autoscaled and wanted != 0:
        raise OverrideInvalid(
            f"components[quay].overrides.replicas: got {wanted}; while horizontalpodautoscaler is "
            "managed only 0 is possible, which stops the registry"
        )
    if wanted > 1 and not may_scale:
        raise OverrideInvalid(
            f"components[quay].overrides.replicas: got {wanted}, but SQLite or blobs on a "
            "ReadWriteOnce volume allow one pod: set DB_URI to a PostgreSQL and "
            "DISTRIBUTED_STORAGE_CONFIG to an object store first"
        )
    return wanted


def _volume(spec: RegistrySpec, live: Live) -> Volume:
    parts = {kind: spec.overrides(kind) for kind in ("objectstorage", "postgres")}
    sizes = {kind: str(o.volumeSize) for kind, o in parts.items() if o.volumeSize is not None}
    for kind, size in sizes.items():
        if bytes_of(size) is None:
            raise OverrideInvalid(
                f'components[{kind}].overrides.volumeSize: got "{size}", expected e.g. 50Gi'
            )
    classes = {kind: o.storageClassName for kind, o in parts.items() if o.storageClassName}
    if len(set(classes.values())) > 1:
        raise OverrideInvalid(
            f"components[objectstorage].overrides.storageClassName {classes['objectstorage']} and "
            f"that of postgres, {classes['postgres']}: there is one volume, name one class"
        )
    wanted = Volume(
        max(sizes.values(), key=lambda size: bytes_of(size) or 0, default=DEFAULT_VOLUME),
        next(iter(classes.values()), None),
    )
    place = f"components[{next(iter(sizes or classes), 'objectstorage')}].overrides"
    return _beside(wanted, live.volume, place, bool(sizes)) if live.volume else wanted


def _beside(wanted: Volume, live: dict[str, Any], place: str, has_size: bool) -> Volume:
    """What can be asked of a volume that is there."""
    name, spec = live["metadata"]["name"], live["spec"]
    size = spec["resources"]["requests"]["storage"]
    is_smaller = (bytes_of(wanted.size) or 0) < (bytes_of(size) or 0)
    if is_smaller and has_size:
        raise OverrideInvalid(
            f"{place}.volumeSize: got {wanted.size}, but PersistentVolumeClaim {name} has {size}, "
            "and volumes cannot shrink"
        )
    current = spec.get("storageClassName")
    if wanted.storage_class is not None and current not in (None, wanted.storage_class):
        raise OverrideInvalid(
            f"{place}.storageClassName: got {wanted.storage_class}, but PersistentVolumeClaim "
            f"{name} has {current}, and the class of a volume cannot be changed"
        )
    return Volume(size if is_smaller else wanted.size, wanted.storage_class)
