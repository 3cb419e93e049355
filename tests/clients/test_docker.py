"""Docker against moorage: its daemon pushes schema 2, its client makes manifest lists."""

from __future__ import annotations

import json

import pytest
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry

FLEET = f"{QUAY_HOST}/fleet"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LOGIN_REFUSED = {
    "bearer": "unauthorized: Invalid Username or Password",
    "basic": "failed with status: 401 Unauthorized",
}
PULL_REFUSED = {"bearer": "pull access denied", "basic": "no basic auth credentials"}
CONTAINERFILE = """\
FROM scratch
COPY content /content
LABEL org.example.made-for="a test"
"""

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("fleet")


@pytest.fixture
def docker(dockerd: None, machine: Machine) -> Tool:
    """Logged in; a Dockerfile is there."""
    (machine.work / "Dockerfile").write_text(CONTAINERFILE)
    (machine.work / "content").write_text(f"{machine.home}\n")
    tool = machine.tool("docker", DOCKER_BUILDKIT="0", DOCKER_CLI_EXPERIMENTAL="enabled")
    tool("login", "-u", USER, "--password-stdin", QUAY_HOST, stdin=PASSWORD)
    return tool


def test_an_image_is_built_pushed_removed_and_pulled(docker: Tool) -> None:
    """It comes back with the same id, and is stored as the daemon pushed it."""
    ref = f"{FLEET}/built:1.0"
    built = _build(docker, ref)

    docker("push", ref)
    docker("rmi", ref)
    docker("pull", ref)

    assert _id_of(docker, ref) == built
    manifest = json.loads(docker("manifest", "inspect", ref).stdout)
    assert manifest["mediaType"] == DOCKER_MANIFEST


def test_an_image_is_pulled_by_its_digest(docker: Tool) -> None:
    ref = f"{FLEET}/pinned:1.0"
    built = _build(docker, ref)
    digest = _word_after("digest:", docker("push", ref).stdout)
    docker("rmi", ref)

    docker("pull", f"{FLEET}/pinned@{digest}")

    assert _id_of(docker, f"{FLEET}/pinned@{digest}") == built


def test_a_second_push_sends_no_layer(docker: Tool) -> None:
    """To another repository of the registry neither: the layer is mounted there."""
    again, elsewhere = f"{FLEET}/again:1.0", f"{FLEET}/elsewhere:1.0"
    _build(docker, again)
    docker("push", again)
    docker("tag", again, elsewhere)

    assert "Layer already exists" in docker("push", again).stdout
    assert "Mounted from fleet/again" in docker("push", elsewhere).stdout


def test_all_tags_of_a_repository_are_pushed_and_pulled(docker: Tool) -> None:
    repository = f"{FLEET}/tags"
    built = {_build(docker, f"{repository}:{tag}") for tag in ("1.0", "1.1")}

    docker("push", "--all-tags", repository)
    for tag in ("1.0", "1.1"):
        docker("rmi", f"{repository}:{tag}")
    docker("pull", "--all-tags", repository)

    assert {_id_of(docker, f"{repository}:{tag}") for tag in ("1.0", "1.1")} == built


def test_a_manifest_list_is_pushed_and_pulled(docker: Tool) -> None:
    """Put together by the client of images that are in the registry."""
    ref = f"{FLEET}/platforms"
    platforms = ("amd64", "arm64")
    built = []
    for name in platforms:
        (docker.machine.work / "content").write_text(f"{name}\n")
        built.append(_build(docker, f"{ref}:{name}"))
        docker("push", f"{ref}:{name}")

    docker("manifest", "create", f"{ref}:1.0", *(f"{ref}:{name}" for name in platforms))
    docker("manifest", "annotate", "--arch", "arm64", f"{ref}:1.0", f"{ref}:arm64")
    docker("manifest", "push", f"{ref}:1.0")
    docker("rmi", *(f"{ref}:{name}" for name in platforms))
    docker("pull", "--platform", "linux/arm64", f"{ref}:1.0")

    assert _id_of(docker, f"{ref}:1.0") == built[1] != built[0]


def test_a_wrong_password_is_refused(docker: Tool, registry: Registry) -> None:
    login = ("login", "-u", USER, "--password-stdin", QUAY_HOST)

    refused = docker.fails(*login, stdin="wrong-password")

    assert LOGIN_REFUSED[registry.scheme] in refused.stderr


def test_a_private_image_is_denied_after_the_logout(docker: Tool, registry: Registry) -> None:
    """Until it is made public; but a registry with Basic is never asked without a login."""
    ref = f"{FLEET}/private:1.0"
    _build(docker, ref)
    docker("push", ref)
    docker("logout", QUAY_HOST)
    docker("rmi", ref)

    denied = docker.fails("pull", ref)
    registry.make_public("fleet/private")
    public = docker.run("pull", ref)

    assert PULL_REFUSED[registry.scheme] in denied.stderr
    assert (public.code == 0) == (registry.scheme == "bearer"), public


def test_a_user_without_rights_cannot_push(docker: Tool, registry: Registry) -> None:
    registry.create_user("mallory", "mallory's-password")
    ref = f"{FLEET}/guarded:1.0"
    _build(docker, ref)
    login = ("login", "-u", "mallory", "--password-stdin", QUAY_HOST)
    docker(*login, stdin="mallory's-password")

    refused = docker.fails("push", ref)

    assert "denied: mallory has no push access to fleet/guarded" in refused.stderr, refused


def test_the_client_works_on_another_port(docker: Tool, registry: Registry) -> None:
    host = registry.also_listen()
    docker("login", "-u", USER, "--password-stdin", host, stdin=PASSWORD)
    ref = f"{host}/fleet/port:1.0"
    built = _build(docker, ref)

    docker("push", ref)
    docker("rmi", ref)
    docker("pull", ref)

    assert _id_of(docker, ref) == built


def _build(docker: Tool, ref: str) -> str:
    """The image's id."""
    docker("build", "--tag", ref, ".")
    return _id_of(docker, ref)


def _id_of(docker: Tool, ref: str) -> str:
    return docker("image", "inspect", "--format", "{{.Id}}", ref).stdout.strip()


def _word_after(label: str, text: str) -> str:
    words = text.split()
    return words[words.index(label) + 1]
