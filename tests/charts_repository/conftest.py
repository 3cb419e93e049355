"""A namespace of its own for each test, and users besides the superuser."""

from __future__ import annotations

import secrets
import time
from base64 import b64encode

import pytest
from sqlalchemy import Connection

from moorage.auth import passwords
from moorage.db import accounts, permissions, repositories
from moorage.model.accounts import Role
from moorage.model.content import Visibility
from tests.conftest import Client
from tests.database import write_rows
from tests.server import PASSWORD, Server, admin


@pytest.fixture
def place(server: Server) -> str:
    """An organization that the superuser owns."""
    name = f"charts{secrets.token_hex(4)}"

    def write(tx: Connection) -> None:
        owner = accounts.get_namespace(tx, "admin")
        assert accounts.create_organization(tx, name, owner, int(time.time() * 1000))

    write_rows(server, write)
    return name


@pytest.fixture(scope="session")
def token(server: Server) -> str:
    """An OAuth access token of the superuser, good for everything these tests do."""
    scopes = "repo:read repo:write repo:admin org:admin user:admin super:user"
    return admin(server, "token", "create", "--user", "admin", "--scope", scopes).strip()


@pytest.fixture(scope="session")
def stranger(server: Server) -> Client:
    """A user who belongs to no organization."""
    return make_user(server, "stranger")


def make_user(server: Server, name: str) -> Client:
    now_ms, hashed = int(time.time() * 1000), passwords.hashed(PASSWORD)
    assert write_rows(server, lambda tx: accounts.create_user(tx, name, "", hashed, False, now_ms))
    return client_of(server, name, PASSWORD)


def client_of(server: Server, name: str, password: str) -> Client:
    return Client(server, "Basic " + b64encode(f"{name}:{password}".encode()).decode())


def set_visibility(server: Server, name: str, visibility: str) -> None:
    wanted = Visibility(visibility)
    assert write_rows(server, lambda tx: repositories.set_visibility(tx, name, wanted))


def give(server: Server, user: str, name: str, role: str) -> None:
    """A role in a repository."""

    def write(tx: Connection) -> None:
        found = repositories.find_repository(tx, name)
        assert found is not None
        user_id = accounts.get_namespace(tx, user)
        permissions.set_role(tx, found.id, Role(role), user_id=user_id)

    write_rows(server, write)
