"""Bringing the cluster to what was rendered: create, change, heal, and remove what is no longer.

Only what differs is sent. Nothing is taken that is not ours: neither an object of the same name
nor a field that somebody else manages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from moorage.operator.cluster import Cluster, Conflict, Refused
from moorage.operator.kinds import kind_of
from moorage.operator.names import FIELD_MANAGER, LABEL_MANAGED_BY, LABEL_REGISTRY
from moorage.operator.registry import QuayRegistry
from moorage.operator.render import KEPT, Part
from moorage.operator.store import Object, Store, place_of

APPLIED = "moorage/applied"
"""Hash of what was applied: tells a field that we dropped from one that we never had."""


@dataclass(frozen=True, slots=True)
class Failure:
    part: Part
    message: str
    is_permanent: bool = True
    """Trying again without a change would bring the same."""


@dataclass(frozen=True, slots=True)
class Applier:
    cluster: Cluster
    store: Store
    registry: QuayRegistry

    async def apply(self, part: Part) -> Failure | None:
        """Raises Unreachable."""
        wanted = _marked(part.object)
        try:
            live = await self.look(*place_of(wanted))
            is_foreign = live is not None and not self.owns(live)
            if live is not None and is_foreign and not self._takes_over(live):
                return Failure(part, f"{part.kind} {part.name} not owned by QuayRegistry")
            if live is not None and not is_foreign and _is_within(wanted, live):
                return None
            if live is not None and is_foreign and part.kind == "Deployment":
                # Its selector is another and cannot be changed.
                await self.cluster.delete(live)
            self.store.put(await self.cluster.apply(wanted, force=is_foreign))
        except Conflict as conflict:
            return Failure(part, _conflict_text(part, conflict))
        except Refused as refused:
            is_permanent = refused.status in (400, 403, 404, 422)
            return Failure(part, f"{part.kind} {part.name}: {refused}", is_permanent)
        return None

    async def look(self, kind: str, namespace: str, name: str) -> Object | None:
        """From the store, or from the API server if it was never seen."""
        if not self.store.is_known(kind, namespace, name):
            found = await self.cluster.get(kind_of({"kind": kind}), namespace, name)
            if found is None:
                self.store.note_absent((kind, namespace, name))
            else:
                self.store.put(found)
        return self.store.find(kind, namespace, name)

    def owns(self, live: Object) -> bool:
        labels = live["metadata"].get("labels") or {}
        is_ours = labels.get(LABEL_MANAGED_BY) == FIELD_MANAGER
        if live["kind"] in KEPT:
            return is_ours and labels.get(LABEL_REGISTRY) == self.registry.name
        return is_ours and self._is_owner(live)

    async def remove(self, live: Object) -> None:
        await self.cluster.delete(live)
        self.store.drop(place_of(live))

    def _is_owner(self, live: Object) -> bool:
        owners = live["metadata"].get("ownerReferences") or []
        return any(owner.get("uid") == self.registry.uid for owner in owners)

    def _takes_over(self, live: Object) -> bool:
        return self.registry.is_handed_over and self._is_owner(live)


def _marked(document: Object) -> Object:
    digest = sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
    about = document["metadata"]
    annotations = (about.get("annotations") or {}) | {APPLIED: digest}
    return document | {"metadata": about | {"annotations": annotations}}


def _is_within(wanted: Any, live: Any) -> bool:
    """Whether everything that is wanted is there; the API server adds defaults of its own."""
    match wanted, live:
        case dict(), dict():
            return all(_is_within(value, live.get(key)) for key, value in wanted.items())
        case list(), list():
            # Owner references and finalizers of others may stand beside ours.
            return len(wanted) <= len(live) and all(
                any(_is_within(one, other) for other in live) for one in wanted
            )
    return bool(wanted == live) or (wanted in ({}, [], None) and live in ({}, [], None))


def _conflict_text(part: Part, conflict: Conflict) -> str:
    if not conflict.fields:
        return f"{part.kind} {part.name}: {conflict}"
    owned = "; ".join(f"{field}: {message}" for field, message in conflict.fields)
    return (
        f"{part.kind} {part.name}: fields that others manage were left to them ({owned}): "
        "let go of them there, or set them with components[].overrides"
    )
