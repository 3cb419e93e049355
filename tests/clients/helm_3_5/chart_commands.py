"""Helm 3.5.4 on a person's machine, and the chart of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER

REPOSITORY = f"{QUAY_HOST}/helm/etherpad"
REF = f"{REPOSITORY}:0.0.4"
CACHE = ".cache/helm/registry/cache"
"""Below the home."""

CHART_FILES = [
    "etherpad/.helmignore",
    "etherpad/.test.sh",
    "etherpad/Chart.yaml",
    "etherpad/templates/_helpers.tpl",
    "etherpad/templates/deployment.yaml",
    "etherpad/templates/ingress.yaml",
    "etherpad/templates/pvc.yaml",
    "etherpad/templates/route.yaml",
    "etherpad/templates/service.yaml",
    "etherpad/values.yaml",
]
"""etherpad 0.0.4."""


def helm_on(machine: Machine) -> Tool:
    return machine.tool("helm-3.5.4", HELM_EXPERIMENTAL_OCI="1")


def log_in(helm: Tool, host: str = QUAY_HOST) -> None:
    helm("registry", "login", host, "-u", USER, "-p", PASSWORD)


def fetch_chart(helm: Tool, url: str) -> None:
    helm("repo", "add", "redhat-cop", url)
    helm("pull", "redhat-cop/etherpad", "--version=0.0.4", "--untar")


def push_chart(helm: Tool, chart: Path, name: str, host: str = QUAY_HOST) -> str:
    """Save and push the chart as helm/NAME:0.0.4; the ref."""
    ref = f"{host}/helm/{name}:0.0.4"
    helm("chart", "save", str(chart), ref)
    helm("chart", "push", ref)
    return ref


def five_fields(ref: str, digest: str, size: str) -> str:
    return (
        f"ref:     {ref}\ndigest:  {digest}\nsize:    {size}\nname:    etherpad\nversion: 0.0.4\n"
    )


def digest_and_size(fields: str) -> tuple[str, str]:
    digest = re.search(r"^digest:  ([0-9a-f]{64})$", fields, re.MULTILINE)
    size = re.search(r"^size:    (.+)$", fields, re.MULTILINE)
    assert digest and size, fields
    return digest[1], size[1]
