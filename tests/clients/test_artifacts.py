"""What else a registry holds: large layers, policies, operator bundles, bills of materials."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.clients.images import INDEX, Layout, write_layout
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.podman import storage_of
from tests.clients.registry import PASSWORD, USER, Registry, tree_of

SHELF = f"{QUAY_HOST}/shelf"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
OPA_CONFIG = "application/vnd.cncf.openpolicyagent.config.v1+json"
OPA_LAYER = "application/vnd.cncf.openpolicyagent.layer.v1.tar+gzip"
POLICY = """\
package example

default allow := false

allow if input.user == "quayadmin"
"""
OPA_SETTINGS = """\
services:
  moorage:
    url: https://{host}
    type: oci
    credentials:
      bearer:
        scheme: Basic
        token: "{user}:{password}"
bundles:
  authz:
    service: moorage
    resource: {reference}
"""
BUNDLE_LABELS = {
    "operators.operatorframework.io.bundle.mediatype.v1": "registry+v1",
    "operators.operatorframework.io.bundle.manifests.v1": "manifests/",
    "operators.operatorframework.io.bundle.metadata.v1": "metadata/",
    "operators.operatorframework.io.bundle.package.v1": "example",
    "operators.operatorframework.io.bundle.channels.v1": "stable",
}


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("shelf")


@pytest.fixture
def oras(machine: Machine) -> Tool:
    tool = machine.tool("oras")
    tool("login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    return tool


def test_an_image_for_several_platforms_is_one_tag(oras: Tool) -> None:
    """Each client takes the image of its platform."""
    platforms = ("amd64", "arm64", "ppc64le", "s390x")
    layout = write_layout(oras.machine.work / "platforms", platforms=platforms)
    ref = _push_layout(oras, layout, "platforms")

    index = json.loads(oras("manifest", "fetch", ref).stdout)
    config = oras("manifest", "fetch-config", "--platform", "linux/s390x", ref)

    assert index["mediaType"] == INDEX
    assert len(index["manifests"]) == 4
    assert json.loads(config.stdout)["architecture"] == "s390x"


@pytest.mark.parametrize(
    ("config", "layer"), [(OPA_CONFIG, OPA_LAYER), (IMAGE_CONFIG, IMAGE_LAYER)]
)
def test_a_policy_bundle_is_pushed_and_pulled(oras: Tool, config: str, layer: str) -> None:
    """With the types of its own, and with those that OPA reads."""
    ref = _push_policy(oras, f"policy-{layer.split('.')[2]}", config, layer)

    oras("pull", ref, "--output", "back")
    manifest = json.loads(oras("manifest", "fetch", ref).stdout)

    assert manifest["config"]["mediaType"] == config
    assert [layer["mediaType"] for layer in manifest["layers"]] == [layer]
    pulled = (oras.machine.work / "back" / "bundle.tar.gz").read_bytes()
    assert pulled == (oras.machine.work / "bundle.tar.gz").read_bytes()


def test_opa_decides_by_a_bundle_of_the_registry(oras: Tool) -> None:
    """OPA itself fetches the private bundle, and what it says for two inputs differs."""
    ref = _push_policy(oras, "decided", IMAGE_CONFIG, IMAGE_LAYER)
    settings = OPA_SETTINGS.format(host=QUAY_HOST, user=USER, password=PASSWORD, reference=ref)
    (oras.machine.work / "settings.yaml").write_text(settings)
    for user in (USER, "mallory"):
        (oras.machine.work / f"{user}.json").write_text(json.dumps({"user": user}))
    opa = oras.machine.tool("opa", "exec", "--config-file", "settings.yaml", "--timeout", "30s")

    decided = opa("--decision", "example/allow", f"{USER}.json", "mallory.json")

    results = json.loads(decided.stdout)["result"]
    assert {result["path"]: result["result"] for result in results} == {
        f"{USER}.json": True,
        "mallory.json": False,
    }


def test_an_operator_bundle_is_built_pushed_and_read(
    new_machine: Callable[..., Machine],
) -> None:
    """An image from scratch with manifests, metadata and the labels that name them."""
    machine = new_machine(ca="/dev/null")
    buildah = machine.tool("buildah", *storage_of(machine))
    buildah("login", "-u", USER, "--password-stdin", QUAY_HOST, stdin=PASSWORD)
    _write_operator_bundle(machine.work)

    buildah("build", "--layers", "--tag", "bundle", ".")
    buildah("push", "bundle", f"docker://{SHELF}/example-bundle:v0.1.0")
    skopeo = machine.tool("skopeo")
    shown = json.loads(skopeo("inspect", f"docker://{SHELF}/example-bundle:v0.1.0").stdout)

    assert shown["Labels"].items() >= BUNDLE_LABELS.items()
    assert len(shown["Layers"]) == 2


def test_a_bill_of_materials_is_found_by_its_image(oras: Tool) -> None:
    """Attached to the image, discovered by whoever knows the image alone."""
    ref = _push_layout(oras, write_layout(oras.machine.work / "image"), "materials")
    (oras.machine.work / "sbom.spdx.json").write_text('{"spdxVersion":"SPDX-2.3"}\n')
    oras("attach", ref, "--artifact-type", "application/spdx+json", "sbom.spdx.json")

    found = json.loads(oras("discover", "--format", "json", ref).stdout)["referrers"]
    [sbom] = [entry for entry in found if entry["artifactType"] == "application/spdx+json"]
    oras("pull", f"{SHELF}/materials@{sbom['digest']}", "--output", "back")

    assert tree_of(oras.machine.work / "back") == ["sbom.spdx.json"]


def test_one_tag_can_hold_many_layers(oras: Tool) -> None:
    """Hundreds of small blobs, several at a time."""
    folder = oras.machine.work / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number:03}").write_text(f"{number}\n")
    names = [f"many/{path.name}" for path in sorted(folder.iterdir())]

    oras("push", f"{SHELF}/many:1.0", *names)
    oras("pull", f"{SHELF}/many:1.0", "--output", "back")

    assert tree_of(oras.machine.work / "back") == names


def _push_layout(oras: Tool, layout: Layout, name: str) -> str:
    ref = f"{SHELF}/{name}:1.0"
    oras("cp", "--from-oci-layout", f"{layout.folder}:{layout.tag}", ref)
    return ref


def _push_policy(oras: Tool, name: str, config: str, layer: str) -> str:
    """Build a bundle as OPA does, and push it."""
    work, ref = oras.machine.work, f"{SHELF}/{name}:1.0"
    (work / "policy.rego").write_text(POLICY)
    (work / "config.json").write_text("{}\n")
    oras.machine.tool("opa")("build", "--output", "bundle.tar.gz", "policy.rego")
    oras("push", ref, "--config", f"config.json:{config}", f"bundle.tar.gz:{layer}")
    return ref


def _write_operator_bundle(folder: Path) -> None:
    for name in ("manifests", "metadata"):
        (folder / name).mkdir()
    (folder / "manifests" / "example.clusterserviceversion.yaml").write_text(
        "apiVersion: operators.coreos.com/v1alpha1\n"
        "kind: ClusterServiceVersion\nmetadata:\n  name: example.v0.1.0\n"
    )
    annotations = "".join(f"  {key}: {value}\n" for key, value in BUNDLE_LABELS.items())
    (folder / "metadata" / "annotations.yaml").write_text(f"annotations:\n{annotations}")
    labels = "".join(f"LABEL {key}={value}\n" for key, value in BUNDLE_LABELS.items())
    (folder / "Containerfile").write_text(
        f"FROM scratch\n{labels}COPY manifests /manifests/\nCOPY metadata /metadata/\n"
    )
