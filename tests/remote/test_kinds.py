"""Charts in other shapes: in an index, of the old type, behind a classic index; and no charts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.remote.fault_registry import FaultRegistry, fault_registry
from tests.remote.person import Person

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture
def moorage(tmp_path: Path) -> Person:
    return Person.new(tmp_path)


@pytest.fixture
def registry() -> Iterator[FaultRegistry]:
    with fault_registry() as running:
        yield running


def put(registry: FaultRegistry, tag: str, kind: str, document: dict[str, object]) -> str:
    raw = json.dumps(document).encode()
    digest = f"sha256:{sha256(raw).hexdigest()}"
    registry.manifests[tag] = registry.manifests[digest] = (kind, raw)
    return digest


def image(registry: FaultRegistry, tag: str) -> str:
    blob = f"sha256:{sha256(b'{}').hexdigest()}"
    registry.blobs[blob] = b"{}"
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": blob, "size": 2}
    return put(registry, tag, MANIFEST, {"schemaVersion": 2, "config": config, "layers": []})


def test_an_image_is_no_chart(moorage: Person, registry: FaultRegistry) -> None:
    image(registry, "1.0.0")

    for command in (("pull", "oci://{}"), ("chart", "pull", "{}")):
        words = [word.format(f"{registry.host}/a/demo:1.0.0") for word in command]
        assert "is not a Helm chart" in moorage.fails(*words).stderr


def test_a_chart_beside_an_image_in_an_index_is_found(
    moorage: Person, registry: FaultRegistry
) -> None:
    archive = moorage.new_archive()
    moorage("push", archive, f"oci://{registry.host}/a")
    (moorage.work / archive).unlink()
    kind, raw = registry.manifests["1.2.3"]
    chart = f"sha256:{sha256(raw).hexdigest()}"
    children = [
        {"mediaType": kind, "digest": digest, "size": len(registry.manifests[digest][1])}
        for digest in (image(registry, "image"), chart)
    ]
    both = put(registry, "1.2.3", INDEX, {"schemaVersion": 2, "manifests": children})

    pulled = moorage("pull", f"oci://{registry.host}/a/demo:1.2.3")

    assert pulled.stdout.splitlines()[1] == f"Digest: {both}"
    assert (moorage.work / archive).is_file()


def test_a_chart_of_the_old_type_is_pulled_with_a_warning(
    moorage: Person, registry: FaultRegistry
) -> None:
    moorage.new_archive()
    moorage("chart", "save", "demo-folder", f"{registry.host}/a/demo")
    moorage("chart", "push", f"{registry.host}/a/demo:1.2.3")

    pulled = moorage("pull", f"oci://{registry.host}/a/demo")

    first = pulled.stdout.splitlines()[0]
    assert first == "Warning: chart media type application/tar+gzip is deprecated"


def test_a_classic_index_may_lead_into_a_registry(moorage: Person, registry: FaultRegistry) -> None:
    """And its digest is checked there too."""
    archive = moorage.new_archive(version="1.2.3+b1")
    content = (moorage.work / archive).read_bytes()
    moorage("push", archive, f"oci://{registry.host}/a")
    (moorage.work / archive).unlink()
    for digest in (sha256(content).hexdigest(), "0" * 64):
        entry = {
            "apiVersion": "v2",
            "name": "demo",
            "version": "1.2.3+b1",
            "urls": [f"oci://{registry.host}/a/demo:1.2.3_b1"],
            "digest": digest,
        }
        index = {"apiVersion": "v1", "entries": {"demo": [entry]}}
        registry.files["/index.yaml"] = json.dumps(index).encode()
        moorage("repo", "add", "site", f"http://{registry.host}", "--force-update")
        done = moorage.run("pull", "site/demo")

        assert (done.code == 0) is (digest != "0" * 64), done
        assert (moorage.work / archive).exists() is (done.code == 0)
        (moorage.work / archive).unlink(missing_ok=True)


def test_a_registry_is_searched(moorage: Person, registry: FaultRegistry) -> None:
    """Without a catalog a repository can still be named."""
    for version in ("1.0.0", "1.1.0", "2.0.0-rc.1"):
        moorage("push", moorage.new_archive(version=version), f"oci://{registry.host}/a")
    image(registry, "9.9.9")
    place = f"oci://{registry.host}/a/demo"

    newest = json.loads(moorage("search", "registry", place, "--version", "<9", "--json").stdout)
    every = moorage("search", "registry", place, "-l", "--devel")
    nothing = moorage("search", "registry", place, "unlike", "-l")
    unlisted = moorage.fails("search", "registry", f"oci://{registry.host}")

    assert [(one["name"], one["version"]) for one in newest] == [(place, "1.1.0")]
    assert [line.split()[1] for line in every.stdout.splitlines()[1:]] == [
        "2.0.0-rc.1",
        "1.1.0",
        "1.0.0",
    ]
    assert nothing.stdout == "No results found\n"
    assert "name one: moorage search registry" in unlisted.stderr


def test_a_repository_that_is_a_page_is_refused(moorage: Person, registry: FaultRegistry) -> None:
    registry.files["/index.yaml"] = b"<html><body>hello</body></html>"

    done = moorage.fails("repo", "add", "page", f"http://{registry.host}")

    assert "is not a valid chart repository or cannot be reached" in done.stderr
    assert not (moorage.home / ".config/helm/repositories.yaml").exists()
