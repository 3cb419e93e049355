"""What is made once and kept: the keys beside the data, and a certificate for those without one."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509

from moorage.operator.apply import Applier
from moorage.operator.bundle import Pair, content_of
from moorage.operator.cluster import Conflict
from moorage.operator.configuration import ADMIN_PASSWORD, KEPT_KEYS, Bucket
from moorage.operator.errors import ConfigInvalid
from moorage.operator.kinds import SECRET
from moorage.operator.names import Names
from moorage.operator.plan import Plan
from moorage.operator.registry import QuayRegistry
from moorage.operator.render import Kept
from moorage.tls import new_certificates

_SECRET = SECRET
RENEWED_BEFORE = timedelta(days=30)


async def kept_for(applier: Applier, plan: Plan, now_s: float) -> Kept:
    """Read what is kept, and make what is missing. Raises ConfigInvalid."""
    names = applier.registry.names
    keys = await _keys(applier, plan)
    live = None
    if plan.needs_generated_certificate:
        live = await applier.look("Secret", names.namespace, names.tls)
    kept = kept_offline(plan, names, keys, live, now_s)
    if plan.storage == "bucket":
        return replace(kept, bucket=await _bucket(applier, names))
    return kept


def kept_offline(
    plan: Plan, names: Names, keys: dict[str, str], live: dict[str, Any] | None, now_s: float
) -> Kept:
    """`live` is the Secret with the certificate generated before."""
    if not plan.needs_generated_certificate:
        return Kept(keys)
    pair = _usable(live, plan.front.host, now_s) or _new_pair(names, plan.front.host)
    return Kept(keys, pair, _last_certificate(pair.certificate))


def new_keys() -> dict[str, str]:
    return {
        **{key: secrets.token_urlsafe(48) for key in KEPT_KEYS},
        ADMIN_PASSWORD: secrets.token_urlsafe(15),
    }


def keys_secret(registry: QuayRegistry, keys: dict[str, str]) -> dict[str, Any]:
    """Without an owner: the data, and what these keys encrypt in it, outlives the registry."""
    names = registry.names
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": names.keys,
            "namespace": names.namespace,
            "labels": names.labels("quay-registry-managed-secret-keys"),
        },
        "type": "Opaque",
        "data": {key: b64encode(value.encode()).decode() for key, value in keys.items()},
    }


async def _keys(applier: Applier, plan: Plan) -> dict[str, str]:
    registry, names = applier.registry, applier.registry.names
    live = await applier.look("Secret", names.namespace, names.keys)
    if live is None:
        await _require_no_data(applier, plan)
        try:
            live = await applier.cluster.create_secret(keys_secret(registry, new_keys()))
        except Conflict:  # made a moment ago, by this operator before it was restarted
            live = await applier.cluster.get(SECRET, names.namespace, names.keys)
        assert live is not None
        applier.store.put(live)
    return {key: value.decode() for key, value in content_of(live).items()}


async def _require_no_data(applier: Applier, plan: Plan) -> None:
    """New keys beside old data would make every stored token unreadable."""
    names = applier.registry.names
    if all(key in plan.bundle.document for key in KEPT_KEYS):
        return
    volume = await applier.look("PersistentVolumeClaim", names.namespace, names.data)
    has_run = applier.registry.current_version is not None and not applier.registry.is_handed_over
    if volume is not None or has_run:
        raise ConfigInvalid(
            f'Secret "{names.keys}" is gone, but there is data that its keys encrypt: restore it '
            f"from a backup, or set {' and '.join(KEPT_KEYS)} in config.yaml"
        )


def _usable(live: dict[str, Any] | None, host: str, now_s: float) -> Pair | None:
    """The certificate of an earlier time, while it is for the host and lives long enough."""
    if live is None:
        return None
    content = content_of(live)
    pair = Pair(content.get("tls.crt", b""), content.get("tls.key", b""))
    try:
        leaf = x509.load_pem_x509_certificates(pair.certificate)[0]
    except ValueError:
        return None
    soon = datetime.fromtimestamp(now_s, UTC) + RENEWED_BEFORE
    return pair if pair.covers(host) and leaf.not_valid_after_utc > soon else None


def _new_pair(names: Names, host: str) -> Pair:
    inside = names.service_host
    hosts = [host.partition(":")[0], inside, f"{inside}.cluster.local", names.app]
    made = new_certificates(list(dict.fromkeys(hosts)))
    return Pair(made.server, made.server_key)


def _last_certificate(chain: bytes) -> bytes:
    begin = b"-----BEGIN CERTIFICATE-----"
    return begin + chain.rpartition(begin)[2]


async def _bucket(applier: Applier, names: Names) -> Bucket:
    """A claim's ConfigMap and Secret carry its own name."""
    about = await applier.look("ConfigMap", names.namespace, names.bucket)
    credentials = await applier.look("Secret", names.namespace, names.bucket)
    if about is None or credentials is None:
        raise ConfigInvalid(f"ObjectBucketClaim {names.bucket} is not bound yet")
    known, keys = about["data"], credentials["data"]
    return Bucket(
        host=known["BUCKET_HOST"],
        port=int(known.get("BUCKET_PORT") or 443),
        name=known["BUCKET_NAME"],
        access_key=b64decode(keys["AWS_ACCESS_KEY_ID"]).decode(),
        secret_key=b64decode(keys["AWS_SECRET_ACCESS_KEY"]).decode(),
    )
