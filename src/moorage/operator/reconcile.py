"""One look at a QuayRegistry: plan, render, apply, observe, say so. Whatever it finds, it ends.

Level-triggered: a look needs nothing of an earlier one, so it may be repeated or cut off anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from moorage.operator import deletion, status
from moorage.operator.apply import Applier
from moorage.operator.cluster import Cluster
from moorage.operator.conditions import (
    AVAILABLE,
    COMPONENT_TYPES,
    COMPONENTS_CREATED,
    ROLLOUT_BLOCKED,
    News,
    Verdict,
    available,
    creation_failed,
    not_ready,
    previous,
)
from moorage.operator.errors import Blocked
from moorage.operator.exposure import CertificateFrom, Exposure
from moorage.operator.generated import kept_for
from moorage.operator.investigate import causes_of
from moorage.operator.names import RELEASE
from moorage.operator.observe import (
    Sight,
    component_verdicts,
    is_rolled_out,
    quay_verdict,
    serving_pods,
)
from moorage.operator.plan import Live, Plan, plan_of
from moorage.operator.platform import Platform
from moorage.operator.registry import QuayRegistry
from moorage.operator.render import Rendering, render
from moorage.operator.rollout import FAILED, Outcome, roll_out
from moorage.operator.spec import ComponentKind, SpecInvalid, parse_spec
from moorage.operator.store import Key, Object, Place, Store
from moorage.operator.upgrade import require_upgradable

FIRST_LOOK_SECONDS = 2.0
"""A rollout that is not ready by then is asked for its reasons, and again after the next."""
LOOK_AGAIN_SECONDS = 10.0
RESYNC_SECONDS = 6 * 3600.0
"""Without any event: certificates grow old."""

log = structlog.get_logger("moorage.operator")


@dataclass(frozen=True, slots=True)
class Found:
    """What a look came to."""

    verdicts: dict[ComponentKind, Verdict]
    outcome: Outcome
    blocked: Blocked | None
    endpoint: str | None
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Reconciler:
    cluster: Cluster
    store: Store
    platform: Platform
    now_s: Callable[[], float] = time.time
    _left_alone: set[Key] = field(default_factory=set)
    _unready_since: dict[Key, float] = field(default_factory=dict)

    async def reconcile(self, key: Key) -> float | None:
        """The seconds until the next look without an event. Raises ClusterError: try again."""
        body = self.store.registries.get(key)
        if body is None:
            return None
        registry = QuayRegistry(body)
        applier = Applier(self.cluster, self.store, registry)
        if registry.is_of_another_operator:
            self._leave_alone(key, registry)
            return None
        if registry.is_being_deleted:
            news = await deletion.delete_data(applier)
            if news is not None:
                await status.tell(self.cluster, registry, news, status.stamp(self.now_s()))
            return None
        await deletion.keep_finalizer_in_step(applier)
        found = await self._look(key, applier)
        await self._say(registry, found)
        return self._next_look(key, found)

    async def _look(self, key: Key, applier: Applier) -> Found:
        rendering: Rendering | None = None
        plan: Plan | None = None
        blocked: Blocked | None = None
        outcome = Outcome()
        try:
            plan = await self._plan(key, applier)
            require_upgradable(applier.registry, plan, self.platform, self.store.of(key))
            kept = await kept_for(applier, plan, self.now_s())
            rendering = render(applier.registry, plan, self.platform, kept)
            outcome = await roll_out(applier, rendering)
        except Blocked as error:
            blocked = error
        causes = await self._causes(key, applier)
        verdicts = self._verdicts(key, applier.registry, plan, outcome, causes, blocked)
        warnings = rendering.configuration.warnings if rendering else ()
        endpoint = plan.front.endpoint if plan and not blocked else None
        return Found(verdicts, outcome, blocked, endpoint, warnings)

    async def _plan(self, key: Key, applier: Applier) -> Plan:
        registry, names = applier.registry, applier.registry.names
        plan = plan_of(registry, self.platform, await self._live(key, applier))
        if plan.front.awaits_host and plan.front.exposure is Exposure.ROUTE:
            # The router gives the host while the Route is made: everything else needs it.
            bare = render(registry, plan, self.platform, await kept_for(applier, plan, 0))
            for part in bare.parts:
                if part.kind == "Route":
                    await applier.apply(part)
            plan = plan_of(registry, self.platform, await self._live(key, applier))
        if plan.front.certificate is CertificateFrom.CERT_MANAGER:
            places = self._places(key, registry) | {("Secret", names.namespace, names.tls)}
            self.store.name(key, places)
            await applier.look("Secret", names.namespace, names.tls)
        return plan

    async def _live(self, key: Key, applier: Applier) -> Live:
        registry, names = applier.registry, applier.registry.names
        places = self._places(key, registry)
        self.store.name(key, places)
        secrets = {}
        for kind, namespace, name in places:
            found = await applier.look(kind, namespace, name)
            if kind == "Secret" and found is not None:
                secrets[name] = found
        route = self.store.find("Route", names.namespace, names.front)
        return Live(
            secrets=secrets,
            assigned_host=(route or {}).get("spec", {}).get("host"),
            volume=self.store.find("PersistentVolumeClaim", names.namespace, names.data),
        )

    def _places(self, key: Key, registry: QuayRegistry) -> set[Place]:
        """Objects of others that decide something: bundle, certificate, a claimed bucket."""
        try:
            wanted = parse_spec(registry.spec).secrets
        except SpecInvalid:
            return set()
        bucket = registry.names.bucket
        places = {("Secret", registry.namespace, name) for name in wanted}
        if self.store.find("ObjectBucketClaim", registry.namespace, bucket) is not None:
            places |= {(kind, registry.namespace, bucket) for kind in ("Secret", "ConfigMap")}
        return places

    async def _causes(self, key: Key, applier: Applier) -> dict[str, str]:
        """Asked for once something has been wrong for a moment, not during every start."""
        names = applier.registry.names
        deployment = self.store.find("Deployment", names.namespace, names.app)
        volume = self.store.find("PersistentVolumeClaim", names.namespace, names.data)
        waits = volume is not None and (volume.get("status") or {}).get("phase") != "Bound"
        if not waits and (deployment is None or is_rolled_out(deployment)):
            self._unready_since.pop(key, None)
            return {}
        since = self._unready_since.setdefault(key, self.now_s())
        if self.now_s() - since < FIRST_LOOK_SECONDS:
            return {}
        return await causes_of(self.cluster, names, deployment, volume if waits else None)

    def _verdicts(
        self,
        key: Key,
        registry: QuayRegistry,
        plan: Plan | None,
        outcome: Outcome,
        causes: dict[str, str],
        blocked: Blocked | None,
    ) -> dict[ComponentKind, Verdict]:
        names = registry.names
        objects = {(one["kind"], one["metadata"]["name"]): one for one in self.store.of(key)}
        if plan is None:
            deployment = objects.get(("Deployment", names.app))
            before = registry.status.get("conditions") or []
            waits = not_ready(f"awaits a valid configuration: {blocked}")
            found = {
                kind: previous(before, condition) or waits
                for kind, condition in COMPONENT_TYPES.items()
            }
            return found | {"quay": quay_verdict(names, deployment, causes)}
        tls = self.store.find("Secret", names.namespace, names.tls)
        if tls is not None:
            objects["Secret", names.tls] = tls
        return component_verdicts(Sight(names, plan, objects, outcome.messages, causes))

    async def _say(self, registry: QuayRegistry, found: Found) -> None:
        names = registry.names
        deployment = self.store.find("Deployment", names.namespace, names.app)
        verdicts = {COMPONENT_TYPES[kind]: verdict for kind, verdict in found.verdicts.items()}
        verdicts[AVAILABLE] = available(found.verdicts, serving_pods(deployment))
        verdicts[ROLLOUT_BLOCKED] = _rollout_blocked(found)
        verdicts[COMPONENTS_CREATED] = _components_created(registry, found)
        now = status.stamp(self.now_s())
        version = None if found.blocked else _running_release(deployment)
        wanted = status.status_of(registry, verdicts, found.endpoint, version, now)
        news = status.news_in(registry, wanted) + _news_of_warnings(registry, found)
        written = await status.write_status(self.cluster, registry, wanted, now)
        if written is not None:
            self.store.put_registry(written)
        for one in news:
            log.info("event", registry=registry.name, reason=one.reason, message=one.message)
            await status.tell(self.cluster, registry, one, now)

    def _next_look(self, key: Key, found: Found) -> float:
        since = self._unready_since.get(key)
        if since is not None:
            is_first = self.now_s() - since < FIRST_LOOK_SECONDS
            return FIRST_LOOK_SECONDS if is_first else LOOK_AGAIN_SECONDS
        if found.outcome.failures or found.outcome.migration:
            return LOOK_AGAIN_SECONDS
        return RESYNC_SECONDS

    def _leave_alone(self, key: Key, registry: QuayRegistry) -> None:
        if key not in self._left_alone:
            self._left_alone.add(key)
            log.warning(
                "left to another operator; annotate it moorage/take-over=true to hand it over",
                namespace=registry.namespace,
                registry=registry.name,
                version=registry.current_version,
            )


def _rollout_blocked(found: Found) -> Verdict:
    if found.blocked is not None:
        return Verdict(True, found.blocked.reason, found.blocked.message)
    migration = found.outcome.migration
    if migration is not None and migration.reason == FAILED:
        return Verdict(True, migration.reason, migration.message)
    text = "All objects created/updated successfully"
    return Verdict(False, "ComponentsCreationSuccess", text)


def _components_created(registry: QuayRegistry, found: Found) -> Verdict:
    if found.blocked is not None:
        before = previous(registry.status.get("conditions") or [], COMPONENTS_CREATED)
        return before or Verdict(False, found.blocked.reason, found.blocked.message)
    if found.outcome.failures:
        return creation_failed("; ".join(found.outcome.messages.values()))
    if found.outcome.migration is not None:
        return found.outcome.migration
    text = "; ".join(["All registry components created", *found.warnings])
    return Verdict(True, "ComponentsCreationSuccess", text)


def _news_of_warnings(registry: QuayRegistry, found: Found) -> list[News]:
    """Each of them once: while it stands in the condition it has been told."""
    before = previous(registry.status.get("conditions") or [], COMPONENTS_CREATED)
    told = before.message if before else ""
    fresh = [text for text in found.warnings if text not in told]
    return [News(False, "ConfigWarning", "; ".join(fresh))] if fresh else []


def _running_release(deployment: Object | None) -> str | None:
    if deployment is None or not is_rolled_out(deployment):
        return None
    return (deployment["metadata"].get("annotations") or {}).get(RELEASE)
