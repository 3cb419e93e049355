"""Users, organizations, teams and signing keys as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from moorage.db import schema
from moorage.db.accounts_schema import robots
from moorage.db.engine import insert_new
from moorage.model.accounts import User
from moorage.model.content import Visibility


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    private_pem: str


USER = (
    select(
        schema.users.c.id,
        schema.namespaces.c.name,
        schema.users.c.is_superuser,
        schema.users.c.password_hash,
        schema.users.c.email,
        schema.users.c.is_enabled,
        robots.c.id.is_not(None).label("is_robot"),
    )
    .select_from(schema.users)
    .join(schema.namespaces, schema.namespaces.c.id == schema.users.c.id)
    .outerjoin(robots, robots.c.id == schema.users.c.id)
    .where(schema.users.c.is_enabled)
)
"""Enabled users and robots; extended by those who look one up by another credential."""


def user_of_row(row: Row[*tuple[Any, ...]]) -> User:
    return User(*row[:7])


def find_user(tx: Connection, name: str) -> User | None:
    """An enabled user or robot."""
    row = tx.execute(USER.where(schema.namespaces.c.name == name)).first()
    return user_of_row(row) if row else None


def find_user_by_id(tx: Connection, user_id: int) -> User | None:
    row = tx.execute(USER.where(schema.users.c.id == user_id)).first()
    return user_of_row(row) if row else None


def list_users(tx: Connection) -> list[User]:
    """Enabled people, without robots."""
    query = USER.where(robots.c.id.is_(None)).order_by(schema.namespaces.c.name)
    return [user_of_row(row) for row in tx.execute(query)]


def has_users(tx: Connection) -> bool:
    return tx.execute(select(schema.users.c.id).limit(1)).first() is not None


def lock_first_user(tx: Connection) -> None:
    """Let one transaction at a time decide that there is no user yet."""
    tx.execute(select(schema.signing_keys.c.kid).with_for_update()).all()


def create_namespace(tx: Connection, name: str, is_organization: bool, now_ms: int) -> int | None:
    """The new namespace's id, or None when the name is taken."""
    if not insert_new(
        tx, schema.namespaces, name=name, is_organization=is_organization, created_ms=now_ms
    ):
        return None
    return find_namespace(tx, name)


def find_namespace(tx: Connection, name: str) -> int | None:
    return tx.scalar(select(schema.namespaces.c.id).where(schema.namespaces.c.name == name))


def get_namespace(tx: Connection, name: str) -> int:
    """The id of a namespace that exists."""
    found = find_namespace(tx, name)
    if found is None:
        raise LookupError(f"no namespace {name}")
    return found


def hold_namespace(tx: Connection, namespace_id: int, name: str) -> bool:
    """Keep a namespace's name until this transaction ends; False when it has another one by now.

    SQLite has one writer at a time, and nothing to lock.
    """
    _n = schema.namespaces.c
    query = select(_n.id).where(_n.id == namespace_id, _n.name == name)
    return tx.execute(query.with_for_update(read=True)).first() is not None


def default_visibility(tx: Connection, namespace_id: int) -> Visibility | None:
    """What an organization wants new repositories to be, or None for the registry's rule."""
    found = tx.scalar(
        select(schema.namespaces.c.default_visibility).where(schema.namespaces.c.id == namespace_id)
    )
    return Visibility(found) if found else None


def create_user(
    tx: Connection, name: str, email: str, password_hash: str, is_superuser: bool, now_ms: int
) -> bool:
    """False when the name is taken."""
    namespace_id = create_namespace(tx, name, False, now_ms)
    if namespace_id is None:
        return False
    tx.execute(
        insert(schema.users).values(
            id=namespace_id, email=email, password_hash=password_hash, is_superuser=is_superuser
        )
    )
    return True


def set_password(tx: Connection, user_id: int, password_hash: str) -> None:
    tx.execute(
        update(schema.users).where(schema.users.c.id == user_id).values(password_hash=password_hash)
    )


def create_organization(tx: Connection, name: str, owner_id: int, now_ms: int) -> bool:
    """An organization with the team `owners` (role admin); False when the name is taken."""
    organization_id = create_namespace(tx, name, True, now_ms)
    if organization_id is None:
        return False
    team_id = tx.execute(
        insert(schema.teams)
        .values(organization_id=organization_id, name="owners", role="admin")
        .returning(schema.teams.c.id)
    ).scalar_one()
    tx.execute(insert(schema.team_members).values(team_id=team_id, user_id=owner_id))
    return True


def signing_keys(tx: Connection) -> list[SigningKey]:
    """All keys whose tokens are accepted, the one that signs first."""
    rows = tx.execute(
        select(schema.signing_keys.c.kid, schema.signing_keys.c.private_pem).order_by(
            schema.signing_keys.c.created_ms.desc(), schema.signing_keys.c.kid
        )
    )
    return [SigningKey(*row) for row in rows]


def add_signing_key(tx: Connection, key: SigningKey, now_ms: int, kept: int) -> None:
    """Add a key that signs from now on; only the newest `kept` keys stay accepted."""
    tx.execute(
        insert(schema.signing_keys).values(
            kid=key.kid, private_pem=key.private_pem, created_ms=now_ms
        )
    )
    old = [known.kid for known in signing_keys(tx)[kept:]]
    tx.execute(delete(schema.signing_keys).where(schema.signing_keys.c.kid.in_(old)))
