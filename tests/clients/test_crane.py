"""crane against moorage: streamed pushes, validation, catalog, copies, indexes."""

from __future__ import annotations

import json

import pytest
from tests.clients.images import INDEX, write_layout
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry, tree_of

BUILDS = f"{QUAY_HOST}/builds"
pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("builds")


@pytest.fixture
def crane(machine: Machine) -> Tool:
    """Logged in; an image is in the folder `image`, one of two platforms in `platforms`."""
    write_layout(machine.work / "image")
    write_layout(machine.work / "platforms", platforms=("amd64", "arm64"))
    tool = machine.tool("crane")
    _log_in(tool, QUAY_HOST)
    return tool


def test_an_image_is_pushed_validated_and_pulled(crane: Tool) -> None:
    ref = f"{BUILDS}/image:1.0"
    pushed = crane("push", "image", ref).stdout.strip()

    crane("validate", "--remote", ref)
    crane("pull", "--format", "oci", ref, "back")

    assert pushed == f"{BUILDS}/image@{crane('digest', ref).stdout.strip()}"
    assert tree_of(crane.machine.work / "back/blobs") == tree_of(crane.machine.work / "image/blobs")


def test_an_index_is_pushed_validated_and_pulled(crane: Tool) -> None:
    ref = f"{BUILDS}/platforms:1.0"
    crane("push", "platforms", ref)

    crane("validate", "--remote", ref)
    crane("pull", "--format", "oci", ref, "back")

    assert json.loads(crane("manifest", ref).stdout)["mediaType"] == INDEX
    for platform in ("amd64", "arm64"):
        config = crane("config", "--platform", f"linux/{platform}", ref)
        assert json.loads(config.stdout)["architecture"] == platform


def test_an_index_is_made_of_images_in_the_registry(crane: Tool) -> None:
    crane("push", "image", f"{BUILDS}/parts:amd64")

    crane("index", "append", "-m", f"{BUILDS}/parts:amd64", "-t", f"{BUILDS}/parts:all")

    index = json.loads(crane("manifest", f"{BUILDS}/parts:all").stdout)
    digest = crane("digest", f"{BUILDS}/parts:amd64").stdout.strip()
    assert [entry["digest"] for entry in index["manifests"]] == [digest]


def test_a_layer_is_streamed_onto_an_image(crane: Tool) -> None:
    """Its digest is known only when it has been sent."""
    base, ref = f"{BUILDS}/streamed:base", f"{BUILDS}/streamed:more"
    crane("push", "image", base)

    crane("append", "--base", base, "--new_tag", ref, "--new_layer", "-", stdin="no archive")

    assert len(json.loads(crane("manifest", ref).stdout)["layers"]) == 2


def test_labels_are_changed_in_the_registry(crane: Tool) -> None:
    ref = f"{BUILDS}/labelled:1.0"
    crane("push", "image", ref)

    crane("mutate", "--label", "org.example.stage=test", "--tag", ref, ref)

    labels = json.loads(crane("config", ref).stdout)["config"]["Labels"]
    assert labels["org.example.stage"] == "test"


def test_an_image_is_copied_and_tagged(crane: Tool) -> None:
    source, target = f"{BUILDS}/source:1.0", f"{BUILDS}/target:1.0"
    crane("push", "platforms", source)

    crane("copy", source, target)
    crane("tag", target, "latest")

    assert crane("ls", f"{BUILDS}/target").lines == ["1.0", "latest"]
    assert crane("digest", target).stdout == crane("digest", source).stdout


def test_all_tags_of_a_repository_are_copied(crane: Tool) -> None:
    for tag in ("1.0", "1.1", "1.2"):
        crane("push", "image", f"{BUILDS}/every:{tag}")

    crane("copy", "--all-tags", f"{BUILDS}/every", f"{BUILDS}/each")

    assert crane("ls", f"{BUILDS}/each").lines == ["1.0", "1.1", "1.2"]


def test_a_tag_and_a_manifest_are_deleted(crane: Tool) -> None:
    """Deleting by tag leaves the manifest; by digest it goes."""
    repository = f"{BUILDS}/deleted"
    for tag in ("1.0", "latest"):
        crane("push", "image", f"{repository}:{tag}")
    digest = crane("digest", f"{repository}:1.0").stdout.strip()

    crane("delete", f"{repository}:1.0")
    left = crane("ls", repository).lines
    crane("delete", f"{repository}@{digest}")

    assert left == ["latest"]
    assert "MANIFEST_UNKNOWN" in crane.fails("manifest", f"{repository}:latest").stderr


def test_the_catalog_lists_what_the_user_may_see(crane: Tool, registry: Registry) -> None:
    crane("push", "image", f"{BUILDS}/listed:1.0")
    registry.create_user("mallory", "mallory's-password")

    own = crane("catalog", QUAY_HOST).lines
    _log_in(crane, QUAY_HOST, "mallory", "mallory's-password")
    others = crane("catalog", QUAY_HOST).lines

    assert "builds/listed" in own
    assert others == []


def test_a_wrong_password_is_refused(crane: Tool) -> None:
    """The client keeps any password; the registry tells at the first use."""
    _log_in(crane, QUAY_HOST, USER, "wrong-password")

    refused = crane.fails("ls", f"{BUILDS}/refused")

    assert "UNAUTHORIZED: Invalid Username or Password" in refused.stderr


def test_a_private_image_is_denied_after_the_logout(crane: Tool, registry: Registry) -> None:
    """Until it is made public."""
    ref = f"{BUILDS}/private:1.0"
    crane("push", "image", ref)
    crane("auth", "logout", QUAY_HOST)

    denied = crane.fails("digest", ref)
    registry.make_public("builds/private")
    crane("pull", "--format", "oci", ref, "back")

    assert "401 Unauthorized" in denied.stderr


def test_an_unknown_ca_is_refused(distrusting_machine: Machine) -> None:
    refused = distrusting_machine.tool("crane").fails("digest", f"{BUILDS}/any:1.0")

    assert "x509: certificate signed by unknown authority" in refused.stderr


def test_the_client_works_on_another_port(crane: Tool, registry: Registry) -> None:
    host = registry.also_listen()
    _log_in(crane, host)

    crane("push", "platforms", f"{host}/builds/port:1.0")

    crane("validate", "--remote", f"{host}/builds/port:1.0")


def test_plain_http_works_when_it_is_asked_for(crane: Tool, registry: Registry) -> None:
    host, plain = registry.also_listen(tls=False), "--insecure"
    _log_in(crane, host)

    crane("push", "platforms", f"{host}/builds/plain:1.0", plain)

    crane("validate", "--remote", f"{host}/builds/plain:1.0", plain)


def _log_in(crane: Tool, host: str, user: str = USER, password: str = PASSWORD) -> None:
    crane("auth", "login", host, "-u", user, "--password-stdin", stdin=password)
