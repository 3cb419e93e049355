"""The Job that brings a shared database to a release's schema, before any pod of it starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operator.cluster import Cluster
from tests.operator.conftest import until_api
from tests.operator.nodes import pods_of, report_ended, report_not_ready, report_ready
from tests.operator.running import Registry, running_operator
from tests.operator.shared import POSTGRES, STORE
from tests.server import until

SHARED = POSTGRES + STORE
JOB = "r-quay-app-upgrade"


@pytest.fixture
def registry(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Registry]:
    """With PostgreSQL and an object store, and nobody who runs its pods."""
    with running_operator(cluster, namespace, tmp_path / "log"):
        made = Registry(cluster, namespace, "r")
        made.bundle("b", SHARED)
        made.create({"configBundleSecret": "b"})
        yield made


def end_job(registry: Registry, code: int) -> None:
    path = f"/api/v1/namespaces/{registry.namespace}/pods?labelSelector=job-name={JOB}"
    found = until_api(
        registry.cluster,
        path,
        lambda now: any(
            "phase" not in p["status"] or p["status"]["phase"] == "Pending" for p in now["items"]
        ),
    )
    for pod in found["items"]:
        if pod["status"].get("phase") in (None, "Pending"):
            report_ended(registry.cluster, pod, code, "no such table")


def test_pods_start_after_the_migration_and_say_why_they_are_not_ready(registry: Registry) -> None:
    registry.until("ComponentsCreated", "False", reason="MigrationsInProgress", says=JOB)
    assert registry.names("deployments") == []
    job = registry.cluster.api("GET", registry.object("jobs", JOB))
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command == ["moorage", "migrate", "--config", "/conf/stack", "--data", "/data"]

    registry.cluster.api("DELETE", registry.object("jobs", JOB) + "?propagationPolicy=Background")
    # The condition says so only until the Job is there again; the Event stays.
    until(lambda: any(event[1] == "MigrationsJobMissing" for event in registry.events()))
    end_job(registry, 0)

    until_api(registry.cluster, registry.object("deployments"))
    registry.until("ComponentsCreated", "True")
    said = 'readiness 503: storage: bucket "x": access denied'
    (pod,) = until_pods(registry)
    report_not_ready(registry.cluster, pod, said)
    registry.until("ComponentQuayReady", "False", says=said)
    registry.until("Available", "False", says=said)

    report_ready(registry.cluster, pod)
    registry.until("Available", "True")
    assert registry.get()["status"]["currentVersion"] == "0.1.0"


def until_pods(registry: Registry) -> list[dict[str, object]]:
    selector = "quay-component=quay-app"
    path = f"/api/v1/namespaces/{registry.namespace}/pods?labelSelector={selector}"
    until_api(registry.cluster, path, lambda found: bool(found["items"]))
    return pods_of(registry.cluster, registry.namespace, selector)


def test_a_migration_that_fails_blocks_and_another_database_unblocks(registry: Registry) -> None:
    registry.until("ComponentsCreated", "False", reason="MigrationsInProgress")
    job = {"spec": {"backoffLimit": 0}}
    registry.cluster.kubectl(
        "patch",
        "job",
        JOB,
        "-n",
        registry.namespace,
        "--type=merge",
        "-p",
        str(job).replace("'", '"'),
    )
    end_job(registry, 1)

    registry.until("RolloutBlocked", "True", reason="MigrationsFailed", says=JOB)
    registry.bundle("b", SHARED.replace("db.example.test", "other.example.test"))

    registry.until("RolloutBlocked", "False")
    registry.until("ComponentsCreated", "False", reason="MigrationsInProgress")
    end_job(registry, 0)
    until_api(registry.cluster, registry.object("deployments"))
