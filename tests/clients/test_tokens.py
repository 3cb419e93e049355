"""What clients do with tokens: keep them, trade them, outlive them."""

from __future__ import annotations

import json

import pytest
from tests.clients.charts import write_chart
from tests.clients.machine import Machine
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER, Registry

TOKEN_SECONDS = 60
"""The shortest life of a token that moorage can be told."""


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("kept")


def test_helm_3_5_keeps_a_token_and_no_password(machine: Machine) -> None:
    """It asks for an offline token; every later call trades it for a short one, by POST."""
    helm = machine.tool("helm-3.5.4", HELM_EXPERIMENTAL_OCI="1")
    ref = f"{QUAY_HOST}/kept/old:1.0.0"

    helm("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    helm("chart", "save", write_chart(machine.home, "old", "1.0.0"), ref)
    helm("chart", "push", ref)

    kept = json.loads((machine.home / ".config/helm/registry.json").read_text())
    assert list(kept["auths"][QUAY_HOST]) == ["identitytoken"]


def test_helm_3_8_keeps_a_token_and_no_password(machine: Machine) -> None:
    helm = machine.tool("helm-3.8.1")

    helm("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    helm("package", write_chart(machine.home, "new", "1.0.0"))
    helm("push", "new-1.0.0.tgz", f"oci://{QUAY_HOST}/kept")
    helm("pull", f"oci://{QUAY_HOST}/kept/new")

    kept = json.loads((machine.home / ".config/helm/registry/config.json").read_text())
    assert list(kept["auths"][QUAY_HOST]) == ["identitytoken"]


def test_a_push_outlives_its_token(machine: Machine, registry: Registry) -> None:
    """The upload stays while the token of its beginning runs out; a new one finishes it."""
    host = registry.also_listen({"REGISTRY_TOKEN_SECONDS": str(TOKEN_SECONDS)})
    crane = machine.tool("crane")
    crane("auth", "login", host, "-u", USER, "--password-stdin", stdin=PASSWORD)
    ref = f"{host}/kept/slow:1.0"
    drip = f"for _ in $(seq {TOKEN_SECONDS + 5}); do head -c 100000 /dev/urandom; sleep 1; done"
    append = f"crane append --oci-empty-base --new_layer - --new_tag {ref}"

    machine.tool("sh", "-c", f"({drip}) | {append}")()

    assert len(json.loads(crane("manifest", ref).stdout)["layers"]) == 1
