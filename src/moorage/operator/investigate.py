"""Asking pods and events why something is not ready."""

from __future__ import annotations

from moorage.operator.cluster import Cluster
from moorage.operator.kinds import EVENT, POD
from moorage.operator.names import LABEL_COMPONENT, LABEL_REGISTRY, Names
from moorage.operator.observe import is_rolled_out, trouble_of
from moorage.operator.store import Object

ASKED_PODS = 3
"""Of many pods, a few say what is the matter."""


async def causes_of(
    cluster: Cluster, names: Names, deployment: Object | None, volume: Object | None
) -> dict[str, str]:
    """Object's name -> cause; `volume` only when it is not bound."""
    found = {}
    if deployment is not None and not is_rolled_out(deployment):
        text = await _trouble_of_pods(cluster, names)
        if text or _failure_of(deployment):
            found[names.app] = text or _failure_of(deployment)
    if volume is not None:
        events = await _warnings(cluster, names, names.data)
        if events:
            last = events[-1]
            found[names.data] = f"{last.get('reason')}: {last.get('message')}"
    return found


async def _trouble_of_pods(cluster: Cluster, names: Names) -> str:
    chosen = f"{LABEL_REGISTRY}={names.registry},{LABEL_COMPONENT}=quay-app"
    pods = await cluster.list_all(POD, names.namespace, labelSelector=chosen)
    unready = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]][:ASKED_PODS]
    events: list[Object] = []
    for pod in unready:
        events += await _warnings(cluster, names, pod["metadata"]["name"])
    return trouble_of(unready, events)


async def _warnings(cluster: Cluster, names: Names, of: str) -> list[Object]:
    chosen = f"involvedObject.name={of},type=Warning"
    return await cluster.list_all(EVENT, names.namespace, fieldSelector=chosen)


def _failure_of(deployment: Object) -> str:
    """Why there is no pod at all, such as a quota."""
    for condition in (deployment.get("status") or {}).get("conditions") or []:
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return str(condition.get("message", ""))
    return ""
