"""A machine with Helm 3.8.1, then one with 4.3.1, and a namespace for each test."""

from __future__ import annotations

import re

import pytest
from tests.clients.helm_oci.place import Place, log_in
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import Registry


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("charts")


@pytest.fixture(params=["3.8.1", "4.3.1"])
def helm(request: pytest.FixtureRequest, machine: Machine) -> Tool:
    return machine.tool(f"helm-{request.param}")


@pytest.fixture
def logged_in(helm: Tool) -> Tool:
    log_in(helm)
    return helm


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    slug = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return Place(f"{QUAY_HOST}/charts/{slug}")
