"""Deleting a QuayRegistry: its data stays unless the annotation says otherwise."""

from __future__ import annotations

from moorage.operator.apply import Applier
from moorage.operator.conditions import News
from moorage.operator.names import FINALIZER
from moorage.operator.registry import QuayRegistry
from moorage.operator.store import Object


async def keep_finalizer_in_step(applier: Applier) -> None:
    """There is one only while the policy is Delete: deletion works without an operator."""
    registry = applier.registry
    if registry.deletes_data == registry.has_finalizer:
        return
    others = [one for one in registry.finalizers if one != FINALIZER]
    await _set_finalizers(applier, [*others, FINALIZER] if registry.deletes_data else others)


async def delete_data(applier: Applier) -> News | None:
    """What a registry that is being deleted leaves behind; says what was removed."""
    registry = applier.registry
    if not registry.has_finalizer:
        return None
    removed = []
    if registry.deletes_data:
        for live in await _left_behind(applier):
            await applier.remove(live)
            removed.append(f"{live['kind']} {live['metadata']['name']}")
    await _set_finalizers(applier, [one for one in registry.finalizers if one != FINALIZER])
    return News(
        True, "DataDeleted", f"deleted with the registry: {', '.join(removed) or 'nothing'}"
    )


async def _left_behind(applier: Applier) -> list[Object]:
    names = applier.registry.names
    kinds = [("PersistentVolumeClaim", names.data), ("Secret", names.keys)]
    if applier.store.find("ObjectBucketClaim", names.namespace, names.bucket) is not None:
        kinds.append(("ObjectBucketClaim", names.bucket))
    found = [await applier.look(kind, names.namespace, name) for kind, name in kinds]
    return [one for one in found if one is not None]


async def _set_finalizers(applier: Applier, to: list[str]) -> None:
    registry: QuayRegistry = applier.registry
    version = registry.body["metadata"]["resourceVersion"]
    await applier.cluster.set_finalizers(registry.namespace, registry.name, version, to)
