"""Install the chart moorage, and use what was installed."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from tests.clients.machine import Machine
from tests.operator.charts import HELM
from tests.operator.cluster import Cluster

PASSWORD = "the first user's password"
ETHERPAD = Path(__file__).parents[1] / "clients/charts/redhat-cop/etherpad-0.0.4.tgz"


def create_secret(cluster: Cluster, namespace: str, name: str, texts: dict[str, str]) -> None:
    content = {key: b64encode(value.encode()).decode() for key, value in texts.items()}
    body = {"metadata": {"name": name}, "data": content}
    cluster.api("POST", f"/api/v1/namespaces/{namespace}/secrets", body)


def push(machine: Machine, host: str, *options: str) -> None:
    """Log in with Helm 4 and push etherpad."""
    helm = machine.tool(HELM)
    helm("registry", "login", host, "-u", "admin", "--password-stdin", *options, stdin=PASSWORD)
    helm("push", str(ETHERPAD), f"oci://{host}/admin", *options)


def pull(machine: Machine, host: str, *options: str) -> None:
    helm = machine.tool(HELM)
    chart = f"oci://{host}/admin/etherpad"
    helm("pull", chart, "--version", "0.0.4", *options)
    assert (machine.work / ETHERPAD.name).read_bytes() == ETHERPAD.read_bytes()
