"""What an operator has to show: rollouts, healing, rotation, switches, on a real API server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from moorage.tls import new_certificates
from tests.operator.cluster import Cluster, Refused
from tests.operator.conftest import new_namespace, until_api
from tests.operator.nodes import PATCH, running_nodes
from tests.operator.running import Operator, Registry, bound_volumes, running_operator

_NUMBERS = count(1)
POSTGRES = "DB_URI: postgresql://u:hidden@db.example.test/r\n"
STORE = (
    "DISTRIBUTED_STORAGE_CONFIG:\n  default:\n  - S3Storage\n"
    "  - {s3_bucket: b, s3_access_key: k, s3_secret_key: hidden}\n"
)


@pytest.fixture(scope="module")
def operator(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """One operator for the module, in a namespace where pods become ready and volumes bound."""
    log = tmp_path_factory.mktemp("operator") / "log"
    with (
        new_namespace(cluster) as namespace,
        running_operator(cluster, namespace, log) as running,
        running_nodes(cluster, namespace),
        bound_volumes(cluster, namespace),
    ):
        yield running


@pytest.fixture
def registry(operator: Operator) -> Registry:
    """A name that no other test uses; the object is the test's to create."""
    return Registry(operator.cluster, operator.namespace, f"r{next(_NUMBERS)}")


def generation_of(registry: Registry) -> int:
    return int(registry.deployment()["metadata"]["generation"])


def settled(registry: Registry) -> None:
    """Until nothing has changed for a second."""
    before = None
    while before != (before := registry.get()["metadata"]["resourceVersion"]):
        time.sleep(1)


def test_an_empty_spec_gives_one_pod_and_one_volume(registry: Registry) -> None:
    registry.create({})

    registry.until("Available", "True")
    deployment = registry.deployment()
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert registry.names("persistentvolumeclaims") == [f"{registry.name}-quay-data"]
    assert registry.names("ingresses") == []
    assert registry.names("horizontalpodautoscalers") == []


def test_the_registry_may_come_before_its_bundle(registry: Registry) -> None:
    registry.create({"configBundleSecret": f"{registry.name}-late"})
    blocked = registry.until("RolloutBlocked", "True", reason="ConfigInvalid")

    registry.bundle(f"{registry.name}-late", "REGISTRY_TITLE: late\n")

    assert "unable to get `configBundleSecret`" in blocked["message"]
    registry.until("Available", "True")
    registry.until("RolloutBlocked", "False")
    assert registry.config()["REGISTRY_TITLE"] == "late"


def test_a_broken_bundle_leaves_the_pods_running_and_its_correction_alone_heals(
    registry: Registry,
) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: one\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})
    registry.until("Available", "True")
    generation = generation_of(registry)

    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: two\nV2_PAGINATION_SIZE: '50'\n")
    blocked = registry.until("RolloutBlocked", "True", reason="ConfigInvalid")
    assert 'line 2: V2_PAGINATION_SIZE: expected integer, got string "50"' in blocked["message"]
    assert registry.condition("Available")["status"] == "True"
    assert generation_of(registry) == generation

    registry.bundle(f"{registry.name}-b", "a: [\n")
    registry.until("RolloutBlocked", "True", says="config.yaml line 2, column 1 is not YAML")

    corrected = time.monotonic()
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: two\n")
    registry.until("RolloutBlocked", "False")
    assert time.monotonic() - corrected < 5
    assert registry.config()["REGISTRY_TITLE"] == "two"


def test_a_change_rolls_out_once_and_leaves_one_rendered_secret(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: one\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})
    registry.until("Available", "True")
    first, generation = Registry.config_secret(registry.deployment()), generation_of(registry)

    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: two\n")
    registry.deployment(lambda found: Registry.config_secret(found) != first)
    registry.until("ComponentQuayReady", "True")
    until_api(
        registry.cluster,
        registry.object("secrets").rpartition("/")[0] + f"?labelSelector=quay-component="
        f"quay-app-config,quay-operator/quayregistry={registry.name}",
        lambda found: len(found["items"]) == 1,
        10,
    )

    assert generation_of(registry) == generation + 1


def test_equal_content_restarts_nothing(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: one\nSUPER_USERS: [a]\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})
    registry.until("Available", "True")
    settled(registry)
    version = registry.deployment()["metadata"]["resourceVersion"]
    status, events = registry.get()["metadata"]["resourceVersion"], registry.events()

    registry.bundle(f"{registry.name}-b", "# as before\nSUPER_USERS:\n- a\nREGISTRY_TITLE: one\n")
    registry.annotate(touched="yes")
    time.sleep(2)

    assert registry.deployment()["metadata"]["resourceVersion"] == version
    assert int(registry.get()["metadata"]["resourceVersion"]) >= int(status)
    assert registry.events() == events


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


def test_unknown_keys_are_warned_of_once_and_go_on(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", "FEATURE_PROXY_CASHE: true\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})

    registry.until("Available", "True")
    said = registry.condition("ComponentsCreated")["message"]
    assert "line 1: unknown key FEATURE_PROXY_CASHE: did you mean FEATURE_PROXY_CACHE?" in said
    settled(registry)
    warnings = [event for event in registry.events() if event[1] == "ConfigWarning"]
    assert len(warnings) == 1
    assert warnings[0][0] == "Warning"


def test_a_certificate_of_a_secret_is_served_and_its_rotation_rolled_out(
    registry: Registry,
) -> None:
    host = "registry.example.test"
    first, second = new_certificates([host]), new_certificates([host])
    name = f"{registry.name}-cert"
    kind = "kubernetes.io/tls"
    registry.secret(name, {"tls.crt": first.server, "tls.key": first.server_key}, kind)
    registry.bundle(f"{registry.name}-b", f"SERVER_HOSTNAME: {host}\n")
    tls = {"kind": "tls", "managed": False, "secretRef": {"name": name}}
    components = [tls, {"kind": "route", "managed": False}]
    registry.create({"configBundleSecret": f"{registry.name}-b", "components": components})
    registry.until("Available", "True")
    mounted = Registry.config_secret(registry.deployment())
    container = registry.deployment()["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"]["scheme"] == "HTTPS"
    assert registry.get()["status"]["registryEndpoint"] == f"https://{host}"

    registry.secret(name, {"tls.crt": second.server, "tls.key": second.server_key}, kind)
    found = registry.deployment(lambda now: Registry.config_secret(now) != mounted)
    rotated = Registry.config_secret(found)

    registry.cluster.api("DELETE", registry.object("secrets", name))
    registry.until("RolloutBlocked", "True", says=f'Secret "{name}" is not there')
    assert Registry.config_secret(registry.deployment()) == rotated
    registry.secret(name, {"tls.crt": first.server, "tls.key": first.server_key}, kind)
    registry.until("RolloutBlocked", "False")
    registry.deployment(lambda now: Registry.config_secret(now) == mounted)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"ssl__cert": b"x"}, "has ssl.cert without ssl.key"),
        ({"ssl__cert": b"x", "ssl__key": b"y"}, "is not a PEM certificate"),
        ({"extra_ca_cert_mine": b"no"}, "extra_ca_cert_mine of Secret"),
    ],
)
def test_certificates_of_the_bundle_are_checked(
    registry: Registry, files: dict[str, bytes], said: str
) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: x\n", **files)
    registry.create({"configBundleSecret": f"{registry.name}-b"})

    assert said in registry.until("RolloutBlocked", "True", reason="ConfigInvalid")["message"]


def test_two_certificates_exclude_each_other(registry: Registry) -> None:
    made = new_certificates(["a.example.test"])
    registry.bundle(
        f"{registry.name}-b", "REGISTRY_TITLE: x\n", ssl__cert=made.server, ssl__key=made.server_key
    )
    name = f"{registry.name}-cert"
    registry.secret(name, {"tls.crt": made.server, "tls.key": made.server_key})
    tls = {"kind": "tls", "managed": False, "secretRef": {"name": name}}
    registry.create({"configBundleSecret": f"{registry.name}-b", "components": [tls]})

    registry.until("RolloutBlocked", "True", reason="ConfigInvalid", says="exclude each other")


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


def test_keys_that_vanish_beside_data_are_not_made_anew(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")
    keys = registry.object("secrets", f"{registry.name}-quay-registry-managed-secret-keys")
    kept = registry.cluster.api("GET", keys)

    registry.cluster.api("DELETE", keys)

    said = registry.until("RolloutBlocked", "True", reason="ConfigInvalid")["message"]
    assert "there is data that its keys encrypt: restore it" in said
    about = {key: kept["metadata"][key] for key in ("name", "labels")}
    body = {"metadata": about, "data": kept["data"]}
    registry.cluster.api("POST", keys.rpartition("/")[0], body)
    registry.until("RolloutBlocked", "False")


def test_two_registries_of_a_namespace_do_not_touch_each_other(
    registry: Registry, operator: Operator
) -> None:
    other = Registry(registry.cluster, registry.namespace, f"{registry.name}-b")
    shared = f"{registry.name}-shared"
    registry.bundle(shared, "REGISTRY_TITLE: both\n")
    registry.create({"configBundleSecret": shared})
    other.create({"configBundleSecret": shared})
    registry.until("Available", "True")
    other.until("Available", "True")

    registry.bundle(shared, "REGISTRY_TITLE: changed\n")
    for one in (registry, other):

        def is_changed(_: dict[str, Any], one: Registry = one) -> bool:
            return bool(one.config()["REGISTRY_TITLE"] == "changed")

        until_api(one.cluster, one.object("deployments"), is_changed)
    registry.delete()
    gone(registry.cluster, registry.object("deployments"))

    other.until("Available", "True")
    assert other.names("services") == [f"{other.name}-quay-app"]
    assert registry.config if operator.probe("/healthz") == 200 else False


def test_a_condition_says_when_it_turned_and_events_do_not_repeat(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")
    settled(registry)
    first = registry.condition("Available")

    registry.bundle(f"{registry.name}-b", "V2_PAGINATION_SIZE: x\n")
    registry.change({"configBundleSecret": f"{registry.name}-b"})
    registry.until("RolloutBlocked", "True")

    assert registry.condition("Available")["lastTransitionTime"] == first["lastTransitionTime"]
    assert registry.condition("RolloutBlocked")["observedGeneration"] == 2
    told = registry.events()
    assert len(told) == len(set(told))
    assert ("Warning", "ConfigInvalid") in [event[:2] for event in told]


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


def test_the_operator_ends_with_a_signal(operator: Operator, tmp_path: Path) -> None:
    assert operator.stop() == 0
    assert "Traceback" not in operator.log.read_text()
    operator.start()
    operator.until_ready()
