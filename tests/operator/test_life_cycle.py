"""Healing, foreign owners, take-over, deletion, and registries beside each other."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.operator.cluster import Cluster, Refused
from tests.operator.conftest import until_api
from tests.operator.nodes import PATCH
from tests.operator.running import Operator, Registry
from tests.operator.shared import operator, registry

__all__ = ["operator", "registry"]


@pytest.mark.parametrize("path", ["deployments", "services"])
def test_what_is_deleted_comes_back(registry: Registry, path: str) -> None:
    registry.create({})
    registry.until("Available", "True")
    before = registry.cluster.api("GET", registry.object(path))["metadata"]["uid"]

    registry.cluster.api("DELETE", registry.object(path))

    until_api(
        registry.cluster, registry.object(path), lambda found: found["metadata"]["uid"] != before
    )
    registry.until("Available", "True")


def test_fields_of_others_are_reported_and_not_stolen(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")

    registry.cluster.kubectl(
        "scale",
        "deployment",
        f"{registry.name}-quay-app",
        "--replicas=2",
        "-n",
        registry.namespace,
    )

    said = registry.until("ComponentsCreated", "False", reason="ComponentCreationFailed")["message"]
    assert ".spec.replicas" in said
    assert "kubectl" in said
    assert registry.deployment()["spec"]["replicas"] == 2

    registry.cluster.kubectl(
        "scale",
        "deployment",
        f"{registry.name}-quay-app",
        "--replicas=1",
        "-n",
        registry.namespace,
    )
    registry.until("ComponentsCreated", "True")


def test_an_object_of_somebody_else_is_left_alone(registry: Registry) -> None:
    service = {"metadata": {"name": f"{registry.name}-quay-app"}, "spec": {"ports": [{"port": 1}]}}
    path = registry.object("services")
    registry.cluster.api("POST", path.rpartition("/")[0], service)
    registry.create({})

    registry.until("ComponentsCreated", "False", says="not owned by QuayRegistry")
    assert registry.cluster.api("GET", path)["spec"]["ports"][0]["port"] == 1

    registry.cluster.api("DELETE", path)
    registry.until("ComponentsCreated", "True")


def test_a_registry_of_quay_s_operator_is_left_alone_until_it_is_handed_over(
    registry: Registry, operator: Operator
) -> None:
    operator.kill()
    registry.create({})
    status = {"status": {"currentVersion": "3.12.1"}}
    registry.cluster.api("PATCH", registry.path + "/status", status, **PATCH)
    volume = {
        "metadata": {
            "name": f"{registry.name}-quay-postgres-13",
            "labels": {"quay-operator/quayregistry": registry.name},
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    claims = registry.object("persistentvolumeclaims").rpartition("/")[0]
    registry.cluster.api("POST", claims, volume)
    operator.start()
    operator.until_ready()
    time.sleep(2)
    assert registry.names("deployments") == []
    assert "conditions" not in registry.get()["status"]

    registry.annotate(**{"moorage/take-over": "true"})
    said = registry.until("RolloutBlocked", "True", reason="UpgradeUnsupported")["message"]
    assert f"{registry.name}-quay-postgres-13 is a database of Quay's operator" in said

    registry.cluster.api("DELETE", f"{claims}/{registry.name}-quay-postgres-13")
    registry.until("Available", "True")
    assert registry.get()["status"]["currentVersion"] == "0.1.0"


def test_a_release_that_is_newer_than_the_operator_is_not_downgraded(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")

    status = {"status": {"currentVersion": "99.0.0"}}
    registry.cluster.api("PATCH", registry.path + "/status", status, **PATCH)

    registry.until("RolloutBlocked", "True", reason="UpgradeUnsupported", says="99.0.0")


def test_a_deleted_registry_leaves_its_data_and_a_new_one_finds_it(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")
    keys = registry.object("secrets", f"{registry.name}-quay-registry-managed-secret-keys")
    claim = registry.object("persistentvolumeclaims", f"{registry.name}-quay-data")
    before = [registry.cluster.api("GET", path)["metadata"]["uid"] for path in (keys, claim)]
    secrets = registry.config()["DATABASE_SECRET_KEY"]

    registry.delete()
    gone(registry.cluster, registry.object("deployments"))
    registry.create({})
    registry.until("Available", "True")

    after = [registry.cluster.api("GET", path)["metadata"]["uid"] for path in (keys, claim)]
    assert after == before
    assert registry.config()["DATABASE_SECRET_KEY"] == secrets


def test_the_policy_delete_removes_the_data_too_and_says_what(registry: Registry) -> None:
    registry.create({}, **{"moorage/deletion-policy": "Delete"})
    registry.until("Available", "True")
    assert registry.get()["metadata"]["finalizers"] == ["moorage/delete-data"]

    registry.delete()

    gone(registry.cluster, registry.path)
    gone(registry.cluster, registry.object("deployments"))
    gone(registry.cluster, registry.object("persistentvolumeclaims", f"{registry.name}-quay-data"))
    keys = f"{registry.name}-quay-registry-managed-secret-keys"
    gone(registry.cluster, registry.object("secrets", keys))
    (told,) = [event for event in registry.events() if event[1] == "DataDeleted"]
    assert f"PersistentVolumeClaim {registry.name}-quay-data" in told[2]


def test_a_policy_that_is_taken_back_takes_the_finalizer_back(registry: Registry) -> None:
    registry.create({}, **{"moorage/deletion-policy": "Delete"})
    registry.until("Available", "True")

    registry.annotate(**{"moorage/deletion-policy": None})

    until_api(registry.cluster, registry.path, lambda found: "finalizers" not in found["metadata"])


def test_two_registries_of_a_namespace_do_not_touch_each_other(registry: Registry) -> None:
    other = Registry(registry.cluster, registry.namespace, f"{registry.name}-b")
    shared = f"{registry.name}-shared"
    registry.bundle(shared, "REGISTRY_TITLE: both\n")
    registry.create({"configBundleSecret": shared})
    other.create({"configBundleSecret": shared})
    registry.until("Available", "True")
    other.until("Available", "True")

    registry.bundle(shared, "REGISTRY_TITLE: changed\n")
    for one in (registry, other):
        wait_for_title(one, "changed")
    registry.delete()
    gone(registry.cluster, registry.object("deployments"))

    other.until("Available", "True")
    assert other.names("services") == [f"{other.name}-quay-app"]


def test_the_operator_ends_with_a_signal(operator: Operator, tmp_path: Path) -> None:
    assert operator.stop() == 0
    assert "Traceback" not in operator.log.read_text()
    operator.start()
    operator.until_ready()


def wait_for_title(registry: Registry, title: str) -> None:
    def holds(_: object) -> bool:
        return bool(registry.config()["REGISTRY_TITLE"] == title)

    until_api(registry.cluster, registry.object("deployments"), holds)


def gone(cluster: Cluster, path: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            cluster.api("GET", path)
        except Refused as refused:
            assert refused.status == 404
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} is still there")
