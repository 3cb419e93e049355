"""The pages of names that somebody may see are the walk through all names, cut into pieces."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from moorage.db import accounts_schema, permissions, schema
from moorage.db.visible import NameRange, visible_names
from moorage.model.accounts import ANONYMOUS, Actor, Role, TeamRole
from moorage.settings import load_settings
from moorage.wiring import migrate_database
from tests.conftest import DATABASES
from tests.database import write_in
from tests.postgres_server import new_database

# Signs before and after "/" in byte order: the names of one namespace must stay side by side.
NAMESPACES = ("ann", "ann-b", "ann.c", "ann0", "bob", "org", "org-2", "org2")
USERS = ("ann", "bob")
REPOSITORIES = 150


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    flags: dict[str, object] = {"DATA_FOLDER": tmp_path}
    if request.param == "postgres":
        flags["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    settings = load_settings(None, flags)
    migrate_database(settings)
    yield settings.database_url


def test_pages_together_are_what_may_be_pulled(database_url: str) -> None:
    actors = write_in(database_url, _fill)

    for actor, namespace in product(actors, (None, "ann", "org")):
        paged, walked = write_in(database_url, lambda tx: _names(tx, actor, namespace))  # noqa: B023
        assert paged == walked, (actor.name, namespace)
        assert paged != [] or namespace is not None


def _names(tx: Connection, actor: Actor, namespace: str | None) -> tuple[list[str], list[str]]:
    whole = NameRange("", 10_000)
    if namespace is not None:
        whole = whole.within(namespace)
    walked = list(tx.execute(whole.first(permissions.visible_to(actor))).scalars())
    paged: list[str] = []
    while page := visible_names(tx, actor, NameRange(whole.after, 7, whole.before)):
        paged += page
        whole = NameRange(page[-1], 7, whole.before)
    return paged, walked


def _fill(tx: Connection) -> list[Actor]:
    """Some of everything: public, owned, administered, permitted by oneself and by a team."""
    chance = random.Random(1)
    ids = {name: _add(tx, name, name not in USERS) for name in NAMESPACES}
    teams = [_add_team(tx, ids["org"], TeamRole.ADMIN), _add_team(tx, ids["bob"], TeamRole.MEMBER)]
    for team_id in teams:
        members = insert(schema.team_members)
        tx.execute(members.values(team_id=team_id, user_id=ids["ann"]))
    for number in range(REPOSITORIES):
        name = chance.choice(NAMESPACES)
        visibility = "public" if chance.random() < 0.1 else "private"
        values = {"namespace_id": ids[name], "name": f"{name}/r{number}", "visibility": visibility}
        tx.execute(insert(schema.repositories).values(created_ms=1, **values))
        repository_id = tx.execute(
            select(schema.repositories.c.id).where(
                schema.repositories.c.name == f"{name}/r{number}"
            )
        ).scalar_one()
        holder = chance.choice([{"user_id": ids["ann"]}, {"team_id": teams[1]}, {}, {}, {}])
        if holder:
            row = {"repository_id": repository_id, "role": Role.READ} | holder
            tx.execute(insert(accounts_schema.repository_permissions).values(**row))
    known = [Actor(ids[name], name) for name in USERS]
    return [ANONYMOUS, *known, Actor(ids["bob"], "reads all", reads_everything=True)]


def _add(tx: Connection, name: str, is_organization: bool) -> int:
    row = {"name": name, "is_organization": is_organization, "created_ms": 1}
    added = tx.execute(insert(schema.namespaces).values(**row).returning(schema.namespaces.c.id))
    namespace_id: int = added.scalar_one()
    if not is_organization:
        user = {"id": namespace_id, "password_hash": "x", "is_superuser": False}
        tx.execute(insert(schema.users).values(**user))
    return namespace_id


def _add_team(tx: Connection, organization_id: int, role: TeamRole) -> int:
    row = {"organization_id": organization_id, "name": "team", "role": role}
    team_id: int = tx.execute(
        insert(schema.teams).values(**row).returning(schema.teams.c.id)
    ).scalar_one()
    return team_id
