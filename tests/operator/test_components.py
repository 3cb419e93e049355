"""Components managed and unmanaged, and their overrides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.operator.cluster import Refused
from tests.operator.conftest import until_api
from tests.operator.running import Registry
from tests.operator.shared import POSTGRES, STORE, operator, registry

__all__ = ["operator", "registry"]


def test_an_empty_spec_gives_one_pod_and_one_volume(registry: Registry) -> None:
    registry.create({})

    registry.until("Available", "True")
    deployment = registry.deployment()
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert registry.names("persistentvolumeclaims") == [f"{registry.name}-quay-data"]
    assert registry.names("ingresses") == []
    assert registry.names("horizontalpodautoscalers") == []


def test_overrides_land_on_the_deployment(registry: Registry) -> None:
    affinity = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]
            }
        }
    }
    overrides: dict[str, Any] = {
        "env": [{"name": "MOORAGE_LOG_LEVEL", "value": "debug"}],
        "labels": {"team": "a"},
        "annotations": {"note": "b"},
        "affinity": affinity,
        "resources": {"limits": {"memory": "2Gi"}, "requests": {"cpu": "250m"}},
        "securityContext": {"runAsUser": 4711},
    }
    size = {"volumeSize": "20Gi", "storageClassName": "fast"}
    registry.create(
        {
            "components": [
                {"kind": "quay", "managed": True, "overrides": overrides},
                {"kind": "postgres", "managed": True, "overrides": size},
            ]
        }
    )

    registry.until("Available", "True")
    deployment = registry.deployment()
    pod = deployment["spec"]["template"]
    container = pod["spec"]["containers"][0]
    assert overrides["env"][0] in container["env"]
    assert pod["metadata"]["labels"]["team"] == deployment["metadata"]["labels"]["team"] == "a"
    assert pod["metadata"]["annotations"]["note"] == "b"
    assert pod["spec"]["affinity"] == affinity
    assert container["resources"] == overrides["resources"]
    assert container["securityContext"]["runAsUser"] == 4711
    claim = registry.cluster.api(
        "GET", registry.object("persistentvolumeclaims", f"{registry.name}-quay-data")
    )["spec"]
    assert claim["resources"]["requests"]["storage"] == "20Gi"
    assert claim["storageClassName"] == "fast"

    registry.change({"components": [{"kind": "quay", "managed": True}]})

    registry.deployment(lambda found: "team" not in found["metadata"]["labels"])
    assert "affinity" not in registry.deployment()["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ({"kind": "quay", "overrides": {"replicas": 2}}, "overrides.replicas: got 2, but SQLite"),
        (
            {"kind": "quay", "overrides": {"volumeSize": "1Gi"}},
            "components[quay].overrides.volumeS",
        ),
        ({"kind": "postgres", "overrides": {"volumeSize": "big"}}, 'volumeSize: got "big"'),
        ({"kind": "postgres", "overrides": {"volumeSize": "1Gi"}}, "volumes cannot shrink"),
        ({"kind": "redis", "overrides": {"replicas": 1}}, "components[redis].overrides.replicas"),
        ({"kind": "postgres", "overrides": {"storageClassName": "x"}}, ""),
    ],
)
def test_an_override_that_cannot_be_is_named_and_left_again(
    registry: Registry, component: dict[str, object], said: str
) -> None:
    registry.create(
        {
            "components": [
                {"kind": "postgres", "managed": True, "overrides": {"storageClassName": "slow"}}
            ]
        }
    )
    registry.until("Available", "True")

    registry.change({"components": [component | {"managed": True}]})
    blocked = registry.until("RolloutBlocked", "True", reason="ComponentOverrideInvalid")
    assert said in blocked["message"]
    assert registry.condition("Available")["status"] == "True"

    registry.change({"components": []})
    registry.until("RolloutBlocked", "False")


@pytest.mark.parametrize(
    ("components", "said"),
    [
        ([{"kind": "postgress", "managed": False}], 'unknown component "postgress"'),
        ([{"kind": "clair", "managed": True}] * 2, "component clair is listed 2 times"),
        ([{"kind": "redis", "managed": False, "secretRef": {"name": "x"}}], "only tls takes a"),
        ([{"kind": "tls", "managed": False, "secretRef": {"name": "gone"}}], '"gone" is not there'),
    ],
)
def test_a_spec_that_cannot_be_followed_is_a_condition(
    registry: Registry, components: list[dict[str, object]], said: str
) -> None:
    registry.create({"components": components})

    assert said in registry.until("RolloutBlocked", "True", reason="ConfigInvalid")["message"]
    registry.until("Available", "False")

    registry.change({"components": []})
    registry.until("Available", "True")


@pytest.mark.parametrize(
    ("component", "said"),
    [
        (
            {"kind": "clair", "managed": False, "overrides": {"replicas": 1}},
            "cannot set overrides on unmanaged component",
        ),
        (
            {"kind": "tls", "managed": True, "secretRef": {"name": "x"}},
            "secretRef cannot be set on a managed component",
        ),
        (
            {"kind": "tls", "managed": False, "secretRef": {"name": ""}},
            "secretRef.name must not be empty",
        ),
    ],
)
def test_the_definition_refuses_what_quay_s_refuses(
    registry: Registry, component: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        registry.create({"components": [component]})

    assert said in refused.value.message


def test_unmanaged_and_absent_components_have_no_object_and_say_so(registry: Registry) -> None:
    kinds = (
        "postgres",
        "redis",
        "clair",
        "clairpostgres",
        "route",
        "tls",
        "monitoring",
        "mirror",
        "horizontalpodautoscaler",
        "objectstorage",
    )
    registry.create({"components": [{"kind": kind, "managed": False} for kind in kinds]})

    registry.until("Available", "True")
    for name in (
        "Postgres",
        "Redis",
        "Clair",
        "ClairPostgres",
        "Route",
        "TLS",
        "Monitoring",
        "Mirror",
        "HPA",
        "ObjectStorage",
    ):
        registry.until(f"Component{name}Ready", "True", reason="ComponentNotManaged")
    assert registry.names("configmaps") == []
    assert registry.names("deployments") == [f"{registry.name}-quay-app"]
    assert registry.config().get("PREFERRED_URL_SCHEME") is None


def test_parts_that_moorage_does_not_run_never_block(registry: Registry) -> None:
    clair = {"kind": "clair", "managed": True, "overrides": {"replicas": 2}}
    registry.create({"components": [clair, {"kind": "redis", "managed": True}]})

    registry.until("Available", "True")
    said = registry.condition("ComponentClairReady")["message"]
    assert said.startswith("scanner not included; point SECURITY_SCANNER_V4_ENDPOINT at one")
    assert "overrides replicas have no effect" in said
    assert registry.condition("ComponentRedisReady")["message"] == "not needed"


def test_a_demanded_monitoring_without_its_api_is_said_and_does_not_block(
    registry: Registry,
) -> None:
    registry.create({"components": [{"kind": "monitoring", "managed": True}]})

    registry.until("Available", "True")
    registry.until("ComponentMonitoringReady", "False", reason="MonitoringComponentDependencyErr")


def test_no_replicas_is_no_error(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")

    registry.change(
        {"components": [{"kind": "quay", "managed": True, "overrides": {"replicas": 0}}]}
    )

    registry.until("ComponentQuayReady", "True", says="being scaled down")
    registry.until("Available", "False", says="being scaled down")
    assert registry.condition("RolloutBlocked")["status"] == "False"

    registry.change({"components": []})
    registry.until("Available", "True")


def test_a_class_that_does_not_exist_is_named(registry: Registry) -> None:
    overrides = {"storageClassName": "missing"}
    registry.create({"components": [{"kind": "postgres", "managed": True, "overrides": overrides}]})

    registry.until("ComponentPostgresReady", "False", reason="PVCPending", says="class missing")
    claim = f"{registry.name}-quay-data"
    event = {
        "metadata": {"generateName": f"{claim}."},
        "involvedObject": {
            "kind": "PersistentVolumeClaim",
            "name": claim,
            "namespace": registry.namespace,
        },
        "type": "Warning",
        "reason": "ProvisioningFailed",
        "message": 'storageclass.storage.k8s.io "missing" not found',
    }
    registry.cluster.api("POST", f"/api/v1/namespaces/{registry.namespace}/events", event)

    registry.until(
        "ComponentObjectStorageReady", "False", reason="PVCProvisioningFailed", says='"missing" not'
    )
    registry.until("Available", "False", says="PersistentVolumeClaim")


def test_a_larger_volume_is_asked_for_and_a_refusal_said(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")
    size = {"volumeSize": "20Gi"}

    registry.change({"components": [{"kind": "objectstorage", "managed": True, "overrides": size}]})

    registry.until("ComponentObjectStorageReady", "False", says="can be resized")


def test_with_postgres_and_an_object_store_pods_are_many_and_roll(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", POSTGRES + STORE)
    replicas = {"kind": "quay", "managed": True, "overrides": {"replicas": 3}}
    registry.create({"configBundleSecret": f"{registry.name}-b", "components": [replicas]})

    registry.until("Available", "True")
    deployment = registry.deployment()
    assert deployment["spec"]["replicas"] == 3
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert registry.names("persistentvolumeclaims") == []
    assert "hidden" not in str(registry.get()["status"])

    hpa = {"kind": "horizontalpodautoscaler", "managed": True}
    registry.change({"components": [hpa]})
    registry.until("ComponentHPAReady", "True", reason="ComponentReady")
    assert registry.names("horizontalpodautoscalers") == [f"{registry.name}-quay-app"]

    registry.change({"components": []})
    registry.until("ComponentHPAReady", "True", reason="ComponentNotManaged")
    until_api(
        registry.cluster,
        registry.object("horizontalpodautoscalers").rpartition("/")[0],
        lambda found: not found["items"],
        10,
    )


def test_autoscaling_without_a_shared_store_says_why_not(registry: Registry) -> None:
    registry.create({"components": [{"kind": "horizontalpodautoscaler", "managed": True}]})

    registry.until("Available", "True")
    registry.until("ComponentHPAReady", "True", reason="ComponentNotManaged", says="one pod only")


def test_a_switch_to_an_object_store_leaves_the_volume(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: x\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})
    registry.until("Available", "True")

    registry.bundle(f"{registry.name}-b", POSTGRES + STORE)

    registry.until("ComponentObjectStorageReady", "True", reason="ComponentNotManaged")
    registry.deployment(lambda found: found["spec"]["strategy"]["type"] == "RollingUpdate")
    registry.until("Available", "True")
    assert registry.names("persistentvolumeclaims") == [f"{registry.name}-quay-data"]
