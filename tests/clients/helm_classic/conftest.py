"""Two namespaces with charts that Helm 4 pushed, one private and one public, as repositories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.clients.charts import SIGNER, Keyring, make_keyring, write_chart
from tests.clients.helm_oci.place import log_in
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER, Registry

PRIVATE, PUBLIC = "private-charts", "public-charts"
VERSIONS = ("0.0.4", "1.2.3", "1.3.0+build.7", "2.0.0-rc.1")
FILES = ("Chart.yaml", "README.md", "templates/map.yaml", "values.yaml")
CREDENTIALS = ("--username", USER, "--password", PASSWORD)


@dataclass(frozen=True, slots=True)
class Shelf:
    """`etherpad` in VERSIONS in both namespaces; 1.2.3 is signed."""

    keyring: Keyring


def url_of(namespace: str) -> str:
    return f"https://{QUAY_HOST}/charts/{namespace}"


@pytest.fixture(scope="module")
def shelf(registry: Registry, new_machine_of_module: Callable[..., Machine]) -> Shelf:
    machine = new_machine_of_module()
    keyring = make_keyring(machine)
    helm, folder = machine.tool("helm-4.3.1"), machine.home / "packages"
    log_in(helm)
    for namespace in (PRIVATE, PUBLIC):
        registry.create_organization(namespace)
    for version in VERSIONS:
        sign = ("--sign", "--key", SIGNER.partition(" <")[0], "--keyring", keyring.secret)
        chart = write_chart(folder, "etherpad", version)
        helm("package", chart, "-d", str(folder), *(sign if version == "1.2.3" else ()))
        for namespace in (PRIVATE, PUBLIC):
            helm("push", f"{folder}/etherpad-{version}.tgz", f"oci://{QUAY_HOST}/{namespace}")
    registry.make_public(f"{PUBLIC}/etherpad")
    return Shelf(keyring)


@pytest.fixture(params=["3.5.4", "3.8.1", "4.3.1"])
def helm(request: pytest.FixtureRequest, machine: Machine) -> Tool:
    """Helm with both namespaces added."""
    helm = machine.tool(f"helm-{request.param}", HELM_EXPERIMENTAL_OCI="1")
    helm("repo", "add", "private", url_of(PRIVATE), *CREDENTIALS)
    helm("repo", "add", "public", url_of(PUBLIC))
    return helm
