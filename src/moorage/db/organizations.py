"""Organizations, teams and their members as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from moorage.db import schema
from moorage.db.accounts_schema import repository_permissions, robots
from moorage.db.engine import insert_new
from moorage.model.accounts import TeamRole

_n, _t, _m, _r = (
    schema.namespaces.c,
    schema.teams.c,
    schema.team_members.c,
    schema.repositories.c,
)
_p = repository_permissions.c


@dataclass(frozen=True, slots=True)
class Organization:
    """A namespace; a user's own namespace as well, with `is_organization` False."""

    id: int
    name: str
    is_organization: bool
    email: str
    contact_email: str | None
    tag_expiration_seconds: int | None
    default_visibility: str | None


@dataclass(frozen=True, slots=True)
class Team:
    id: int
    name: str
    role: TeamRole
    description: str
    member_count: int = 0
    repo_count: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    name: str
    is_robot: bool


_ORGANIZATION = select(
    _n.id,
    _n.name,
    _n.is_organization,
    _n.email,
    _n.contact_email,
    _n.tag_expiration_seconds,
    _n.default_visibility,
)
_TEAM = select(_t.id, _t.name, _t.role, _t.description)
MEMBER = (
    select(_n.id, _n.name, robots.c.id.is_not(None))
    .select_from(schema.namespaces)
    .outerjoin(robots, robots.c.id == _n.id)
)


def find_namespace_row(tx: Connection, name: str) -> Organization | None:
    row = tx.execute(_ORGANIZATION.where(_n.name == name)).first()
    return Organization(*row) if row else None


def list_organizations(tx: Connection, last: str, limit: int) -> list[Organization]:
    query = _ORGANIZATION.where(_n.is_organization, _n.name > last).order_by(_n.name).limit(limit)
    return [Organization(*row) for row in tx.execute(query)]


def organizations_of(tx: Connection, user_id: int, limit: int) -> list[tuple[str, bool, bool]]:
    """Name, may create repositories there, administers it: of the organizations of a user."""
    rows = tx.execute(
        select(_n.name, _t.role)
        .join(schema.teams, _t.organization_id == _n.id)
        .join(schema.team_members, _m.team_id == _t.id)
        .where(_m.user_id == user_id)
        .order_by(_n.name)
        .limit(limit)
    )
    roles: dict[str, set[str]] = {}
    for row in rows:
        roles.setdefault(row.name, set()).add(row.role)
    return [
        (name, held != {TeamRole.MEMBER}, TeamRole.ADMIN in held) for name, held in roles.items()
    ]


def update_namespace(tx: Connection, namespace_id: int, values: dict[str, Any]) -> None:
    if values:
        tx.execute(update(schema.namespaces).where(_n.id == namespace_id).values(**values))


def rename_namespace(tx: Connection, namespace_id: int, old: str, new: str) -> bool:
    """Its name and those of its robots and repositories; False when the new one is taken.

    The namespace's row comes first: who makes something in it holds the row until it is made, and
    finds the old name gone afterwards. (accounts.hold_namespace)
    """
    try:
        with tx.begin_nested():
            tx.execute(update(schema.namespaces).where(_n.id == namespace_id).values(name=new))
    except IntegrityError:
        return False
    own_robots = select(robots.c.id).where(robots.c.namespace_id == namespace_id)
    tx.execute(
        update(schema.namespaces)
        .where(_n.id.in_(own_robots))
        .values(name=new + func.substr(_n.name, len(old) + 1))
    )
    tx.execute(
        update(schema.repositories)
        .where(_r.namespace_id == namespace_id)
        .values(
            name=new + func.substr(_r.name, len(old) + 1),
            # What was read of it holds the old name: charts' URLs, the search.
            revision=_r.revision + 1,
            is_indexed=False,
        )
    )
    return True


def remove_namespace(tx: Connection, namespace_id: int) -> None:
    """A namespace with everything in it; its robots' names become free again."""
    own_robots = select(robots.c.id).where(robots.c.namespace_id == namespace_id)
    tx.execute(delete(schema.namespaces).where(_n.id.in_(own_robots)))
    tx.execute(delete(schema.namespaces).where(_n.id == namespace_id))


def list_teams(
    tx: Connection, organization_id: int, last: str, limit: int, member_id: int | None = None
) -> list[Team]:
    """Teams in name order with their counts; with `member_id` only those of a member."""
    members = (
        select(func.count()).select_from(schema.team_members).where(_m.team_id == _t.id)
    ).scalar_subquery()
    held = (
        select(func.count()).select_from(repository_permissions).where(_p.team_id == _t.id)
    ).scalar_subquery()
    query = (
        _TEAM.add_columns(members, held)
        .where(_t.organization_id == organization_id, _t.name > last)
        .order_by(_t.name)
        .limit(limit)
    )
    if member_id is not None:
        query = query.where(_t.id.in_(select(_m.team_id).where(_m.user_id == member_id)))
    return [Team(r[0], r[1], TeamRole(r[2]), *r[3:]) for r in tx.execute(query)]


def find_team(tx: Connection, organization_id: int, name: str) -> Team | None:
    row = tx.execute(_TEAM.where(_t.organization_id == organization_id, _t.name == name)).first()
    return Team(row[0], row[1], TeamRole(row[2]), row[3]) if row else None


def add_team(
    tx: Connection, organization_id: int, name: str, role: TeamRole, description: str
) -> bool:
    return insert_new(
        tx,
        schema.teams,
        organization_id=organization_id,
        name=name,
        role=role,
        description=description,
    )


def update_team(tx: Connection, team_id: int, role: TeamRole, description: str) -> None:
    tx.execute(
        update(schema.teams).where(_t.id == team_id).values(role=role, description=description)
    )


def remove_team(tx: Connection, team_id: int) -> None:
    tx.execute(delete(schema.teams).where(_t.id == team_id))


def has_other_admin_team(tx: Connection, organization_id: int, team_id: int) -> bool:
    """Whether somebody would still administer the organization without this team."""
    query = (
        select(_t.id)
        .join(schema.team_members, _m.team_id == _t.id)
        .where(_t.organization_id == organization_id, _t.role == TeamRole.ADMIN, _t.id != team_id)
        .limit(1)
    )
    return tx.execute(query).first() is not None


def list_members(tx: Connection, team_id: int, last: str, limit: int) -> list[Member]:
    query = (
        MEMBER.join(schema.team_members, _m.user_id == _n.id)
        .where(_m.team_id == team_id, _n.name > last)
        .order_by(_n.name)
        .limit(limit)
    )
    return [Member(*row) for row in tx.execute(query)]


def add_member(tx: Connection, team_id: int, user_id: int) -> None:
    insert_new(tx, schema.team_members, team_id=team_id, user_id=user_id)


def remove_member(tx: Connection, team_id: int, user_id: int) -> bool:
    gone = tx.execute(
        delete(schema.team_members).where(_m.team_id == team_id, _m.user_id == user_id)
    )
    return gone.rowcount == 1


def count_members(tx: Connection, team_id: int) -> int:
    return (
        tx.scalar(
            select(func.count()).select_from(schema.team_members).where(_m.team_id == team_id)
        )
        or 0
    )


def members_in(tx: Connection, organization_id: int, user_ids: Iterable[int]) -> set[int]:
    """Which of the users are in a team of the organization, or robots of it.

    The sums keep planners from going through all teams and robots of a large organization.
    """
    ids = list(user_ids)
    if not ids:
        return set()
    in_team = (
        select(_m.user_id)
        .join(schema.teams, _t.id == _m.team_id)
        .where(_t.organization_id + 0 == organization_id, _m.user_id.in_(ids))
    )
    own = select(robots.c.id).where(
        robots.c.namespace_id + 0 == organization_id, robots.c.id.in_(ids)
    )
    return set(tx.execute(in_team.union(own)).scalars())


def list_people(
    tx: Connection, organization_id: int, last: str, limit: int, *, in_teams: bool
) -> list[Member]:
    """Users without robots: those in a team, or those with a permission and in no team."""
    team_ids = select(_m.user_id).join(schema.teams, _t.id == _m.team_id)
    in_team = _n.id.in_(team_ids.where(_t.organization_id == organization_id))
    query = MEMBER.where(robots.c.id.is_(None), _n.name > last).order_by(_n.name).limit(limit)
    if in_teams:
        return [Member(*row) for row in tx.execute(query.where(in_team))]
    granted = (
        select(_p.user_id)
        .join(schema.repositories, _r.id == _p.repository_id)
        .where(_r.namespace_id == organization_id, _p.user_id.is_not(None))
    )
    return [Member(*row) for row in tx.execute(query.where(~in_team, _n.id.in_(granted)))]


def teams_by_member(
    tx: Connection, organization_id: int, user_ids: list[int]
) -> dict[int, list[str]]:
    rows = tx.execute(
        select(_m.user_id, _t.name)
        .join(schema.teams, _t.id == _m.team_id)
        .where(_t.organization_id + 0 == organization_id, _m.user_id.in_(user_ids))
        .order_by(_t.name)
    )
    return _grouped(rows)


def repositories_by_user(
    tx: Connection, namespace_id: int, user_ids: list[int]
) -> dict[int, list[str]]:
    """Names, without the namespace, of the repositories where each user has a permission."""
    rows = tx.execute(
        select(_p.user_id, _r.name)
        .join(schema.repositories, _r.id == _p.repository_id)
        .where(_r.namespace_id == namespace_id, _p.user_id.in_(user_ids))
        .order_by(_r.name)
    )
    return {
        user_id: [name.partition("/")[2] for name in names]
        for user_id, names in _grouped(rows).items()
    }


def remove_from_organization(tx: Connection, organization_id: int, user_id: int) -> bool:
    """Take a user out of every team and every repository of an organization."""
    teams = select(_t.id).where(_t.organization_id == organization_id)
    held = select(_r.id).where(_r.namespace_id == organization_id)
    out = tx.execute(
        delete(schema.team_members).where(_m.user_id == user_id, _m.team_id.in_(teams))
    )
    lost = tx.execute(
        delete(repository_permissions).where(_p.user_id == user_id, _p.repository_id.in_(held))
    )
    return out.rowcount + lost.rowcount > 0


def _grouped(rows: Iterable[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return found
