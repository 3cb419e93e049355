"""Users, robots and organizations by the beginning of their names, and who may know of them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from moorage.db import schema
from moorage.db.accounts_schema import robots
from moorage.db.organizations import MEMBER, Member
from moorage.db.permissions import visible_to
from moorage.model.accounts import Actor

_n, _t = schema.namespaces.c, schema.teams.c
_m, _r = schema.team_members.c, schema.repositories.c


def organizations(actor: Actor | None) -> ColumnElement[bool]:
    """Organizations, as a condition on namespaces: those where `actor` is a member or may see a
    repository, or all of them."""
    if actor is None:
        return and_(_n.is_organization)
    seen = select(_r.id).where(_r.namespace_id == _n.id, visible_to(actor)).exists()
    own = select(_t.organization_id).join(schema.team_members, _m.team_id == _t.id)
    mine = own.where(_m.user_id == (-1 if actor.user_id is None else actor.user_id))
    return and_(_n.is_organization, or_(_n.id.in_(mine), seen))


def is_known(tx: Connection, actor: Actor, organization_id: int) -> bool:
    query = select(_n.id).where(_n.id == organization_id, organizations(actor))
    return tx.execute(query).first() is not None


def find_entities(
    tx: Connection, prefix: str, condition: ColumnElement[bool], limit: int
) -> list[tuple[Member, bool]]:
    """Users, robots and organizations by the beginning of their name; whether an organization."""
    rows = tx.execute(
        MEMBER.add_columns(_n.is_organization)
        .where(_n.name >= prefix, _n.name < prefix + "\U0010ffff", condition)
        .order_by(_n.name)
        .limit(limit)
    )
    return [(Member(row[0], row[1], row[2]), row[3]) for row in rows]


def owned_or_person(namespace_id: int | None) -> ColumnElement[bool]:
    """People, and the robots of one namespace."""
    own = robots.c.namespace_id == (namespace_id or -1)
    return and_(~_n.is_organization, or_(robots.c.id.is_(None), own))
