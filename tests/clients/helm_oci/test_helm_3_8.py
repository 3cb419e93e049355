"""What only Helm 3.8.1 does: containerd's resolver with `helm push`."""

from __future__ import annotations

import pytest
from tests.clients.charts import write_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry

LOGIN = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("h381")


@pytest.fixture
def helm(machine: Machine) -> Tool:
    return machine.tool("helm-3.8.1")


def test_the_login_can_be_insecure_but_the_pull_cannot(distrusting_machine: Machine) -> None:
    helm = distrusting_machine.tool("helm-3.8.1")

    assert helm(*LOGIN, "--insecure", stdin=PASSWORD).stdout == "Login Succeeded\n"
    refused = helm.fails("pull", f"oci://{QUAY_HOST}/h381/any", "--version", "1.0.0")

    assert "x509: certificate signed by unknown authority" in refused.stderr


def test_a_login_with_a_scheme_or_a_path_is_taken(helm: Tool) -> None:
    """This client cuts them off."""
    for host in (f"https://{QUAY_HOST}", f"{QUAY_HOST}/h381"):
        done = helm("registry", "login", host, "-u", USER, "--password-stdin", stdin=PASSWORD)

        assert done.stdout == "Login Succeeded\n"


def test_a_second_logout_is_an_error(helm: Tool) -> None:
    helm(*LOGIN, stdin=PASSWORD)
    helm("registry", "logout", QUAY_HOST)

    assert helm.fails("registry", "logout", QUAY_HOST).stderr == "Error: not logged in\n"


def test_a_refused_push_shows_the_status(helm: Tool, registry: Registry) -> None:
    """The server's message does not get through this client."""
    host = registry.also_listen({"FEATURE_HELM_OCI_SUPPORT": "false"})
    helm("registry", "login", host, "-u", USER, "--password-stdin", stdin=PASSWORD)
    helm("package", write_chart(helm.machine.home, "refused", "1.0.0"), "-d", ".")

    refused = helm.fails("push", "refused-1.0.0.tgz", f"oci://{host}/h381")

    assert 'Error: failed commit on ref "manifest-sha256:' in refused.stderr
    assert "unexpected status: 4" in refused.stderr
