"""The walk-through's two files, unchanged, and every order in which they may come."""

from __future__ import annotations

from pathlib import Path

from tests.operator.cluster import Cluster
from tests.operator.conftest import new_namespace
from tests.operator.nodes import running_nodes
from tests.operator.running import Registry, bound_volumes, running_operator

BUNDLE = """\
apiVersion: v1
stringData:
  config.yaml: |
    FEATURE_GENERAL_OCI_SUPPORT: true
    FEATURE_HELM_OCI_SUPPORT: true
kind: Secret
metadata:
  name: quay-config-bundle
  namespace: quay-enterprise
type: Opaque
"""
REGISTRY = """\
apiVersion: quay.redhat.com/v1
kind: QuayRegistry
metadata:
  name: example-registry
  namespace: quay-enterprise
spec:
  configBundleSecret: quay-config-bundle
"""


def test_the_two_files_of_the_walk_through_give_a_registry(
    cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "quay-config-bundle.yaml").write_text(BUNDLE)
    (tmp_path / "quay-registry.yaml").write_text(REGISTRY)
    with (
        new_namespace(cluster, "quay-enterprise") as namespace,
        running_operator(cluster, namespace, tmp_path / "log"),
        running_nodes(cluster, namespace),
        bound_volumes(cluster, namespace),
    ):
        create = ("create", "-n", namespace, "-f")
        said = [
            cluster.kubectl(*create, tmp_path / "quay-config-bundle.yaml"),
            cluster.kubectl(*create, tmp_path / "quay-registry.yaml"),
        ]
        registry = Registry(cluster, namespace, "example-registry")
        registry.until("Available", "True", reason="HealthChecksPassing")

        assert said == [
            "secret/quay-config-bundle created\n",
            "quayregistry.quay.redhat.com/example-registry created\n",
        ]
        assert len(registry.get()["status"]["conditions"]) == 14
        shown = cluster.kubectl("get", "quayregistry", "-n", namespace)
        assert shown.split()[:4] == ["NAME", "VERSION", "ENDPOINT", "AVAILABLE"]
        print(shown, cluster.kubectl("get", "quayregistry", "-n", namespace, "-o", "yaml"))
        assert registry.config()["FEATURE_HELM_OCI_SUPPORT"] is True
        assert registry.get()["spec"] == {"configBundleSecret": "quay-config-bundle"}
