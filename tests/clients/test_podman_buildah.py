"""podman and buildah against moorage: log in, build from nothing, push, pull, manifest lists."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST, REGISTRY_HOST
from tests.clients.podman import storage_of
from tests.clients.proxy import running_proxy
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry

CLUSTER = f"{QUAY_HOST}/cluster"
CONTAINERFILE = """\
FROM scratch
COPY content /content
LABEL org.example.made-for="a test"
"""

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("cluster")


@pytest.fixture
def machine(new_machine: Callable[..., Machine]) -> Machine:
    """It trusts the CA by /etc/containers/certs.d alone; a Containerfile is there."""
    machine = new_machine(ca="/dev/null")
    (machine.work / "Containerfile").write_text(CONTAINERFILE)
    (machine.work / "content").write_text("hello\n")
    return machine


@pytest.fixture
def podman(machine: Machine) -> Tool:
    return _logged_in(machine, "podman")


@pytest.fixture
def buildah(machine: Machine) -> Tool:
    return _logged_in(machine, "buildah")


def test_an_image_is_built_pushed_removed_and_pulled(podman: Tool) -> None:
    """It comes back with the same id, which is the digest of its configuration."""
    ref = f"{CLUSTER}/built:1.0"
    podman("build", "--tag", ref, ".")
    built = _id_of(podman, ref)

    podman("push", ref)
    podman("rmi", ref)
    podman("pull", ref)

    assert _id_of(podman, ref) == built


def test_an_image_is_pulled_by_its_digest(podman: Tool) -> None:
    ref = f"{CLUSTER}/pinned:1.0"
    podman("build", "--tag", ref, ".")
    built = _id_of(podman, ref)
    podman("push", "--digestfile", "digest", ref)
    podman("rmi", ref)

    pinned = f"{CLUSTER}/pinned@{podman.machine.read('digest')}"
    podman("pull", pinned)

    assert _id_of(podman, pinned) == built


def test_a_second_push_sends_no_layer(podman: Tool, registry: Registry) -> None:
    """To another repository of the registry neither: the layer is mounted there."""
    with running_proxy(registry, podman.machine.home.parent) as proxy:
        podman("login", "-u", USER, "--password-stdin", proxy.host, stdin=PASSWORD)
        again, elsewhere = (f"{proxy.host}/cluster/{name}:1.0" for name in ("again", "elsewhere"))
        podman("build", "--tag", again, ".")
        podman("push", again)
        proxy.forget()

        podman("push", again)
        first_again = proxy.requests()
        podman("push", again, f"docker://{elsewhere}")

        assert not any("/blobs/uploads/" in request for request in first_again), first_again
        uploads = [request for request in proxy.requests() if "/blobs/uploads/" in request]
        assert any("mount=" in request and request.endswith(" 201") for request in uploads)
        # The configuration is sent, as podman never mounts it.
        assert [request.split()[0] for request in uploads].count("PATCH") == 1, uploads


@pytest.mark.parametrize("format", ["oci", "v2s2"])
def test_an_image_is_pushed_in_both_formats(podman: Tool, format: str) -> None:
    ref = f"{CLUSTER}/{format}:1.0"
    podman("build", "--tag", ref, ".")
    podman("push", "--format", format, ref)
    podman("rmi", ref)

    podman("pull", ref)
    shown = json.loads(podman("image", "inspect", ref).stdout)

    assert shown[0]["Labels"]["org.example.made-for"] == "a test"


def test_a_manifest_list_is_pushed_with_all_its_images(podman: Tool) -> None:
    ref = f"{CLUSTER}/platforms:1.0"
    platforms = "linux/amd64,linux/arm64"
    # Without the cache, or all platforms share the first one's image.
    podman("build", "--no-cache", "--platform", platforms, "--manifest", "platforms", ".")

    podman("manifest", "push", "--all", "platforms", f"docker://{ref}")
    podman("rmi", "--all", "--force")
    listed = json.loads(podman("manifest", "inspect", ref).stdout)
    podman("pull", "--arch", "arm64", ref)
    shown = json.loads(podman("image", "inspect", ref).stdout)

    assert shown[0]["Architecture"] == "arm64"
    architectures = [entry["platform"]["architecture"] for entry in listed["manifests"]]
    assert sorted(architectures) == ["amd64", "arm64"]


def test_tags_are_listed(podman: Tool) -> None:
    for tag in ("1.0", "1.1"):
        podman("build", "--tag", f"{CLUSTER}/listed:{tag}", ".")
        podman("push", f"{CLUSTER}/listed:{tag}")

    shown = podman("search", "--list-tags", f"{CLUSTER}/listed")

    assert [line.split()[-1] for line in shown.lines] == ["TAG", "1.0", "1.1"]


def test_a_wrong_password_is_refused(podman: Tool) -> None:
    login = ("login", QUAY_HOST, "-u", USER, "--password-stdin")

    refused = podman.fails(*login, stdin="wrong-password")

    assert "invalid username/password" in refused.stderr


def test_a_private_image_is_denied_after_the_logout(podman: Tool, registry: Registry) -> None:
    """Until it is made public."""
    ref = f"{CLUSTER}/private:1.0"
    podman("build", "--tag", ref, ".")
    podman("push", ref)
    podman("logout", QUAY_HOST)
    podman("rmi", ref)

    denied = podman.fails("pull", ref)
    registry.make_public("cluster/private")

    assert "unauthorized" in denied.stderr
    podman("pull", ref)


def test_a_user_without_rights_cannot_push(podman: Tool, registry: Registry) -> None:
    registry.create_user("mallory", "mallory's-password")
    podman("build", "--tag", "image", ".")
    login = ("login", QUAY_HOST, "-u", "mallory", "--password-stdin")
    podman(*login, stdin="mallory's-password")

    refused = podman.fails("push", "image", f"docker://{CLUSTER}/guarded:1.0")

    assert "403 (Forbidden)" in refused.stderr or "unauthorized" in refused.stderr, refused


@pytest.mark.parametrize("tls", [True, False])
def test_the_client_works_on_another_port(podman: Tool, registry: Registry, tls: bool) -> None:
    """Also over plain HTTP, when it is told not to verify."""
    host = registry.also_listen(tls=tls)
    verify = f"--tls-verify={str(tls).lower()}"
    podman("login", verify, "-u", USER, "--password-stdin", host, stdin=PASSWORD)
    ref = f"{host}/cluster/port-{tls}:1.0".lower()
    podman("build", "--tag", ref, ".")
    built = _id_of(podman, ref)

    podman("push", verify, ref)
    podman("rmi", ref)
    podman("pull", verify, ref)

    assert _id_of(podman, ref) == built


def test_an_unknown_ca_is_refused(podman: Tool) -> None:
    """certs.d has no entry for this host."""
    refused = podman.fails("pull", f"{REGISTRY_HOST}/cluster/any:1.0")

    assert "x509: certificate signed by unknown authority" in refused.stderr


def test_buildah_commits_and_pushes_a_container(buildah: Tool) -> None:
    """Built step by step, without a Containerfile."""
    ref = f"{CLUSTER}/committed:1.0"
    container = buildah("from", "scratch").stdout.strip()
    buildah("copy", container, "content", "/content")
    buildah("config", "--label", "org.example.made-for=a test", container)
    buildah("commit", container, "committed")

    buildah("push", "committed", f"docker://{ref}")
    buildah("rmi", "--all", "--force")
    buildah("pull", ref)
    shown = json.loads(buildah("inspect", "--type", "image", ref).stdout)

    assert shown["OCIv1"]["config"]["Labels"]["org.example.made-for"] == "a test"


def test_buildah_builds_on_an_image_of_the_registry(buildah: Tool) -> None:
    """The base is pulled for it, and its layer is not pushed again."""
    base, derived = f"{CLUSTER}/base:1.0", f"{CLUSTER}/derived:1.0"
    buildah("build", "--tag", base, ".")
    buildah("push", base)
    buildah("rmi", "--all", "--force")
    (buildah.machine.work / "Containerfile").write_text(f"FROM {base}\nCOPY content /more\n")

    buildah("build", "--tag", derived, ".")
    buildah("push", derived)
    shown = json.loads(buildah("inspect", "--type", "image", derived).stdout)

    assert len(shown["OCIv1"]["rootfs"]["diff_ids"]) == 2


def test_buildah_pushes_a_manifest_list(buildah: Tool) -> None:
    ref = f"{CLUSTER}/buildah-platforms:1.0"
    buildah("build", "--platform", "linux/amd64,linux/s390x", "--manifest", "platforms", ".")

    buildah("manifest", "push", "--all", "platforms", f"docker://{ref}")
    buildah("rmi", "--all", "--force")
    listed = json.loads(buildah("manifest", "inspect", ref).stdout)

    architectures = [entry["platform"]["architecture"] for entry in listed["manifests"]]
    assert sorted(architectures) == ["amd64", "s390x"]


def _logged_in(machine: Machine, program: str) -> Tool:
    tool = machine.tool(program, *storage_of(machine), BUILDAH_ISOLATION="chroot")
    tool("login", "-u", USER, "--password-stdin", QUAY_HOST, stdin=PASSWORD)
    return tool


def _id_of(podman: Tool, ref: str) -> str:
    return podman("image", "inspect", "--format", "{{.Id}}", ref).stdout.strip()
