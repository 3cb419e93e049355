"""The bundle for the Operator Lifecycle Manager says what the chart says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.operator.charts import HELM, OPERATOR, rendered
from tests.operator.cluster import Cluster

BUNDLE = Path(__file__).parents[2] / "deploy" / "olm"
VERSION = BUNDLE / "manifests" / "moorage-operator.clusterserviceversion.yaml"


def cluster_service_version() -> dict[str, Any]:
    return dict(yaml.safe_load(VERSION.read_text()))


def test_the_operator_framework_finds_no_fault_with_it(cluster: Cluster) -> None:
    done = cluster.run("operator-verify", "manifests", BUNDLE / "manifests")

    assert (done.code, done.stdout, done.stderr) == (0, "", "")


def test_it_defines_the_same_resource() -> None:
    ours = (BUNDLE / "manifests" / "quayregistries.yaml").read_text()

    assert ours == (OPERATOR / "crds" / "quayregistries.yaml").read_text()


def test_it_asks_for_the_same_rights_and_for_none_in_the_whole_cluster() -> None:
    asked = cluster_service_version()["spec"]["install"]["spec"]

    (permission,) = asked["permissions"]
    assert "clusterPermissions" not in asked
    assert permission["rules"] == yaml.safe_load((OPERATOR / "files" / "rules.yaml").read_text())


def test_it_runs_the_same_pod(cluster: Cluster, namespace: str) -> None:
    (deployment,) = cluster_service_version()["spec"]["install"]["spec"]["deployments"]
    values = {"fullnameOverride": deployment["name"]}
    objects = rendered(cluster, HELM, OPERATOR, values, "--namespace", namespace)
    (ours,) = [one["spec"] for one in objects if one["kind"] == "Deployment"]

    pod, expected = deployment["spec"]["template"]["spec"], ours["template"]["spec"]
    # Where the chart has arguments, OLM fills in a variable.
    for spec in (pod, expected):
        for key in ("args", "env", "imagePullPolicy"):
            spec["containers"][0].pop(key, None)
    for probe in ("readinessProbe", "livenessProbe"):
        assert pod["containers"][0].pop(probe)["httpGet"]
        assert expected["containers"][0].pop(probe)["httpGet"]
    assert pod == expected
    document = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": deployment["spec"]}
    document["metadata"] = {"name": deployment["name"]}
    strict = ("create", "--dry-run=server", "--validate=strict", "-n", namespace, "-f", "-")
    cluster.kubectl(*strict, stdin=yaml.safe_dump(document))


def test_the_labels_of_its_image_are_its_annotations() -> None:
    written = yaml.safe_load((BUNDLE / "metadata" / "annotations.yaml").read_text())
    labels = re.findall(r"(operators\.\S+)=(\S+)", (BUNDLE / "bundle.Dockerfile").read_text())

    assert dict(labels) == written["annotations"]
