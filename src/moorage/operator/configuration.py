"""The config.yaml that a registry starts from: what components provide, under the user's keys."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import yaml
from pydantic import ValidationError

from moorage.operator.bundle import CERTIFICATE, CONFIG, KEY, Pair
from moorage.operator.errors import ConfigInvalid
from moorage.operator.exposure import Termination
from moorage.operator.plan import STORE, Plan
from moorage.quay_config import Severity, check, located
from moorage.settings import Settings

METRICS_PORT = 9091
KEPT_KEYS = ("SECRET_KEY", "DATABASE_SECRET_KEY")
"""Generated once and kept beside the data: without them stored tokens cannot be read."""
ADMIN_PASSWORD = "MOORAGE_ADMIN_PASSWORD"

PROVIDED = {
    "postgres": ("DB_URI", "DB_CONNECTION_ARGS"),
    "objectstorage": (STORE, "DISTRIBUTED_STORAGE_PREFERENCE"),
}
"""Keys that take a managed component's place."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What an ObjectBucketClaim brought."""

    host: str
    port: int
    name: str
    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    files: dict[str, bytes]
    """Of conf/stack."""
    settings: Settings
    warnings: tuple[str, ...]

    @property
    def content_hash(self) -> str:
        """Equal content, equal name: nothing restarts for the order of a map."""
        digest = sha256()
        for name in sorted(self.files):
            for part in (name.encode(), self.files[name]):
                digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()[:10]

    @property
    def encoded(self) -> dict[str, str]:
        return {name: b64encode(self.files[name]).decode() for name in sorted(self.files)}


def configuration_of(
    plan: Plan, keys: dict[str, str], generated: Pair | None, bucket: Bucket | None
) -> Configuration:
    """Raises ConfigInvalid with every problem, each with its key and line."""
    document = _provided(plan, keys, bucket) | plan.bundle.document
    problems = located(check(document), plan.bundle.text)
    errors = [p.message for p in problems if p.severity is Severity.ERROR]
    if errors:
        raise ConfigInvalid("; ".join(f"{CONFIG} {text}" for text in errors))
    try:
        settings = Settings(**document)
    except ValidationError as error:
        raise ConfigInvalid(f"{CONFIG}: {error.errors()[0]['msg']}") from None
    pair = (plan.pair or generated) if plan.front.serves_tls else None
    if settings.needs_certificate and pair is None:
        raise ConfigInvalid(
            f"{CONFIG} PREFERRED_URL_SCHEME: got https without a certificate: put ssl.cert and "
            "ssl.key into the bundle, or set EXTERNAL_TLS_TERMINATION"
        )
    files = dict(plan.bundle.files)
    files[CONFIG] = yaml.safe_dump(document, sort_keys=True, allow_unicode=True).encode()
    if pair is not None:
        files |= {CERTIFICATE: pair.certificate, KEY: pair.key}
    warnings = [p.message for p in problems if p.severity is Severity.WARNING]
    return Configuration(files, settings, tuple(warnings + _contradictions(plan, pair)))


def _provided(plan: Plan, keys: dict[str, str], bucket: Bucket | None) -> dict[str, Any]:
    found: dict[str, Any] = {"SERVER_HOSTNAME": plan.front.host}
    found |= {key: keys[key] for key in KEPT_KEYS if key in keys}
    if plan.front.termination is not Termination.NOWHERE:
        found["PREFERRED_URL_SCHEME"] = "https"
    if plan.front.termination is Termination.FRONT:
        found["EXTERNAL_TLS_TERMINATION"] = True
    if plan.is_monitored:
        found["METRICS_ADDRESS"] = f"0.0.0.0:{METRICS_PORT}"
    if plan.storage == "bucket" and bucket is not None:
        arguments = {
            "hostname": bucket.host,
            "port": bucket.port,
            "is_secure": bucket.port != 80,
            "bucket_name": bucket.name,
            "access_key": bucket.access_key,
            "secret_key": bucket.secret_key,
        }
        found[STORE] = {"local_us": ["RHOCSStorage", arguments]}
        # Clients outside of the cluster do not reach its object store.
        found["FEATURE_PROXY_STORAGE"] = True
    return found


def _contradictions(plan: Plan, pair: Pair | None) -> list[str]:
    """What the user's keys take over from components that are said to be managed."""
    found = []
    for kind, keys in PROVIDED.items():
        taken = [key for key in keys if key in plan.bundle.document]
        if taken and kind in plan.spec.components and plan.spec.components[kind].managed:
            found.append(
                f"{', '.join(taken)} of the bundle is used although {kind} is managed: "
                "set it to managed: false to say so"
            )
    if pair is not None and plan.pair is not None and not pair.covers(plan.front.host):
        found.append(f"the certificate is not for {plan.front.host}: clients will refuse it")
    return found
