"""kopf's part: the watches, whose events change the store and put registries into the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import kopf

from moorage.operator.cluster import Cluster
from moorage.operator.kinds import REGISTRY, Kind, made_where
from moorage.operator.names import FIELD_MANAGER, LABEL_MANAGED_BY
from moorage.operator.platform import Platform
from moorage.operator.store import Object, Store, place_of, version_of
from moorage.operator.work_queue import WorkQueue

Handler = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Watcher:
    """Turns what the watches see into work."""

    cluster: Cluster
    store: Store = field(default_factory=Store)
    queue: WorkQueue = field(default_factory=WorkQueue)

    async def list_everything(self, platform: Platform, namespaces: list[str] | None) -> None:
        """Before the watches: a registry must not look as if its objects were gone."""
        places: list[str | None] = [*namespaces] if namespaces else [None]
        for namespace in places:
            for kind in made_where(platform.apis):
                ours = f"{LABEL_MANAGED_BY}={FIELD_MANAGER}"
                found = await self.cluster.list_all(kind, namespace, labelSelector=ours)
                for document in found:
                    self.store.put(document)

    def registry_seen(self, document: Object, is_deleted: bool) -> None:
        key = (document["metadata"]["namespace"], document["metadata"]["name"])
        if is_deleted:
            self.store.forget_registry(key)
            return
        self.store.put_registry(document)
        self.queue.add(key)

    def object_seen(self, document: Object, is_deleted: bool) -> None:
        place = place_of(document)
        concerned = self.store.concerned(document)
        if not concerned and not self.store.is_known(*place):
            return  # a Secret, say, that nobody named
        if is_deleted:
            self.store.drop(place, version_of(document))
        elif not self.store.put(document):
            return
        for key in concerned:
            self.queue.add(key)


def register(watcher: Watcher, platform: Platform) -> kopf.OperatorRegistry:
    """One watch for each kind that this cluster has."""
    registry = kopf.OperatorRegistry()
    kopf.on.login(registry=registry)(_log_in)
    _watch(registry, REGISTRY, watcher.registry_seen)
    for kind in made_where(platform.apis):
        _watch(registry, kind, watcher.object_seen)
    return registry


async def _log_in(**about: Any) -> kopf.ConnectionInfo | None:
    return kopf.login_with_service_account(**about) or kopf.login_with_kubeconfig(**about)


def _watch(
    registry: kopf.OperatorRegistry, kind: Kind, seen: Callable[[Object, bool], None]
) -> None:
    async def handler(event: Any, **_: Any) -> None:
        about = {"apiVersion": kind.api_version, "kind": kind.kind}
        seen(about | dict(event["object"]), event["type"] == "DELETED")

    kopf.on.event(
        group=kind.group,
        version=kind.version,
        plural=kind.plural,
        id=f"see-{kind.plural}",
        registry=registry,
    )(handler)


def kopf_settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.peering.standalone = True
    # No access to namespaces and definitions: which APIs there are is looked up by ourselves.
    settings.scanning.disabled = True
    settings.posting.enabled = False
    return settings
