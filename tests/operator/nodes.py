"""What nodes would report: the cluster has none, Pods stay pending until a test speaks for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.operator.cluster import Cluster, Refused

STARTED = "2026-01-01T00:00:00Z"
PATCH = {"Content_Type": "application/merge-patch+json"}
LOOK_SECONDS = 0.2


def pods_of(cluster: Cluster, namespace: str, selector: str = "") -> list[dict[str, Any]]:
    """The Pods that are not being deleted."""
    listed = cluster.api("GET", f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")
    return [pod for pod in listed["items"] if "deletionTimestamp" not in pod["metadata"]]


def report_ready(cluster: Cluster, pod: dict[str, Any]) -> None:
    """A kubelet's report of a Pod whose containers run and whose probes pass."""
    _report(cluster, pod, "Running", ready=True, state={"running": {"startedAt": STARTED}})


def report_not_ready(cluster: Cluster, pod: dict[str, Any], message: str) -> None:
    """A kubelet's report of a Pod that runs and whose readiness probe fails."""
    _report(
        cluster,
        pod,
        "Running",
        ready=False,
        state={"running": {"startedAt": STARTED}},
        message=message,
    )


def report_crashing(cluster: Cluster, pod: dict[str, Any], message: str) -> None:
    """A kubelet's report of a Pod whose container ends again and again."""
    waiting = {"reason": "CrashLoopBackOff", "message": message}
    _report(cluster, pod, "Running", ready=False, state={"waiting": waiting}, message=message)


def report_ended(cluster: Cluster, pod: dict[str, Any], exit_code: int, message: str = "") -> None:
    """A kubelet's report of a Pod that has run to its end, such as a Job's."""
    phase = "Succeeded" if exit_code == 0 else "Failed"
    ended = {
        "exitCode": exit_code,
        "message": message,
        "reason": "Completed" if exit_code == 0 else "Error",
        "startedAt": STARTED,
        "finishedAt": STARTED,
    }
    _report(cluster, pod, phase, ready=False, state={"terminated": ended}, message=message)


@contextmanager
def running_nodes(cluster: Cluster, namespace: str) -> Iterator[None]:
    """While it lasts, every Pod of a namespace becomes ready, and a Job's Pod succeeds."""
    stop = threading.Event()

    def report() -> None:
        while not stop.wait(LOOK_SECONDS):
            with suppress(Refused):  # a Pod that has just gone
                for pod in pods_of(cluster, namespace):
                    if "phase" not in pod["status"] or pod["status"]["phase"] == "Pending":
                        _settle(cluster, pod)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def _settle(cluster: Cluster, pod: dict[str, Any]) -> None:
    owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])}
    if "Job" in owners:
        report_ended(cluster, pod, 0)
    else:
        report_ready(cluster, pod)


def _report(
    cluster: Cluster,
    pod: dict[str, Any],
    phase: str,
    *,
    ready: bool,
    state: dict[str, Any],
    message: str = "",
) -> None:
    truth = "True" if ready else "False"
    why = {} if ready else {"reason": "ContainersNotReady", "message": message}
    conditions = [
        {"type": kind, "status": status, "lastTransitionTime": STARTED, **more}
        for kind, status, more in (
            ("PodScheduled", "True", {}),
            ("Initialized", "True", {}),
            ("ContainersReady", truth, why),
            ("Ready", truth, why),
        )
    ]
    containers = [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": ready,
            "restartCount": 0,
            "state": state,
        }
        for container in pod["spec"]["containers"]
    ]
    status = {"phase": phase, "conditions": conditions, "containerStatuses": containers}
    where = pod["metadata"]
    path = f"/api/v1/namespaces/{where['namespace']}/pods/{where['name']}/status"
    cluster.api("PATCH", path, {"status": status}, **PATCH)
