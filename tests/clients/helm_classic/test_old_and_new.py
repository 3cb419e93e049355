"""Old and new clients share charts: by OCI, through the classic repository, and by the old view."""

from __future__ import annotations

import pytest
from tests.clients.charts import write_chart
from tests.clients.helm_3_5.chart_commands import helm_on
from tests.clients.helm_classic.conftest import CREDENTIALS, url_of
from tests.clients.helm_oci.place import log_in, package_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER, Registry, tree_of

NAMESPACE = "shared-charts"


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization(NAMESPACE)


def old_log_in(old: Tool, host: str = QUAY_HOST) -> None:
    old("registry", "login", host, "-u", USER, "-p", PASSWORD)


def test_what_helm_3_5_pushed_is_pulled_by_helm_4(machine: Machine) -> None:
    old, new = helm_on(machine), machine.tool("helm-4.3.1")
    ref = f"{QUAY_HOST}/{NAMESPACE}/etherpad:0.0.4"
    old_log_in(old)
    old("chart", "save", write_chart(machine.home, "etherpad", "0.0.4"), ref)
    old("chart", "push", ref)
    log_in(new)

    new("pull", f"oci://{QUAY_HOST}/{NAMESPACE}/etherpad", "--version", "0.0.4")
    by_oci = (machine.work / "etherpad-0.0.4.tgz").read_bytes()
    (machine.work / "etherpad-0.0.4.tgz").unlink()
    new("repo", "add", "classic", url_of(NAMESPACE), *CREDENTIALS)
    new("pull", "classic/etherpad", "--version", "0.0.4")

    assert (machine.work / "etherpad-0.0.4.tgz").read_bytes() == by_oci


def test_what_helm_4_pushed_is_read_by_helm_3_5(registry: Registry, machine: Machine) -> None:
    """By the classic repository; by OCI only where HELM_LEGACY_VIEW allows."""
    old, new = helm_on(machine), machine.tool("helm-4.3.1")
    host = registry.also_listen({"HELM_LEGACY_VIEW": "legacy"})
    log_in(new)
    new("push", package_chart(new, "jar", "1.0.0"), f"oci://{QUAY_HOST}/{NAMESPACE}")
    for name in (QUAY_HOST, host):
        old_log_in(old, name)
    ref = f"{host}/legacy/{NAMESPACE}/jar:1.0.0"

    refused = old.fails("chart", "pull", f"{QUAY_HOST}/{NAMESPACE}/jar:1.0.0")
    old("repo", "add", "classic", url_of(NAMESPACE), *CREDENTIALS)
    old("pull", "classic/jar", "--untar")
    old("chart", "pull", ref)
    old("chart", "export", ref, "-d", "exported")
    old("pull", f"oci://{host}/legacy/{NAMESPACE}/jar", "--version", "1.0.0")
    old("chart", "save", "jar", f"{host}/legacy/{NAMESPACE}/jar:2.0.0")
    pushed = old.fails("chart", "push", f"{host}/legacy/{NAMESPACE}/jar:2.0.0")

    assert "does not contain a layer with mediatype application/tar+gzip" in refused.stderr
    assert (machine.work / "exported/jar/values.yaml").read_text() == "replicas: 1\n"
    assert "jar-1.0.0.tgz" in tree_of(machine.work)
    assert "403" in pushed.stderr or "denied" in pushed.stderr.lower()
