"""The 14 conditions of a QuayRegistry, with Quay's types and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moorage.operator.spec import ComponentKind

AVAILABLE = "Available"
ROLLOUT_BLOCKED = "RolloutBlocked"
COMPONENTS_CREATED = "ComponentsCreated"
COMPONENT_TYPES: dict[ComponentKind, str] = {
    "quay": "ComponentQuayReady",
    "postgres": "ComponentPostgresReady",
    "clair": "ComponentClairReady",
    "clairpostgres": "ComponentClairPostgresReady",
    "redis": "ComponentRedisReady",
    "horizontalpodautoscaler": "ComponentHPAReady",
    "objectstorage": "ComponentObjectStorageReady",
    "route": "ComponentRouteReady",
    "mirror": "ComponentMirrorReady",
    "monitoring": "ComponentMonitoringReady",
    "tls": "ComponentTLSReady",
}
TYPES = (AVAILABLE, ROLLOUT_BLOCKED, COMPONENTS_CREATED, *COMPONENT_TYPES.values())

SERVING: tuple[ComponentKind, ...] = ("postgres", "objectstorage", "route", "tls")
"""Components without which clients get nothing, besides quay itself."""
MESSAGE_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Verdict:
    is_true: bool
    reason: str
    message: str

    @property
    def status(self) -> str:
        return "True" if self.is_true else "False"


@dataclass(frozen=True, slots=True)
class News:
    """What an Event is to say."""

    is_good: bool
    reason: str
    message: str


def ready(message: str) -> Verdict:
    return Verdict(True, "ComponentReady", message)


def not_ready(message: str) -> Verdict:
    return Verdict(False, "ComponentNotReady", message)


def not_managed(message: str) -> Verdict:
    return Verdict(True, "ComponentNotManaged", message)


def creation_failed(message: str) -> Verdict:
    return Verdict(False, "ComponentCreationFailed", message)


def available(components: Mapping[ComponentKind, Verdict], serving_pods: int) -> Verdict:
    """Whether clients can use the registry: also while a rollout replaces its pods."""
    waiting = [kind for kind in SERVING if not components[kind].is_true]
    if serving_pods == 0 and not waiting and components["quay"].is_true:
        return Verdict(False, "ComponentNotReady", components["quay"].message)
    if serving_pods == 0:
        waiting.insert(0, "quay")
    if waiting:
        causes = "; ".join(f"{kind}: {components[kind].message}" for kind in waiting)
        text = f"Awaiting for component {','.join(waiting)} to become available: {causes}"
        return Verdict(False, "ComponentNotReady", text)
    if not components["quay"].is_true:
        text = f"serving with {serving_pods} pods meanwhile: {components['quay'].message}"
        return Verdict(True, "HealthChecksPassing", text)
    return Verdict(True, "HealthChecksPassing", "All components reporting as healthy")


def merged(
    before: list[dict[str, Any]], verdicts: Mapping[str, Verdict], generation: int, now: str
) -> list[dict[str, Any]]:
    """The conditions after `verdicts`; times change only with what they are the time of."""
    known = {condition["type"]: condition for condition in before}
    found = []
    for kind in TYPES:
        verdict, old = verdicts[kind], known.get(kind, {})
        same = old.get("status") == verdict.status
        message = verdict.message[:MESSAGE_CHARACTERS]
        unchanged = same and old.get("reason") == verdict.reason and old.get("message") == message
        found.append(
            {
                "type": kind,
                "status": verdict.status,
                "reason": verdict.reason,
                "message": message,
                "observedGeneration": generation,
                "lastUpdateTime": old.get("lastUpdateTime", now) if unchanged else now,
                "lastTransitionTime": old.get("lastTransitionTime", now) if same else now,
            }
        )
    return found


def news_of(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[News]:
    """One for each condition that changed; nothing for what is as it was, or only beginning."""
    known = {condition["type"]: condition for condition in before}
    found = []
    for condition in after:
        old = known.get(condition["type"])
        is_good = (condition["status"] == "True") != (condition["type"] == ROLLOUT_BLOCKED)
        if old is None and (is_good or condition["type"] == AVAILABLE):
            continue
        if old is not None and (old.get("status"), old.get("reason")) == (
            condition["status"],
            condition["reason"],
        ):
            continue
        text = f"{condition['type']}={condition['status']}: {condition['message']}"
        found.append(News(is_good, condition["reason"], text))
    return found


def previous(before: list[dict[str, Any]], kind: str) -> Verdict | None:
    for condition in before:
        if condition["type"] == kind:
            text = condition.get("message", "")
            return Verdict(condition["status"] == "True", condition.get("reason", ""), text)
    return None
