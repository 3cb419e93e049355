"""skopeo against moorage: copies in both formats, lists, deletes, mirrors whole repositories."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.clients.images import INDEX, MANIFEST, Layout, write_layout
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST, REGISTRY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry, tree_of

APPS = f"docker://{QUAY_HOST}/apps"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("apps")


@pytest.fixture
def skopeo(new_machine: Callable[..., Machine]) -> Tool:
    """Logged in; it trusts the CA by /etc/containers/certs.d alone."""
    machine = new_machine(ca="/dev/null")
    auth = str(machine.home / "auth.json")
    tool = machine.tool("skopeo", REGISTRY_AUTH_FILE=auth)
    tool("login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    return tool


@pytest.fixture
def image(skopeo: Tool) -> Layout:
    return write_layout(skopeo.machine.work / "image")


def test_an_image_comes_back_as_it_was_pushed(skopeo: Tool, image: Layout) -> None:
    skopeo("copy", image.reference, f"{APPS}/same:1.0")

    skopeo("copy", f"{APPS}/same:1.0", "oci:back:1.0")

    assert _digest(skopeo, f"{APPS}/same:1.0") == image.digest
    assert tree_of(skopeo.machine.work / "back" / "blobs") == tree_of(image.folder / "blobs")


def test_an_image_is_pulled_by_its_digest(skopeo: Tool, image: Layout) -> None:
    skopeo("copy", image.reference, f"{APPS}/pinned:1.0")

    skopeo("copy", f"{APPS}/pinned@{image.digest}", "oci:back:1.0")

    assert tree_of(skopeo.machine.work / "back" / "blobs") == tree_of(image.folder / "blobs")


def test_an_image_is_converted_to_docker_and_back(skopeo: Tool, image: Layout) -> None:
    """On its way into the registry, and between two repositories of it."""
    skopeo("copy", "--format", "v2s2", image.reference, f"{APPS}/docker:1.0")
    skopeo("copy", "--format", "oci", f"{APPS}/docker:1.0", f"{APPS}/oci:1.0")

    assert _raw(skopeo, f"{APPS}/docker:1.0")["mediaType"] == DOCKER_MANIFEST
    assert _raw(skopeo, f"{APPS}/oci:1.0").get("mediaType", MANIFEST) == MANIFEST
    assert _raw(skopeo, f"{APPS}/oci:1.0")["layers"] == _manifest(image)["layers"]


def test_an_image_is_inspected(skopeo: Tool, image: Layout) -> None:
    skopeo("copy", image.reference, f"{APPS}/inspected:1.0")

    shown = json.loads(skopeo("inspect", f"{APPS}/inspected:1.0").stdout)

    assert shown["Name"] == f"{QUAY_HOST}/apps/inspected"
    assert shown["RepoTags"] == ["1.0"]
    assert shown["Labels"] == {"org.example.made-for": "a test"}


def test_an_image_goes_from_one_repository_to_another(skopeo: Tool, image: Layout) -> None:
    skopeo("copy", image.reference, f"{APPS}/source:1.0")

    skopeo("copy", f"{APPS}/source:1.0", f"{APPS}/target:2.0")

    assert _digest(skopeo, f"{APPS}/target:2.0") == image.digest


def test_an_index_is_copied_with_all_its_images(skopeo: Tool) -> None:
    layout = write_layout(skopeo.machine.work / "all", platforms=("amd64", "arm64", "s390x"))
    skopeo("copy", "--all", layout.reference, f"{APPS}/platforms:1.0")

    skopeo("copy", "--all", f"{APPS}/platforms:1.0", "oci:back:1.0")
    arm = json.loads(skopeo("--override-arch", "arm64", "inspect", f"{APPS}/platforms:1.0").stdout)

    assert _raw(skopeo, f"{APPS}/platforms:1.0")["mediaType"] == INDEX
    assert _digest(skopeo, f"{APPS}/platforms:1.0") == layout.digest
    assert tree_of(skopeo.machine.work / "back" / "blobs") == tree_of(layout.folder / "blobs")
    assert arm["Architecture"] == "arm64"


def test_tags_are_listed_in_order(skopeo: Tool, image: Layout) -> None:
    for tag in ("b", "1.0", "a"):
        skopeo("copy", image.reference, f"{APPS}/tags:{tag}")

    assert json.loads(skopeo("list-tags", f"{APPS}/tags").stdout)["Tags"] == ["1.0", "a", "b"]


def test_a_deleted_image_is_gone_with_its_tags(skopeo: Tool, image: Layout) -> None:
    """skopeo deletes the manifest; another image of the repository stays."""
    other = write_layout(skopeo.machine.work / "other", content=b"other\n")
    for layout, tag in ((image, "1.0"), (image, "latest"), (other, "2.0")):
        skopeo("copy", layout.reference, f"{APPS}/deleted:{tag}")

    skopeo("delete", f"{APPS}/deleted:1.0")
    failed = skopeo.fails("inspect", f"{APPS}/deleted:latest")

    assert "manifest unknown" in failed.stderr
    assert json.loads(skopeo("list-tags", f"{APPS}/deleted").stdout)["Tags"] == ["2.0"]


def test_a_repository_is_mirrored_to_a_folder_and_back(skopeo: Tool, image: Layout) -> None:
    """`sync` takes every tag."""
    for tag in ("1.0", "1.1"):
        skopeo("copy", image.reference, f"{APPS}/mirrored:{tag}")

    source, target = f"{QUAY_HOST}/apps/mirrored", f"{QUAY_HOST}/apps/mirror"
    skopeo("sync", "--src", "docker", "--dest", "dir", source, "folder")
    skopeo("sync", "--src", "dir", "--dest", "docker", "folder", target)

    for tag in ("1.0", "1.1"):
        assert _digest(skopeo, f"docker://{target}/mirrored:{tag}") == image.digest


def test_a_wrong_password_is_refused(skopeo: Tool) -> None:
    login = ("login", QUAY_HOST, "-u", USER, "--password-stdin")

    refused = skopeo.fails(*login, stdin="wrong-password")

    assert "invalid username/password" in refused.stderr


def test_a_private_image_is_denied_after_the_logout(
    skopeo: Tool, image: Layout, registry: Registry
) -> None:
    """Until it is made public."""
    skopeo("copy", image.reference, f"{APPS}/private:1.0")
    skopeo("logout", QUAY_HOST)

    denied = skopeo.fails("inspect", f"{APPS}/private:1.0")
    registry.make_public("apps/private")

    assert "unauthorized" in denied.stderr
    assert _digest(skopeo, f"{APPS}/private:1.0") == image.digest


def test_an_unknown_ca_is_refused(skopeo: Tool) -> None:
    """certs.d has no entry for this host."""
    refused = skopeo.fails("inspect", f"docker://{REGISTRY_HOST}/apps/any:1.0")

    assert "x509: certificate signed by unknown authority" in refused.stderr


def test_a_user_without_rights_can_neither_pull_nor_push(
    skopeo: Tool, image: Layout, registry: Registry
) -> None:
    skopeo("copy", image.reference, f"{APPS}/guarded:1.0")
    registry.create_user("mallory", "mallory's-password")
    login = ("login", QUAY_HOST, "-u", "mallory", "--password-stdin")
    skopeo(*login, stdin="mallory's-password")

    pull = skopeo.fails("inspect", f"{APPS}/guarded:1.0")
    push = skopeo.fails("copy", image.reference, f"{APPS}/guarded:2.0")

    assert "denied: mallory has no pull access to apps/guarded" in pull.stderr, pull
    assert "403 (Forbidden)" in push.stderr, push


@pytest.mark.parametrize("tls", [True, False])
def test_the_client_works_on_another_port(
    skopeo: Tool, image: Layout, registry: Registry, tls: bool
) -> None:
    """Also over plain HTTP, when it is told not to verify."""
    host = registry.also_listen(tls=tls)
    verify = f"--tls-verify={str(tls).lower()}"
    skopeo("login", verify, host, "-u", USER, "--password-stdin", stdin=PASSWORD)
    there = f"docker://{host}/apps/port-{tls}:1.0".lower()

    skopeo("copy", f"--dest-{verify[2:]}", image.reference, there)
    skopeo("copy", f"--src-{verify[2:]}", there, "oci:back:1.0")

    assert tree_of(skopeo.machine.work / "back" / "blobs") == tree_of(image.folder / "blobs")


def _digest(skopeo: Tool, reference: str) -> str:
    return skopeo("inspect", "--format", "{{.Digest}}", reference).stdout.strip()


def _raw(skopeo: Tool, reference: str) -> dict[str, object]:
    manifest: dict[str, object] = json.loads(skopeo("inspect", "--raw", reference).stdout)
    return manifest


def _manifest(image: Layout) -> dict[str, object]:
    manifest: dict[str, object] = json.loads(image.blob(image.digest))
    return manifest
