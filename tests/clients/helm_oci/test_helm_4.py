"""What only Helm 4.3.1 does: oras-go, references with digests, and flags for TLS."""

from __future__ import annotations

import json
import re

import pytest
from tests.clients.charts import write_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.proxy import running_proxy
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Authority, Registry, tree_of

LOGIN = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("h431")


@pytest.fixture
def helm(machine: Machine) -> Tool:
    tool = machine.tool("helm-4.3.1")
    tool(*LOGIN, stdin=PASSWORD)
    return tool


def test_a_chart_is_pulled_by_tag_and_by_digest(helm: Tool) -> None:
    """`R:tag`, `R@digest`, and both together, where the digest has to be the tag's."""
    url = f"oci://{QUAY_HOST}/h431/etherpad"
    first, second = _push(helm, "etherpad", "1.0.0"), _push(helm, "etherpad", "1.0.1")

    assert _digest(helm("pull", f"{url}:1.0.0").stdout) == first
    assert _digest(helm("pull", f"{url}@{first}").stdout) == first
    assert _digest(helm("pull", f"{url}:1.0.1@{second}").stdout) == second
    wrong = helm.fails("pull", f"{url}:1.0.0@{second}")
    missing = helm.fails("pull", f"{url}@sha256:{'0' * 64}")

    assert f"chart reference digest mismatch: {first} is not {second}" in wrong.stderr
    assert missing.stderr.endswith(f"@sha256:{'0' * 64}: not found\n")
    assert f"etherpad@{first.replace(':', '-')}.tgz" in tree_of(helm.machine.work)


def test_the_ca_can_be_named_by_a_flag(distrusting_machine: Machine, authority: Authority) -> None:
    """For login, push and pull on a machine that does not trust it."""
    helm, ca = distrusting_machine.tool("helm-4.3.1"), ("--ca-file", str(authority.ca))

    helm(*LOGIN, *ca, stdin=PASSWORD)
    digest = _push(helm, "named", "1.0.0", *ca)
    pulled = helm("pull", f"oci://{QUAY_HOST}/h431/named", "--version", "1.0.0", *ca)

    assert _digest(pulled.stdout) == digest


def test_tls_can_be_left_unverified_by_a_flag(distrusting_machine: Machine) -> None:
    helm, skip = distrusting_machine.tool("helm-4.3.1"), "--insecure-skip-tls-verify"

    helm(*LOGIN, "--insecure", stdin=PASSWORD)
    digest = _push(helm, "unverified", "1.0.0", skip)
    pulled = helm("pull", f"oci://{QUAY_HOST}/h431/unverified", "--version", "1.0.0", skip)

    assert _digest(pulled.stdout) == digest


def test_plain_http_works_when_it_is_asked_for(machine: Machine, registry: Registry) -> None:
    host, plain = registry.also_listen(tls=False), "--plain-http"
    helm = machine.tool("helm-4.3.1")

    helm("registry", "login", host, "-u", USER, "--password-stdin", plain, stdin=PASSWORD)
    digest = _push(helm, "plain", "1.0.0", plain, host=host)
    pulled = helm("pull", f"oci://{host}/h431/plain", "--version", "1.0.0", plain)
    over_tls = helm.fails("pull", f"oci://{host}/h431/plain", "--version", "1.0.0")

    assert _digest(pulled.stdout) == digest
    assert "server gave HTTP response to HTTPS client" in over_tls.stderr


def test_a_failing_server_is_asked_again(helm: Tool, registry: Registry) -> None:
    """This client repeats 503 as well, and also while it lists tags; uploads it does not."""
    digest = _push(helm, "failing", "1.0.0")

    with running_proxy(registry, helm.machine.home.parent, status=503, times=2) as proxy:
        login = ("registry", "login", proxy.host, "-u", USER, "--password-stdin")
        helm(*login, stdin=PASSWORD)
        pulled = helm("pull", f"oci://{proxy.host}/h431/failing", "--version", "^1.0")

        assert _digest(pulled.stdout) == digest
        assert proxy.requests().count("GET /v2/h431/failing/tags/list 503") == 2


def test_the_password_is_kept_and_no_token(helm: Tool) -> None:
    """A login of this client survives the end of every token."""
    kept = json.loads((helm.machine.home / ".config/helm/registry/config.json").read_text())

    assert list(kept["auths"][QUAY_HOST]) == ["auth"]


def test_a_second_logout_is_no_error(helm: Tool) -> None:
    for _ in range(2):
        done = helm("registry", "logout", QUAY_HOST)

        assert done.stdout == f"Removing login credentials for {QUAY_HOST}\n"


def test_a_refused_push_shows_the_servers_message(helm: Tool, registry: Registry) -> None:
    """It names the feature that is off."""
    host = registry.also_listen({"FEATURE_HELM_OCI_SUPPORT": "false"})
    helm("registry", "login", host, "-u", USER, "--password-stdin", stdin=PASSWORD)

    refused = helm.fails("push", _package(helm, "refused", "1.0.0"), f"oci://{host}/h431")

    assert "FEATURE_HELM_OCI_SUPPORT" in refused.stderr, refused


def test_a_push_without_a_namespace_is_refused_with_a_reason(helm: Tool) -> None:
    """`oci://HOST` alone would make a repository outside every organization."""
    refused = helm.fails("push", _package(helm, "lonely", "1.0.0"), f"oci://{QUAY_HOST}")

    assert "lonely" in refused.stderr
    assert re.search("status code 4", refused.stderr)


def _package(helm: Tool, name: str, version: str) -> str:
    folder = helm.machine.home / "packages"
    helm("package", write_chart(folder, name, version), "-d", str(folder))
    return str(folder / f"{name}-{version}.tgz")


def _push(helm: Tool, name: str, version: str, *flags: str, host: str = QUAY_HOST) -> str:
    """The manifest's digest."""
    pushed = helm("push", _package(helm, name, version), f"oci://{host}/h431", *flags)
    return _digest(pushed.stdout)


def _digest(text: str) -> str:
    found = re.search("^Digest: (.+)$", text, re.MULTILINE)
    assert found, f"no digest in\n{text}"
    return found[1]
