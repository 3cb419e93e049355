"""From a QuayRegistry to the objects that it is made of: pure, and always in the same order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moorage.operator import entrance, protection, volumes, workload
from moorage.operator.bundle import Pair
from moorage.operator.configuration import Bucket, Configuration, configuration_of
from moorage.operator.names import BUCKET_CLASS, FIELD_MANAGER, LABEL_MANAGED_BY
from moorage.operator.plan import Plan
from moorage.operator.platform import Platform
from moorage.operator.registry import QuayRegistry
from moorage.operator.spec import ComponentKind
from moorage.operator.workload import Object

KEPT = ("PersistentVolumeClaim", "ObjectBucketClaim")
"""These hold data and outlive the registry."""


@dataclass(frozen=True, slots=True)
class Part:
    """An object, and the component whose condition speaks of it."""

    component: ComponentKind
    object: Object

    @property
    def kind(self) -> str:
        return str(self.object["kind"])

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])


@dataclass(frozen=True, slots=True)
class Rendering:
    plan: Plan
    configuration: Configuration
    parts: tuple[Part, ...]
    """In the order in which they are applied; the Deployment is the last."""
    migration: Part | None
    """The Job that has to succeed before the Deployment is touched."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was generated or granted once and is the same in every rendering."""

    keys: dict[str, str]
    generated: Pair | None = None
    ca: bytes = b""
    bucket: Bucket | None = None


def render(registry: QuayRegistry, plan: Plan, platform: Platform, kept: Kept) -> Rendering:
    """Raises ConfigInvalid."""
    configuration = configuration_of(plan, kept.keys, kept.generated, kept.bucket)
    names = registry.names
    parts = [Part("quay", protection.service_account(names, plan))]
    if plan.storage == "bucket":
        claim = volumes.bucket_claim(names, plan, registry.annotations[BUCKET_CLASS])
        parts.append(Part("objectstorage", claim))
    if plan.volume is not None:
        parts.append(Part("objectstorage", volumes.volume_claim(names, plan, plan.volume)))
    parts.append(Part("quay", config_secret(registry, configuration)))
    certificates = entrance.certificate_objects(names, plan, kept.generated, kept.ca)
    parts += [Part("tls", one) for one in certificates]
    parts.append(Part("quay", entrance.service(names, plan)))
    front = entrance.front(registry, plan, platform)
    if front is not None:
        parts.append(Part("route", front))
    parts.append(Part("quay", protection.network_policy(names, plan)))
    parts.append(Part("quay", protection.disruption_budget(names, plan)))
    if plan.is_autoscaled:
        parts.append(Part("horizontalpodautoscaler", protection.autoscaler(names, plan)))
    if plan.is_monitored:
        parts += [Part("monitoring", one) for one in entrance.monitoring(names, plan)]
    parts.append(Part("quay", workload.deployment(names, plan, platform, configuration)))
    job = None
    if plan.is_rolling:
        job = Part("quay", workload.migration(names, plan, platform, configuration))
    return Rendering(
        plan,
        configuration,
        tuple(_owned(registry, part) for part in parts),
        _owned(registry, job) if job else None,
    )


def config_secret(registry: QuayRegistry, configuration: Configuration) -> Object:
    names = registry.names
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": names.config(configuration.content_hash),
            "namespace": names.namespace,
            "labels": names.labels("quay-app-config"),
        },
        "type": "Opaque",
        "immutable": True,
        "data": configuration.encoded,
    }


def _owned(registry: QuayRegistry, part: Part) -> Part:
    document: dict[str, Any] = json.loads(json.dumps(part.object))
    document["metadata"]["labels"][LABEL_MANAGED_BY] = FIELD_MANAGER
    if part.kind not in KEPT:
        document["metadata"]["ownerReferences"] = [registry.owner_reference]
    return Part(part.component, document)
