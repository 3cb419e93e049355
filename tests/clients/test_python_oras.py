"""The Python library oras against moorage."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from secrets import token_bytes

import pytest
from tests.clients.machine import Machine
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry

PROGRAM = str(Path(__file__).with_name("python_oras_client.py"))

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("files")


@pytest.mark.parametrize("transport", ["https", "http"])
def test_files_are_pushed_attached_listed_and_pulled(
    machine: Machine, registry: Registry, transport: str
) -> None:
    """A small file at once, a larger one by PATCH in chunks, and one attached to another."""
    host = QUAY_HOST if transport == "https" else registry.also_listen(tls=False)
    (machine.work / "small").write_text("small\n")
    (machine.work / "large").write_bytes(token_bytes(12_000_000))
    client = machine.tool(sys.executable, PROGRAM)
    name = f"files/python-{transport}"

    shown = client(host, USER, PASSWORD, name, registry.scheme, transport)

    assert json.loads(shown.lines[-1]) == {
        "tags": ["large", "note", "small"],
        "annotations": {"org.example.made-for": "a test"},
        "referrers": ["application/vnd.unknown.config.v1+json"],
    }
    for file in ("small", "large"):
        pulled = (machine.work / "back" / file).read_bytes()
        assert pulled == (machine.work / file).read_bytes()
