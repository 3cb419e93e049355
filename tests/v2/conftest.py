"""Users besides the superuser."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.conftest import Client
from tests.server import Server, admin

ANN_PASSWORD = "ann's long password"
BOB_PASSWORD = "a+b $/&=%20#?é\"'\\:"
"""It needs every kind of quoting."""


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(scope="session")
def ann(server: Server) -> Client:
    """A user with nothing but her own namespace."""
    return _user(server, "ann", ANN_PASSWORD)


@pytest.fixture(scope="session")
def bob(server: Server) -> Client:
    """Another one."""
    return _user(server, "bob", BOB_PASSWORD)


def _user(server: Server, name: str, password: str) -> Client:
    admin(server, "user", "create", name, "--password-stdin", stdin=password)
    return Client(server, basic(name, password))
