"""What each component's condition says, from the plan and the live objects: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from moorage.operator.conditions import (
    Verdict,
    creation_failed,
    not_managed,
    not_ready,
    ready,
)
from moorage.operator.exposure import CertificateFrom, Exposure
from moorage.operator.names import BUCKET_CLASS, Names
from moorage.operator.observe_front import route_verdict
from moorage.operator.plan import Plan
from moorage.operator.spec import ComponentKind
from moorage.operator.store import Object

_NOT_RUN: dict[ComponentKind, str] = {
    "clair": "scanner not included; point SECURITY_SCANNER_V4_ENDPOINT at one",
    "clairpostgres": "scanner not included: it needs no database",
    "redis": "not needed",
    "mirror": "nothing to run: mirroring is the registry process's own work",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to see of one registry."""

    names: Names
    plan: Plan
    objects: dict[tuple[str, str], Object]
    """By kind and name."""
    failures: dict[ComponentKind, str] = field(default_factory=dict)
    """What could not be applied."""
    causes: dict[str, str] = field(default_factory=dict)
    """Object's name -> what pods and events say of it."""

    def find(self, kind: str, name: str) -> Object | None:
        return self.objects.get((kind, name))


def component_verdicts(sight: Sight) -> dict[ComponentKind, Verdict]:
    found = {kind: _not_run(sight, kind) for kind in _NOT_RUN}
    found["quay"] = quay_verdict(
        sight.names, sight.find("Deployment", sight.names.app), sight.causes
    )
    found["postgres"] = _postgres(sight)
    found["objectstorage"] = _object_storage(sight)
    found["route"] = route_verdict(
        sight.names, sight.plan, sight.find(_front_kind(sight.plan), sight.names.front)
    )
    found["tls"] = _tls(sight)
    found["horizontalpodautoscaler"] = _autoscaler(sight)
    found["monitoring"] = _monitoring(sight)
    return found | {kind: creation_failed(text) for kind, text in sight.failures.items()}


def quay_verdict(names: Names, live: Object | None, causes: dict[str, str]) -> Verdict:
    if live is None:
        return not_ready(f"Deployment {names.app} not found")
    wanted = live["spec"].get("replicas", 1)
    if wanted == 0:
        return ready(
            "Quay component is being scaled down: components[quay].overrides.replicas is 0"
        )
    if is_rolled_out(live):
        return ready(f"Deployment {names.app}: {wanted} of {wanted} pods ready")
    status = live.get("status") or {}
    ready_now = min(status.get("updatedReplicas", 0), status.get("readyReplicas", 0))
    text = f"Deployment {names.app}: {ready_now} of {wanted} pods ready"
    cause = causes.get(names.app)
    return not_ready(f"{text}: {cause}" if cause else text)


def is_rolled_out(deployment: Object) -> bool:
    wanted = deployment["spec"].get("replicas", 1)
    status = deployment.get("status") or {}
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1)
        and status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
    )


def serving_pods(deployment: Object | None) -> int:
    status = (deployment or {}).get("status") or {}
    return int(status.get("availableReplicas", 0))


def trouble_of(pods: Iterable[Object], events: Iterable[Object]) -> str:
    """Why pods are not ready, in their own words: each cause once."""
    found: dict[str, None] = {}
    said = _latest(events)
    for pod in pods:
        name, status = pod["metadata"]["name"], pod.get("status") or {}
        conditions = {one["type"]: one for one in status.get("conditions") or []}
        if conditions.get("Ready", {}).get("status") == "True":
            continue
        text = _container_trouble(status) or said.get(name) or _condition_trouble(conditions)
        found[f"pod {name} not ready" + (f": {text}" if text else "")] = None
    return "; ".join(found)


def _container_trouble(status: Object) -> str:
    for container in status.get("containerStatuses") or []:
        ended = (container.get("lastState") or {}).get("terminated") or {}
        state = container.get("state") or {}
        problem = state.get("waiting") or state.get("terminated") or {}
        if problem.get("reason") in (None, "ContainerCreating", "PodInitializing"):
            continue
        last = (ended.get("message") or problem.get("message") or "").strip().splitlines()
        return ": ".join([problem["reason"], *last[-1:]])
    return ""


def _condition_trouble(conditions: dict[str, Any]) -> str:
    for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready"):
        condition = conditions.get(kind, {})
        if condition.get("status") == "False" and condition.get("message"):
            return str(condition["message"])
    return ""


def _latest(events: Iterable[Object]) -> dict[str, str]:
    """Object's name -> the message of its latest warning."""
    found = {}
    for event in sorted(events, key=_time_of):
        if event.get("type") == "Warning":
            found[event["involvedObject"].get("name", "")] = str(event.get("message", "")).strip()
    return found


def _time_of(event: Object) -> str:
    times = (event.get("lastTimestamp"), event.get("eventTime"))
    return next((one for one in times if one), event["metadata"].get("creationTimestamp") or "")


def _front_kind(plan: Plan) -> str:
    return {Exposure.GATEWAY: "HTTPRoute"}.get(plan.front.exposure, plan.front.exposure.value)


def _not_run(sight: Sight, kind: ComponentKind) -> Verdict:
    given = sight.plan.spec.overrides(kind).given
    text = f"; its overrides {', '.join(given)} have no effect" if given else ""
    return not_managed(_NOT_RUN[kind] + text)


def _postgres(sight: Sight) -> Verdict:
    if sight.plan.uses_postgres:
        return not_managed("the PostgreSQL of DB_URI is used")
    if not sight.plan.spec.is_managed("postgres"):
        return not_managed("the bundle names no DB_URI: SQLite on the registry's volume is used")
    verdict = _volume(sight)
    return ready(f"embedded SQLite, {verdict.message}") if verdict.is_true else verdict


def _object_storage(sight: Sight) -> Verdict:
    plan = sight.plan
    if plan.bucket_api_missing:
        return Verdict(
            False,
            "ObjectStorageComponentDependencyError",
            f"annotation {BUCKET_CLASS} asks for a bucket, but the cluster has no "
            "ObjectBucketClaim API: blobs lie on the volume meanwhile",
        )
    if plan.storage == "store":
        return not_managed("the object store of DISTRIBUTED_STORAGE_CONFIG is used")
    if not plan.spec.is_managed("objectstorage"):
        return not_managed("the bundle names no object store: a folder on the volume is used")
    if plan.storage == "bucket":
        return _bucket(sight)
    verdict = _volume(sight)
    return ready(f"LocalStorage, {verdict.message}") if verdict.is_true else verdict


def _bucket(sight: Sight) -> Verdict:
    name = sight.names.bucket
    live = sight.find("ObjectBucketClaim", name)
    phase = ((live or {}).get("status") or {}).get("phase", "not there yet")
    if str(phase).lower() == "bound":
        return ready(f"ObjectBucketClaim {name} is bound")
    return not_ready(f"ObjectBucketClaim {name} is {phase}")


def _volume(sight: Sight) -> Verdict:
    name = sight.names.data
    live = sight.find("PersistentVolumeClaim", name)
    if live is None:
        return not_ready(f"PersistentVolumeClaim {name} not found")
    phase = (live.get("status") or {}).get("phase", "Pending")
    of_class = live["spec"].get("storageClassName")
    kind = f"of class {of_class}" if of_class else "of the default class"
    if phase == "Bound":
        capacity = (live["status"].get("capacity") or {}).get("storage", "")
        return ready(f"PersistentVolumeClaim {name} {kind} is bound {capacity}".rstrip())
    cause = sight.causes.get(name)
    text = f"PersistentVolumeClaim {name} {kind} is {phase.lower()}"
    text = f"{text}: {cause}" if cause else text
    failed = phase == "Lost" or "ProvisioningFailed" in (cause or "")
    return Verdict(False, "PVCProvisioningFailed" if failed else "PVCPending", text)


def _tls(sight: Sight) -> Verdict:
    plan, names = sight.plan, sight.names
    match plan.front.certificate:
        case CertificateFrom.SECRET:
            source = plan.spec.tls_secret or plan.spec.bundle
            return not_managed(f'the certificate of Secret "{source}" is used')
        case CertificateFrom.NONE:
            text = "there is no certificate: connections are plain unless TLS ends in front"
            return not_managed(text)
        case CertificateFrom.FRONT:
            text = f"TLS ends at the {plan.front.exposure.value}, with the certificate it has"
            is_ours = plan.spec.is_managed("tls")
            return ready(text) if is_ours else not_managed(text)
        case CertificateFrom.GENERATED:
            text = f'certificate generated; clients trust the CA in ConfigMap "{names.ca}", ca.crt'
            there = sight.find("Secret", names.tls)
            return ready(text) if there else not_ready(f'Secret "{names.tls}" not found')
    if sight.find("Secret", names.tls) is None:
        return not_ready(f'cert-manager has not made Secret "{names.tls}" yet: see its Certificate')
    return ready(f'cert-manager keeps the certificate in Secret "{names.tls}"')


def _autoscaler(sight: Sight) -> Verdict:
    plan = sight.plan
    if not plan.spec.is_demanded("horizontalpodautoscaler"):
        return not_managed("off; list horizontalpodautoscaler as managed to have 2 to 20 pods")
    if not plan.is_autoscaled and plan.volume is not None:
        return not_managed(
            "one pod only: more need DB_URI to be a PostgreSQL and DISTRIBUTED_STORAGE_CONFIG an "
            "object store"
        )
    if not plan.is_autoscaled:
        return not_managed("the registry is scaled to 0")
    live = sight.find("HorizontalPodAutoscaler", sight.names.app)
    if live is None:
        return not_ready(f"HorizontalPodAutoscaler {sight.names.app} not found")
    for condition in (live.get("status") or {}).get("conditions") or []:
        if condition["type"] in ("AbleToScale", "ScalingActive") and condition["status"] == "False":
            return not_ready(f"HorizontalPodAutoscaler {sight.names.app}: {condition['message']}")
    return ready(f"HorizontalPodAutoscaler {sight.names.app} is there")


def _monitoring(sight: Sight) -> Verdict:
    spec = sight.plan.spec
    if not spec.is_managed("monitoring"):
        return not_managed("no ServiceMonitor is made")
    if sight.plan.is_monitored:
        there = sight.find("ServiceMonitor", sight.names.metrics)
        text = f"ServiceMonitor {sight.names.metrics}"
        return ready(f"{text} is there") if there else not_ready(f"{text} not found")
    if spec.is_demanded("monitoring"):
        return Verdict(
            False,
            "MonitoringComponentDependencyError",
            "monitoring is managed, but the cluster has no ServiceMonitor API: "
            "install Prometheus' operator or set it to managed: false",
        )
    return not_managed("the cluster has no ServiceMonitor API")
