"""The example of docs/chart-client.md, run as it stands there, and the copy between registries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from moorage.oci.errors import RegistryError
from moorage.remote.client import Registry
from moorage.remote.copy import copy
from moorage.remote.errors import NotFound
from tests.remote.fault_registry import Fault, FaultRegistry, fault_registry
from tests.remote.person import Person

DOCUMENT = Path(__file__).parents[2] / "docs/chart-client.md"


def example() -> Callable[[Path, str, str, Path], str]:
    """`publish`, as the document defines it."""
    code = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert code
    names: dict[str, Callable[[Path, str, str, Path], str]] = {}
    exec(compile(code[1], str(DOCUMENT), "exec"), names)
    return names["publish"]


def test_the_documented_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person.new(tmp_path)
    person.new_archive()
    monkeypatch.setenv("HOME", str(person.home))
    with fault_registry() as registry:
        digest = example()(person.work / "demo-folder", registry.host, "a", tmp_path)

        assert f"sha256:{sha256(registry.manifests['stable'][1]).hexdigest()}" == digest
    assert (tmp_path / "demo-1.2.3.tgz").read_bytes() == (
        person.work / "demo-1.2.3.tgz"
    ).read_bytes()


def test_an_index_is_copied_with_all_it_holds(tmp_path: Path) -> None:
    """Byte for byte; a second copy sends no blob again."""
    with fault_registry() as source, fault_registry() as target:
        index = _put_index(source)
        repositories = [Registry(one.host).repository("a/demo") for one in (source, target)]

        digest = copy(repositories[0], "both", repositories[1], "both", tmp_path)
        copy(repositories[0], "both", repositories[1], "again", tmp_path)

        assert target.manifests["both"][1] == target.manifests[digest][1] == index
        assert target.blobs == source.blobs
        assert len(target.requests("PUT", "/uploads/")) == len(source.blobs)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_breaks_goes_on(tmp_path: Path) -> None:
    with fault_registry() as source, fault_registry() as target:
        _put_index(source)
        source.faults.append(Fault("GET", "/blobs/", cut_after=3))
        repositories = [Registry(one.host).repository("a/demo") for one in (source, target)]

        copy(repositories[0], "both", repositories[1], "both", tmp_path)

        assert target.blobs == source.blobs


def test_names_and_tags_are_checked_before_anything_is_sent() -> None:
    with fault_registry() as registry:
        with pytest.raises(RegistryError, match="not valid"):
            Registry(registry.host).repository("A/../b")
        with pytest.raises(NotFound, match="a/demo:x: not found"):
            Registry(registry.host).repository("a/demo").get_manifest("x")

        assert len(registry.seen) <= 2


def _put_index(registry: FaultRegistry) -> bytes:
    """An index, tagged `both`, of two images; the bytes of the index."""
    children = []
    for name in (b"one", b"two"):
        blob = f"sha256:{sha256(name).hexdigest()}"
        registry.blobs[blob] = name
        config = "application/vnd.oci.image.config.v1+json"
        layer = "application/vnd.oci.image.layer.v1.tar"
        kind = "application/vnd.oci.image.manifest.v1+json"
        raw = json.dumps(
            {
                "schemaVersion": 2,
                "config": {"mediaType": config, "digest": blob, "size": 3},
                "layers": [{"mediaType": layer, "digest": blob, "size": 3}],
            }
        ).encode()
        digest = f"sha256:{sha256(raw).hexdigest()}"
        registry.manifests[digest] = (kind, raw)
        children.append({"mediaType": kind, "digest": digest, "size": len(raw)})
    kind = "application/vnd.oci.image.index.v1+json"
    index = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": children}).encode()
    registry.manifests["both"] = (kind, index)
    return index
