"""A layer of 1 GiB goes up and comes back; nobody holds it in memory or keeps it on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
from tests.clients.machine import Machine
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER, Registry

MEBIBYTE = 1024**2
LAYER_BYTES = 1024 * MEBIBYTE
MEMORY_BYTES = 200 * MEBIBYTE
"""What one process of the registry may hold meanwhile."""

LOGIN = ("login", "-u", USER, "--password-stdin")
CONFIG = "config.json:application/vnd.oci.image.config.v1+json"
LAYER = "large:application/vnd.oci.image.layer.v1.tar"


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("large")


@pytest.fixture
def large_file(machine: Machine) -> Iterator[Path]:
    """It is gone at the end, also when the test has failed."""
    path = machine.work / "large"
    yield path
    path.unlink(missing_ok=True)


def test_a_layer_of_one_gibibyte_comes_back_as_it_was(
    machine: Machine, registry: Registry, large_file: Path
) -> None:
    """Up by one PUT (oras), from one registry to another by PATCH (skopeo), and down."""
    elsewhere = registry.also_listen()
    digest = _write(large_file)
    (machine.work / "config.json").write_text("{}")
    first, second = f"{QUAY_HOST}/large/layer:1.0", f"{elsewhere}/large/copy:1.0"
    oras, skopeo = machine.tool("oras"), machine.tool("skopeo")
    for host in (QUAY_HOST, elsewhere):
        oras(*LOGIN, host, stdin=PASSWORD)
        skopeo(*LOGIN, host, stdin=PASSWORD)

    oras("push", first, "--config", CONFIG, LAYER, timeout_seconds=300)
    large_file.unlink()
    copy = ("copy", "--preserve-digests", f"docker://{first}", f"docker://{second}")
    skopeo(*copy, timeout_seconds=300)
    oras("pull", second, timeout_seconds=300)

    with large_file.open("rb") as pulled:
        assert hashlib.file_digest(pulled, "sha256").hexdigest() == digest
    assert _bytes_in(registry.folder / "data") < LAYER_BYTES + 10 * MEBIBYTE, "it is kept once"
    assert max(daemon.peak_memory_bytes() for daemon in registry.daemons) < MEMORY_BYTES


def _write(path: Path) -> str:
    """A layer that cannot be compressed; its sha256 in hex."""
    block, hashed = token_bytes(MEBIBYTE), hashlib.sha256()
    with path.open("wb") as target:
        for number in range(LAYER_BYTES // len(block)):
            piece = number.to_bytes(8, "big") + block[8:]
            hashed.update(piece)
            target.write(piece)
    return hashed.hexdigest()


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
