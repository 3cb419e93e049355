"""What else a registry holds: large layers, policies, operator bundles, bills of materials."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes

import pytest
from tests.clients.images import INDEX, write_layout
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.podman import storage_of
from tests.clients.registry import PASSWORD, USER, Registry, tree_of

SHELF = f"{QUAY_HOST}/shelf"
GIBIBYTE = 1024**3
OPA_CONFIG = "application/vnd.cncf.openpolicyagent.config.v1+json"
OPA_LAYER = "application/vnd.cncf.openpolicyagent.layer.v1.tar+gzip"
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


def test_a_layer_of_one_gibibyte_comes_back_as_it_was(oras: Tool) -> None:
    """The client checks the digest of what it pulls; so do we."""
    work = oras.machine.work
    digest = _write_large_file(work / "large")

    oras("push", f"{SHELF}/large:1.0", "large:application/octet-stream", timeout_seconds=200)
    (work / "large").unlink()
    oras("pull", f"{SHELF}/large:1.0", timeout_seconds=200)

    with (work / "large").open("rb") as pulled:
        assert hashlib.file_digest(pulled, "sha256").hexdigest() == digest
    (work / "large").unlink()


def test_an_image_for_several_platforms_is_one_tag(oras: Tool) -> None:
    """Each client takes the image of its platform."""
    platforms = ("amd64", "arm64", "ppc64le", "s390x")
    layout = write_layout(oras.machine.work / "platforms", platforms=platforms)
    oras("cp", "--from-oci-layout", f"{layout.folder}:{layout.tag}", f"{SHELF}/platforms:1.0")

    index = json.loads(oras("manifest", "fetch", f"{SHELF}/platforms:1.0").stdout)
    chosen = ("manifest", "fetch-config", "--platform", "linux/s390x", f"{SHELF}/platforms:1.0")

    assert index["mediaType"] == INDEX
    assert json.loads(oras(*chosen).stdout)["architecture"] == "s390x"


def test_a_policy_bundle_is_pushed_and_pulled(oras: Tool) -> None:
    """As `opa` and `conftest` push it: a configuration of its own type and a tar archive."""
    (oras.machine.work / "config.json").write_text("{}\n")
    (oras.machine.work / "bundle.tar.gz").write_bytes(token_bytes(2000))
    config, bundle = f"config.json:{OPA_CONFIG}", f"bundle.tar.gz:{OPA_LAYER}"

    oras("push", f"{SHELF}/policy:1.0", "--config", config, bundle)
    oras("pull", f"{SHELF}/policy:1.0", "--output", "back")
    manifest = json.loads(oras("manifest", "fetch", f"{SHELF}/policy:1.0").stdout)

    assert manifest["config"]["mediaType"] == OPA_CONFIG
    assert [layer["mediaType"] for layer in manifest["layers"]] == [OPA_LAYER]
    assert tree_of(oras.machine.work / "back") == ["bundle.tar.gz"]


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
    """Attached by one client, discovered by another that knows the image alone."""
    layout = write_layout(oras.machine.work / "image")
    ref = f"{SHELF}/materials:1.0"
    oras("cp", "--from-oci-layout", f"{layout.folder}:{layout.tag}", ref)
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


def _write_large_file(path: Path) -> str:
    """Random enough not to be compressed away; the sha256 in hex."""
    block, hashed = token_bytes(1024**2), hashlib.sha256()
    with path.open("wb") as target:
        for number in range(GIBIBYTE // len(block)):
            piece = number.to_bytes(8, "big") + block[8:]
            hashed.update(piece)
            target.write(piece)
    return hashed.hexdigest()


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
