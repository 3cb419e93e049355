"""docs/kubernetes.md: what it shows works, and what the operator may say is explained there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.operator.charts import HELM, MOORAGE, OPERATOR, rendered
from tests.operator.cluster import Cluster
from tests.operator.conftest import new_namespace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "kubernetes.md").read_text()
REASON = re.compile(r'"((?:[A-Z][A-Za-z]+)(?:Error|Invalid|Unsupported|Failed|Pending|NotReady))"')


OF_PODS = {"FallbackToLogsOnError", "ProvisioningFailed"}
"""Kubernetes' own words."""


def document(first_line: str) -> Any:
    """The YAML block that begins with a comment."""
    blocks = re.findall(r"^```yaml\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(first_line)]
    return yaml.safe_load(found)


def test_its_values_for_replicas_render(cluster: Cluster) -> None:
    objects = rendered(cluster, HELM, MOORAGE, document("# replicas.yaml"))

    (deployment,) = [one for one in objects if one["kind"] == "Deployment"]
    assert deployment["spec"]["replicas"] == 3


def test_its_two_files_are_taken(cluster: Cluster) -> None:
    files = [document("# quay-config-bundle.yaml"), document("# quay-registry.yaml")]

    with new_namespace(cluster, "quay-enterprise"):
        for file in files:
            strict = ("create", "--dry-run=server", "--validate=strict", "-n", "quay-enterprise")
            cluster.kubectl(*strict, "-f", "-", stdin=yaml.safe_dump(file))


def test_it_names_values_that_the_charts_have() -> None:
    section = PAGE[PAGE.index("## The Helm chart") : PAGE.index("## The operator")]
    known = yaml.safe_load((MOORAGE / "values.yaml").read_text())

    named = re.findall(r"`([a-z][A-Za-z]+(?:\.[a-z][A-Za-z]+)+)`", section)
    assert len(named) > 8
    for path in named:
        if path.endswith((".yaml", ".cert", ".key")):
            continue
        inner: Any = known
        for part in path.split("."):
            assert part in inner, path
            inner = inner[part]


def test_it_explains_every_reason_of_trouble() -> None:
    sources = (ROOT / "src" / "moorage" / "operator").glob("*.py")
    reasons = {reason for path in sources for reason in REASON.findall(path.read_text())}

    assert len(reasons) > 8
    assert [one for one in sorted(reasons - OF_PODS) if f"`{one}`" not in PAGE] == []


def test_its_rules_and_values_are_where_it_says() -> None:
    for link in re.findall(r"\]\((\.\./[^)]+)\)", PAGE):
        assert (ROOT / "docs" / link).is_file(), link
    assert (OPERATOR / "crds" / "quayregistries.yaml").is_file()
