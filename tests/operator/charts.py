"""Our charts, and what a Helm makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.clients.network import Result
from tests.operator.cluster import Cluster

CHARTS = Path(__file__).parents[2] / "deploy" / "charts"
MOORAGE = CHARTS / "moorage"
OPERATOR = CHARTS / "moorage-operator"

HELM = "helm-4.3.1"
HELMS = ("helm-3.8.1", HELM)
KUBERNETES = ("--kube-version", "1.37.2")
"""Helm 3.8 believes in an older one when it asks no cluster."""

Values = dict[str, Any]


def template(cluster: Cluster, helm: str, chart: Path, values: Values, *options: str) -> Result:
    command = ("template", "registry", str(chart), "-f", "-", *KUBERNETES, *options)
    return cluster.run(helm, *command, stdin=yaml.safe_dump(values))


def rendered(
    cluster: Cluster, helm: str, chart: Path, values: Values, *options: str
) -> list[dict[str, Any]]:
    """The objects of a chart."""
    result = template(cluster, helm, chart, values, *options)
    assert result.code == 0, str(result)
    return [document for document in yaml.safe_load_all(result.stdout) if document]
