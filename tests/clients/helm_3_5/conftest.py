"""A machine with Helm 3.5.4, and the organization that the documentation begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.clients.helm_3_5.chart_commands import fetch_chart, helm_on, log_in
from tests.clients.machine import Machine, Tool
from tests.clients.registry import Registry


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    """The one step that is done in the server: the organization `helm`."""
    return registry.create_organization("helm")


@pytest.fixture
def helm(machine: Machine) -> Tool:
    return helm_on(machine)


@pytest.fixture
def logged_in(helm: Tool) -> Tool:
    log_in(helm)
    return helm


@pytest.fixture
def chart(machine: Machine, classic_repository: str) -> Path:
    """The chart's folder, as `helm pull --untar` leaves it in the working folder."""
    fetch_chart(helm_on(machine), classic_repository)
    return machine.work / "etherpad"
