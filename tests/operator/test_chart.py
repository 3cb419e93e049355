"""The chart moorage: what real Helms make of it is taken by a real API server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import yaml

from tests.operator.charts import HELMS, MOORAGE, Values, rendered, template
from tests.operator.cluster import Cluster

S3 = ["S3Storage", {"s3_bucket": "registry", "host": "s3.example.com"}]
REPLICAS: Values = {
    "replicas": 3,
    "persistence": {"enabled": False},
    "existingSecrets": {"database": "moorage-database", "secretKeys": "moorage-keys"},
    "config": {"DISTRIBUTED_STORAGE_CONFIG": {"default": S3}},
}
INGRESS = {"enabled": True, "className": "nginx", "tlsSecret": "registry-tls"}
PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}

WAYS: dict[str, Values] = {
    "as it is": {},
    "another volume": {
        "persistence": {
            "size": "1Ti",
            "storageClass": "fast",
            "accessModes": ["ReadWriteOncePod"],
            "annotations": {"a": "b"},
            "keep": False,
        }
    },
    "an existing volume": {"persistence": {"existingClaim": "blobs"}},
    "replicas": REPLICAS,
    "autoscaling": REPLICAS
    | {"autoscaling": {"enabled": True, "targetMemoryUtilizationPercentage": 70}},
    "an Ingress": {"host": "registry.example.com", "ingress": INGRESS},
    "a Gateway": {"host": "registry.example.com", "gateway": {"enabled": True, "name": "public"}},
    "a Route": {"route": {"enabled": True}},
    "its own HTTPS": {
        "host": "registry.example.com",
        "tls": {"existingSecret": "registry-tls"},
        "route": {"enabled": True},
        "service": {"port": 443, "type": "LoadBalancer"},
    },
    "everything else": {
        "existingConfigSecret": "stack",
        "tls": {"inConfigSecret": True},
        "existingSecrets": {"firstUser": "first", "environment": "more"},
        "image": {"digest": "sha256:" + "0" * 64, "pullSecrets": [{"name": "pull"}]},
        "metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
        "networkPolicy": {
            "from": [PEER],
            "metricsFrom": [PEER],
            "egress": [{"to": [PEER], "ports": [{"port": 5432, "protocol": "TCP"}]}],
        },
        "serviceAccount": {"create": False, "name": "registry"},
        "extraEnv": [{"name": "MOORAGE_LOG_LEVEL", "value": "debug"}],
        "podLabels": {"team": "a"},
        "podAnnotations": {"team": "a"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "priorityClassName": "system-cluster-critical",
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"team": "a"}},
            }
        ],
    },
}


@pytest.fixture(scope="module", autouse=True)
def _foreign_apis(cluster: Cluster, apis: Callable[..., AbstractContextManager[None]]) -> Any:
    with apis("routes", "gateways", "httproutes", "servicemonitors"):
        yield


@pytest.mark.parametrize("helm", HELMS)
def test_helm_finds_no_fault_with_it(cluster: Cluster, helm: str) -> None:
    result = cluster.run(helm, "lint", "--strict", MOORAGE)

    assert result.code == 0, str(result)
    assert "[WARNING]" not in result.stdout


@pytest.mark.parametrize("way", WAYS)
def test_the_api_server_takes_every_object(cluster: Cluster, namespace: str, way: str) -> None:
    older, newer = (
        rendered(cluster, helm, MOORAGE, WAYS[way], "--namespace", namespace) for helm in HELMS
    )

    assert newer == older
    text = yaml.safe_dump_all(newer)
    # Strict: an unknown field is an error here, not a warning.
    done = cluster.run_kubectl(
        "apply", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text
    )
    assert done.code == 0, str(done)
    assert len(done.lines) == len(newer)
    assert done.stderr == ""


@pytest.mark.parametrize("way", WAYS)
def test_its_pods_are_taken_where_pod_security_is_restricted(
    cluster: Cluster, namespace: str, way: str
) -> None:
    level = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", namespace, level)
    objects = rendered(cluster, HELMS[-1], MOORAGE, WAYS[way], "--namespace", namespace)
    (pod,) = [one["spec"]["template"] for one in objects if one["kind"] == "Deployment"]
    # These exist in a real cluster; here only the Pod is looked at.
    for absent in ("serviceAccountName", "priorityClassName"):
        pod["spec"].pop(absent, None)

    pod |= {"apiVersion": "v1", "kind": "Pod"}
    pod["metadata"]["name"] = "registry"
    done = cluster.run_kubectl(
        "create", "-n", namespace, "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod)
    )

    assert done.code == 0, str(done)


def test_on_openshift_the_cluster_chooses_user_and_group(cluster: Cluster) -> None:
    options = ("--api-versions", "security.openshift.io/v1")

    objects = rendered(cluster, HELMS[0], MOORAGE, {}, *options)

    (spec,) = [one["spec"]["template"]["spec"] for one in objects if one["kind"] == "Deployment"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


NONSENSE: dict[str, tuple[Values, str]] = {
    "an unknown value": ({"replica": 1}, "replica"),
    "an unknown value below": ({"persistence": {"enable": True}}, "enable"),
    "a text for a number": ({"replicas": "two"}, "replicas"),
    "a negative number": ({"workers": -1}, "workers"),
    "a URL for a host": ({"host": "https://registry.example.com"}, "host"),
    "no size": ({"persistence": {"size": "big"}}, "size"),
    "a short digest": ({"image": {"digest": "sha256:abc"}}, "digest"),
    "a key that is none": ({"config": {"server-hostname": "a"}}, "server-hostname"),
    "a policy that is none": ({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy"),
    "a name that is none": ({"existingConfigSecret": "My Secret"}, "existingConfigSecret"),
    "replicas on one volume": ({"replicas": 2}, "persistence.enabled=false"),
    "no database": ({"persistence": {"enabled": False}}, "existingSecrets.database"),
    "no object store": (REPLICAS | {"config": {}}, "object store"),
    "two configurations": (
        {"config": {"LOG_LEVEL": "debug"}, "existingConfigSecret": "stack"},
        "exclude each other",
    ),
    "two ways in": ({"route": {"enabled": True}, "ingress": {"enabled": True}}, "one of them"),
    "an Ingress for no host": ({"ingress": {"enabled": True}}, "host"),
    "no Gateway": ({"host": "a.example.com", "gateway": {"enabled": True}}, "gateway.name"),
}


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_refused_with_its_name(cluster: Cluster, helm: str, case: str) -> None:
    values, word = NONSENSE[case]

    result = template(cluster, helm, MOORAGE, values)

    assert result.code == 1
    assert word in result.stderr
