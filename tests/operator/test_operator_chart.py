"""The chart moorage-operator: the operator runs with what it installs, and with nothing more."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.operator.charts import HELM, HELMS, OPERATOR, Values, rendered, template
from tests.operator.cluster import Cluster
from tests.operator.conftest import new_namespace, until_api
from tests.operator.nodes import running_nodes
from tests.operator.running import Registry, bound_volumes
from tests.server import MOORAGE, free_port

WAYS: dict[str, Values] = {
    "as it is": {},
    "some namespaces": {"watchNamespaces": ["default", "kube-public"]},
    "the whole cluster": {"clusterWide": True},
    "everything else": {
        "image": {"digest": "sha256:" + "0" * 64, "pullSecrets": [{"name": "pull"}]},
        "domain": "apps.example.com",
        "ingressClass": "nginx",
        "gateway": "infrastructure/public/https",
        "clusterIssuer": "letsencrypt",
        "logLevel": "debug",
        "serviceAccount": {"name": "operator", "annotations": {"a": "b"}},
        "podLabels": {"team": "a"},
        "podAnnotations": {"team": "a"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "priorityClassName": "system-cluster-critical",
        "fullnameOverride": "moorage-operator",
    },
}
NONSENSE: dict[str, tuple[Values, str]] = {
    "an unknown value": ({"replicas": 2}, "replicas"),
    "a namespace that is none": ({"watchNamespaces": ["My Namespace"]}, "watchNamespaces"),
    "a domain with a scheme": ({"domain": "https://apps.example.com"}, "domain"),
    "half a Gateway": ({"gateway": "public"}, "gateway"),
    "a level that is none": ({"logLevel": "loud"}, "logLevel"),
    "some namespaces and all": (
        {"clusterWide": True, "watchNamespaces": ["default"]},
        "exclude each other",
    ),
}


@pytest.mark.parametrize("helm", HELMS)
def test_helm_finds_no_fault_with_it(cluster: Cluster, helm: str) -> None:
    result = cluster.run(helm, "lint", "--strict", OPERATOR)

    assert result.code == 0, str(result)
    assert "[WARNING]" not in result.stdout


@pytest.mark.parametrize("way", WAYS)
def test_the_api_server_takes_every_object(cluster: Cluster, namespace: str, way: str) -> None:
    older, newer = (
        rendered(cluster, helm, OPERATOR, WAYS[way], "--namespace", namespace) for helm in HELMS
    )

    assert newer == older
    text = yaml.safe_dump_all(newer)
    done = cluster.run_kubectl(
        "apply", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text
    )
    assert done.code == 0, str(done)
    assert done.stderr == ""


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_refused_with_its_name(cluster: Cluster, helm: str, case: str) -> None:
    values, word = NONSENSE[case]

    result = template(cluster, helm, OPERATOR, values)

    assert result.code == 1
    assert word in result.stderr


def test_its_rules_are_those_that_the_operator_prints() -> None:
    rules = yaml.safe_load((OPERATOR / "files" / "rules.yaml").read_text())

    assert rules == yaml.safe_load(printed("role"))["rules"]


def test_its_definition_is_the_one_that_the_operator_prints() -> None:
    definition = yaml.safe_load((OPERATOR / "crds" / "quayregistries.yaml").read_text())

    assert definition == yaml.safe_load(printed("crd"))


def test_the_operator_runs_in_its_own_namespace_with_the_rights_that_it_is_given(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    with new_namespace(cluster) as other:
        spec = install(cluster, namespace, {})
        Registry(cluster, other, "foreign").create()

        with running(cluster, namespace, spec, tmp_path / "log"):
            becomes_available(cluster, namespace)

        assert Registry(cluster, other, "foreign").get().get("status") is None
        account = cluster.service_account(namespace, spec["serviceAccountName"])
        for what in ("secrets", "deployments", "quayregistries"):
            assert may(cluster, account, "list", what, namespace)
            assert not may(cluster, account, "list", what, other)
        for what in ("roles", "rolebindings", "pods/exec"):
            assert not may(cluster, account, "create", what, namespace)
        assert not may(cluster, account, "list", "nodes", namespace)


def test_the_operator_looks_after_several_namespaces(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    with new_namespace(cluster) as first, new_namespace(cluster) as second:
        spec = install(cluster, namespace, {"watchNamespaces": [first, second]})

        with running(cluster, namespace, spec, tmp_path / "log"):
            becomes_available(cluster, first)
            becomes_available(cluster, second)


def test_the_operator_looks_after_the_whole_cluster_when_told(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    with new_namespace(cluster) as other:
        spec = install(cluster, namespace, {"clusterWide": True})

        with running(cluster, namespace, spec, tmp_path / "log"):
            becomes_available(cluster, other)
        cluster.run(HELM, "uninstall", "operator", "-n", namespace)


def test_an_uninstalled_operator_leaves_the_registries(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    spec = install(cluster, namespace, {})
    with running(cluster, namespace, spec, tmp_path / "log"):
        registry = becomes_available(cluster, namespace)

    done = cluster.run(HELM, "uninstall", "operator", "-n", namespace)

    assert done.code == 0, str(done)
    assert registry.get()["metadata"].get("deletionTimestamp") is None
    assert registry.deployment()["metadata"].get("deletionTimestamp") is None


def printed(what: str) -> str:
    done = subprocess.run([MOORAGE, "operator", what], capture_output=True, text=True, check=True)
    return done.stdout


def install(cluster: Cluster, namespace: str, values: Values) -> dict[str, Any]:
    """`helm install` as the administrator; the spec of the operator's Pod."""
    command = ("install", "operator", str(OPERATOR), "-n", namespace, "-f", "-")
    done = cluster.run(HELM, *command, stdin=yaml.safe_dump(values))
    assert done.code == 0, str(done)
    path = f"/api/v1/namespaces/{namespace}/pods"
    found = until_api(cluster, path, lambda pods: bool(pods["items"]))
    return dict(found["items"][0]["spec"])


@contextmanager
def running(
    cluster: Cluster, namespace: str, spec: dict[str, Any], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The Pod's command as a process; its rights are those of the Pod's ServiceAccount."""
    (container,) = spec["containers"]
    assert container["command"] == ["moorage", "operator", "run"]
    # The node's address is this machine's: a free port of it is taken instead.
    health = ("--health-host=127.0.0.1", f"--health-port={free_port()}")
    account = cluster.service_account(namespace, spec["serviceAccountName"])
    with log.open("wb") as output:
        process = subprocess.Popen(
            [MOORAGE, "operator", "run", *container["args"], *health],
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), "KUBECONFIG": str(account)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
        assert process.poll() is None, log.read_text()
        text = log.read_text().lower()
        assert "forbidden" not in text, text
    finally:
        process.terminate()
        process.wait(30)


def becomes_available(cluster: Cluster, namespace: str) -> Registry:
    registry = Registry(cluster, namespace, "example-registry")
    with running_nodes(cluster, namespace), bound_volumes(cluster, namespace):
        registry.create()
        registry.until("Available", "True", reason="HealthChecksPassing", seconds=60)
    return registry


def may(cluster: Cluster, account: Path, verb: str, what: str, namespace: str) -> bool:
    done = cluster.run_kubectl("auth", "can-i", verb, what, "-n", namespace, as_user=account)
    return done.stdout.strip() == "yes"
