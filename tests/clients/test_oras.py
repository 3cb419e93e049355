"""oras against moorage: the command line with referrers, and the Python library."""

from __future__ import annotations

import json

import pytest
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry, tree_of

FILES = f"{QUAY_HOST}/files"
SBOM, SIGNATURE = "application/spdx+json", "application/vnd.example.signature"
DENIED = {"bearer": "unauthorized", "basic": "basic credential not found"}
API = ("--distribution-spec", "v1.1-referrers-api")
LOGIN = ("login", QUAY_HOST, "-u", USER, "--password-stdin")

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("files")


@pytest.fixture
def oras(machine: Machine) -> Tool:
    """Logged in; three small files are in the working folder."""
    for name in ("notes.txt", "sbom.json", "signature"):
        (machine.work / name).write_text(f"{name}\n")
    tool = machine.tool("oras")
    assert tool(*LOGIN, stdin=PASSWORD).stdout == "Login Succeeded\n"
    return tool


def test_files_are_pushed_and_pulled(oras: Tool) -> None:
    """With their names, media types and the annotations of the whole."""
    ref = f"{FILES}/plain:1.0"
    noted = ("--annotation", "org.example.made-for=a test")
    typed = ("--artifact-type", "application/vnd.example")
    oras("push", ref, *typed, *noted, "notes.txt:text/plain", "sbom.json")

    oras("pull", ref, "--output", "back")
    manifest = json.loads(oras("manifest", "fetch", ref).stdout)

    assert tree_of(oras.machine.work / "back") == ["notes.txt", "sbom.json"]
    assert manifest["artifactType"] == "application/vnd.example"
    assert manifest["annotations"]["org.example.made-for"] == "a test"
    assert manifest["layers"][0]["mediaType"] == "text/plain"


def test_several_tags_are_pushed_at_once_and_added_later(oras: Tool) -> None:
    ref = f"{FILES}/tagged"
    oras("push", f"{ref}:1.0,1.0.0,latest", "notes.txt")

    oras("tag", f"{ref}:1.0", "stable", "2026")

    assert oras("repo", "tags", ref).lines == ["1.0", "1.0.0", "2026", "latest", "stable"]
    digests = {oras("resolve", f"{ref}:{tag}").stdout for tag in ("1.0.0", "latest", "stable")}
    assert len(digests) == 1


def test_artifacts_attached_to_an_artifact_are_discovered(oras: Tool) -> None:
    """By the referrers API alone; a filter by type is the server's."""
    ref = _push_with_two_referrers(oras, "subject")

    every = _referrers(oras, ref, *API)
    sboms = _referrers(oras, ref, *API, "--artifact-type", SBOM)

    assert sorted(kind for kind, _ in every) == [SBOM, SIGNATURE]
    assert [kind for kind, _ in sboms] == [SBOM]


def test_an_attached_artifact_is_pulled_by_its_digest(oras: Tool) -> None:
    ref = _push_with_two_referrers(oras, "attached")
    [(_, digest)] = _referrers(oras, ref, *API, "--artifact-type", SIGNATURE)

    oras("pull", f"{FILES}/attached@{digest}", "--output", "back")

    assert tree_of(oras.machine.work / "back") == ["signature"]


def test_an_artifact_is_copied_with_all_that_refers_to_it(oras: Tool) -> None:
    """To another repository, by `cp -r`."""
    ref = _push_with_two_referrers(oras, "original")

    oras("cp", "-r", ref, f"{FILES}/copy:1.0")

    assert sorted(_referrers(oras, f"{FILES}/copy:1.0", *API)) == sorted(
        _referrers(oras, ref, *API)
    )


def test_a_repository_is_backed_up_and_restored(oras: Tool) -> None:
    ref = _push_with_two_referrers(oras, "precious")
    oras("backup", "--include-referrers", "--output", "backup.tar", ref)

    oras("restore", "--input", "backup.tar", f"{FILES}/restored:1.0")

    restored = f"{FILES}/restored:1.0"
    assert oras("resolve", restored).stdout == oras("resolve", ref).stdout
    assert len(_referrers(oras, restored, *API)) == 2


def test_a_blob_is_pushed_fetched_and_deleted(oras: Tool) -> None:
    repository = f"{FILES}/blobs"
    shown = oras("blob", "push", "--descriptor", repository, "notes.txt")
    digest = json.loads(shown.stdout)["digest"]

    fetched = oras("blob", "fetch", "--output", "-", f"{repository}@{digest}")
    oras("blob", "delete", "--force", f"{repository}@{digest}")
    gone = oras.fails("blob", "fetch", "--output", "-", f"{repository}@{digest}")

    assert fetched.stdout == "notes.txt\n"
    assert "not found" in gone.stderr


def test_a_manifest_is_pushed_fetched_and_deleted(oras: Tool) -> None:
    """Byte for byte, blanks and unknown keys included."""
    repository = f"{FILES}/manifests"
    oras("push", f"{repository}:1.0", "notes.txt")
    written = oras("manifest", "fetch", f"{repository}:1.0").stdout.rstrip() + "  \n"
    (oras.machine.work / "manifest.json").write_text(written)

    oras("manifest", "push", f"{repository}:2.0", "manifest.json")
    fetched = oras("manifest", "fetch", f"{repository}:2.0").stdout
    oras("manifest", "delete", "--force", f"{repository}:2.0")

    assert fetched == written
    assert "not found" in oras.fails("manifest", "fetch", f"{repository}:2.0").stderr
    oras("manifest", "fetch", f"{repository}:1.0")


def test_an_index_is_made_of_manifests_in_the_registry(oras: Tool) -> None:
    repository = f"{FILES}/index"
    for name in ("notes.txt", "signature"):
        oras("push", f"{repository}:{name}", name)

    oras("manifest", "index", "create", f"{repository}:1.0", "notes.txt", "signature")
    index = json.loads(oras("manifest", "fetch", f"{repository}:1.0").stdout)

    digests = [entry["digest"] for entry in index["manifests"]]
    tags = ("notes.txt", "signature")
    assert digests == [oras("resolve", f"{repository}:{tag}").stdout.strip() for tag in tags]


def test_the_repositories_of_the_registry_are_listed(oras: Tool, registry: Registry) -> None:
    """In pages of two, which this client follows."""
    host = registry.also_listen({"V2_PAGINATION_SIZE": "2"})
    oras("login", host, "-u", USER, "--password-stdin", stdin=PASSWORD)
    names = [f"files/listed-{letter}" for letter in "abcde"]
    for name in names:
        oras("push", f"{QUAY_HOST}/{name}:1.0", "notes.txt")

    listed = oras("repo", "ls", host).lines

    assert [name for name in listed if name in names] == names


def test_a_wrong_password_shows_the_servers_message(oras: Tool) -> None:
    refused = oras.fails(*LOGIN, stdin="wrong-password")

    assert "Invalid Username or Password" in refused.stderr


def test_a_private_artifact_is_denied_after_the_logout(oras: Tool, registry: Registry) -> None:
    """Until it is made public."""
    ref = f"{FILES}/private:1.0"
    oras("push", ref, "notes.txt")
    oras("logout", QUAY_HOST)

    denied = oras.fails("pull", ref)
    registry.make_public("files/private")
    oras("pull", ref, "--output", "back")

    assert DENIED[registry.scheme] in denied.stderr
    assert tree_of(oras.machine.work / "back") == ["notes.txt"]


def test_the_client_works_on_another_port(oras: Tool, registry: Registry) -> None:
    host = registry.also_listen()
    oras("login", host, "-u", USER, "--password-stdin", stdin=PASSWORD)

    oras("push", f"{host}/files/port:1.0", "notes.txt")
    oras("pull", f"{host}/files/port:1.0", "--output", "back")

    assert tree_of(oras.machine.work / "back") == ["notes.txt"]


def test_plain_http_works_when_it_is_asked_for(oras: Tool, registry: Registry) -> None:
    host, plain = registry.also_listen(tls=False), "--plain-http"
    oras("login", host, "-u", USER, "--password-stdin", plain, stdin=PASSWORD)

    oras("push", f"{host}/files/plain:1.0", "notes.txt", plain)
    oras("pull", f"{host}/files/plain:1.0", "--output", "back", plain)

    assert tree_of(oras.machine.work / "back") == ["notes.txt"]


def test_the_ca_can_be_named_by_a_flag(distrusting_machine: Machine, registry: Registry) -> None:
    """And without it the server is not trusted."""
    oras = distrusting_machine.tool("oras")

    refused = oras.fails(*LOGIN, stdin=PASSWORD)
    oras(*LOGIN, "--ca-file", str(registry.authority.ca), stdin=PASSWORD)

    assert "x509: certificate signed by unknown authority" in refused.stderr


def _push_with_two_referrers(oras: Tool, name: str) -> str:
    ref = f"{FILES}/{name}:1.0"
    oras("push", ref, "notes.txt")
    oras("attach", ref, "--artifact-type", SBOM, "sbom.json")
    oras("attach", ref, "--artifact-type", SIGNATURE, "signature")
    return ref


def _referrers(oras: Tool, ref: str, *options: str) -> list[tuple[str, str]]:
    """Artifact type and digest of what refers to `ref`."""
    shown = json.loads(oras("discover", "--format", "json", *options, ref).stdout)
    return [(entry["artifactType"], entry["digest"]) for entry in shown["referrers"]]
