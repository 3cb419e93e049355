"""Who may do what with a repository: roles, team roles, default permissions, as rows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    true,
)

from moorage.db import schema
from moorage.db.accounts_schema import prototypes, repository_permissions, robots
from moorage.db.engine import insert_new
from moorage.model.accounts import Actor, Role, TeamRole, cap, role_of_rank
from moorage.model.content import RepositoryState, Visibility

_r, _n, _t = schema.repositories.c, schema.namespaces.c, schema.teams.c
_m, _p = schema.team_members.c, repository_permissions.c


@dataclass(frozen=True, slots=True)
class Held:
    """A repository and the role that the caller's account holds there, by itself or by teams."""

    id: int
    name: str
    namespace_id: int
    visibility: Visibility
    state: RepositoryState
    role: Role | None


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace and what the caller is there."""

    id: int
    name: str
    is_organization: bool
    team_role: TeamRole | None
    """The strongest role of the caller's teams; ADMIN in the user's own namespace."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The repositories that `actor`'s account may pull, as a condition on `repositories`."""
    if sees_only_public(actor):
        return _r.visibility == Visibility.PUBLIC
    if actor.reads_everything:
        return true()
    user_id = actor.user_id
    assert user_id is not None
    administered = _teams_of(user_id).where(_t.role == TeamRole.ADMIN)
    # Not correlated: each list is read once, however many repositories are looked at.
    return or_(
        _r.visibility == Visibility.PUBLIC,
        _r.namespace_id == user_id,
        _r.namespace_id.in_(administered.with_only_columns(_t.organization_id)),
        _r.id.in_(select(_p.repository_id).where(_p.user_id == user_id)),
        _r.id.in_(
            select(_p.repository_id)
            .join(schema.team_members, _m.team_id == _p.team_id)
            .where(_m.user_id == user_id)
        ),
    )


def sees_only_public(actor: Actor) -> bool:
    return actor.user_id is None or cap(Role.READ, actor.scopes) is None


def find_held(tx: Connection, actor: Actor, name: str) -> Held | None:
    """A repository with the role of the caller's account, whatever the limits of its token."""
    user_id = actor.user_id if actor.user_id is not None else -1
    direct = select(_rank(_p.role)).where(_p.repository_id == _r.id, _p.user_id == user_id)
    # By the caller's few teams, never by an organization's or a repository's many: a list of ids,
    # and a sum that keeps the planner away from the other index.
    own_teams = select(_m.team_id).where(_m.user_id == user_id)
    by_team = select(func.max(_rank(_p.role))).where(
        _p.repository_id == _r.id, _p.team_id.in_(own_teams)
    )
    is_admin = (
        select(_t.id)
        .where(
            _t.id.in_(own_teams),
            _t.organization_id + 0 == _r.namespace_id,
            _t.role == TeamRole.ADMIN,
        )
        .exists()
    )
    row = tx.execute(
        select(
            _r.id,
            _r.namespace_id,
            _r.visibility,
            _r.state,
            case((or_(_r.namespace_id == user_id, is_admin), Role.ADMIN.rank), else_=0).label(
                "own"
            ),
            func.coalesce(direct.scalar_subquery(), 0).label("direct"),
            func.coalesce(by_team.scalar_subquery(), 0).label("by_team"),
        ).where(_r.name == name)
    ).first()
    if row is None:
        return None
    rank = max(row.own, row.direct, row.by_team)
    if actor.has_full_access:
        rank = Role.ADMIN.rank
    elif actor.reads_everything:
        rank = max(rank, Role.READ.rank)
    return Held(
        row.id,
        name,
        row.namespace_id,
        Visibility(row.visibility),
        RepositoryState(row.state),
        role_of_rank(rank),
    )


def find_place(tx: Connection, actor: Actor, namespace: str) -> Place | None:
    """A namespace and the caller's strongest team role there."""
    row = tx.execute(select(_n.id, _n.is_organization).where(_n.name == namespace)).first()
    if row is None:
        return None
    return Place(row.id, namespace, row.is_organization, _team_role(tx, actor, row.id))


def _team_role(tx: Connection, actor: Actor, namespace_id: int) -> TeamRole | None:
    if actor.user_id is None:
        return None
    if actor.has_full_access or actor.user_id == namespace_id:
        return TeamRole.ADMIN
    roles = set(
        tx.execute(
            _teams_of(actor.user_id)
            .with_only_columns(_t.role)
            .where(_t.organization_id == namespace_id)
        ).scalars()
    )
    return next((role for role in reversed(TeamRole) if role in roles), None)


def set_role(
    tx: Connection,
    repository_id: int,
    role: Role,
    *,
    user_id: int | None = None,
    team_id: int | None = None,
) -> None:
    """Give a user or a team a role, in place of the one it had."""
    remove_role(tx, repository_id, user_id=user_id, team_id=team_id)
    tx.execute(
        insert(repository_permissions).values(
            repository_id=repository_id, user_id=user_id, team_id=team_id, role=role
        )
    )


def remove_role(
    tx: Connection,
    repository_id: int,
    *,
    user_id: int | None = None,
    team_id: int | None = None,
) -> bool:
    whose = _p.user_id == user_id if user_id is not None else _p.team_id == team_id
    gone = tx.execute(
        delete(repository_permissions).where(_p.repository_id == repository_id, whose)
    )
    return gone.rowcount == 1


def apply_prototypes(
    tx: Connection, repository_id: int, namespace_id: int, creator_id: int
) -> None:
    """Grant what the namespace grants on every new repository, or on those of this creator."""
    c = prototypes.c
    rows = tx.execute(
        select(c.user_id, c.team_id, c.role)
        .where(
            c.namespace_id == namespace_id,
            or_(c.activating_user_id.is_(None), c.activating_user_id == creator_id),
        )
        .order_by(c.id)
    )
    for row in rows.all():
        granted = {"user_id": row.user_id, "team_id": row.team_id, "role": row.role}
        insert_new(tx, repository_permissions, repository_id=repository_id, **granted)


def _teams_of(user_id: int) -> Select[tuple[int]]:
    return select(_t.id).join(schema.team_members, _m.team_id == _t.id).where(_m.user_id == user_id)


def _rank(role: ColumnElement[str]) -> ColumnElement[int]:
    return case(*[(role == one, one.rank) for one in Role], else_=0)


@dataclass(frozen=True, slots=True)
class Permission:
    """A role of a user, robot or team in a repository."""

    holder_id: int
    name: str
    role: Role
    is_robot: bool = False


def list_user_roles(
    tx: Connection, repository_id: int, last_id: int, limit: int
) -> list[Permission]:
    """In the order of accounts, which is that of an index; names would have to be sorted."""
    query = _USER_ROLE.where(_p.repository_id == repository_id, _p.user_id > last_id)
    rows = tx.execute(query.order_by(_p.user_id).limit(limit))
    return [Permission(row[0], row[1], Role(row[2]), row[3]) for row in rows]


def list_team_roles(
    tx: Connection, repository_id: int, last_id: int, limit: int
) -> list[Permission]:
    query = _TEAM_ROLE.where(_p.repository_id == repository_id, _p.team_id > last_id)
    rows = tx.execute(query.order_by(_p.team_id).limit(limit))
    return [Permission(row[0], row[1], Role(row[2])) for row in rows]


def find_user_role(tx: Connection, repository_id: int, user_id: int) -> Role | None:
    found = tx.scalar(
        select(_p.role).where(_p.repository_id == repository_id, _p.user_id == user_id)
    )
    return Role(found) if found else None


def find_team_role(tx: Connection, repository_id: int, team_id: int) -> Role | None:
    found = tx.scalar(
        select(_p.role).where(_p.repository_id == repository_id, _p.team_id == team_id)
    )
    return Role(found) if found else None


def repositories_of(
    tx: Connection, *, user_id: int | None = None, team_id: int | None = None, limit: int
) -> list[tuple[str, Visibility, Role]]:
    """The repositories where a user, robot or team has a role."""
    whose = _p.user_id == user_id if user_id is not None else _p.team_id == team_id
    rows = tx.execute(
        select(_r.name, _r.visibility, _p.role)
        .join(repository_permissions, _p.repository_id == _r.id)
        .where(whose)
        .order_by(_r.name)
        .limit(limit)
    )
    return [(row[0], Visibility(row[1]), Role(row[2])) for row in rows]


_USER_ROLE = (
    select(_n.id, _n.name, _p.role, robots.c.id.is_not(None))
    .select_from(repository_permissions)
    .join(schema.namespaces, _n.id == _p.user_id)
    .outerjoin(robots, robots.c.id == _n.id)
)
_TEAM_ROLE = select(_t.id, _t.name, _p.role).join(repository_permissions, _p.team_id == _t.id)
