"""The names of the repositories that somebody may pull, in their order, page by page.

To walk through all names and ask of each is quick for those who see most of them, and reads the
whole registry for those who see few. So every reason to see a repository gives its own next names
by an index, and the first of all these are the page:

public        by visibility and name
namespaces    one's own and administered ones: the names of each lie side by side
permissions   one's own and those of one's teams: all that are left, if they are FEW; else the walk,
              which then soon finds some
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, select, union_all

from moorage.db import schema
from moorage.db.accounts_schema import repository_permissions
from moorage.db.permissions import sees_only_public, visible_to
from moorage.model.accounts import Actor, TeamRole
from moorage.model.content import Visibility

FEW = 2000
_BRANCHES = 50
"""Namespaces asked about in one statement."""

_r, _n, _t = schema.repositories.c, schema.namespaces.c, schema.teams.c
_m, _p = schema.team_members.c, repository_permissions.c


@dataclass(frozen=True, slots=True)
class NameRange:
    """Names after `after` and, if it is given, before `before`; `limit` of them."""

    after: str
    limit: int
    before: str | None = None

    def within(self, namespace: str) -> NameRange:
        """What of it lies in a namespace. One bound on each side: SQLite looks up no more."""
        # "0" is the sign after "/".
        end = f"{namespace}0"
        before = end if self.before is None else min(self.before, end)
        return NameRange(max(self.after, f"{namespace}/"), self.limit, before)

    @property
    def condition(self) -> ColumnElement[bool]:
        found = _r.name > self.after
        return found if self.before is None else found & (_r.name < self.before)

    def first(self, *conditions: ColumnElement[bool]) -> Select[str]:
        """The first names that meet the conditions, in order."""
        query = select(_r.name).where(self.condition, *conditions)
        return query.order_by(_r.name).limit(self.limit)


def visible_names(
    tx: Connection, actor: Actor, wanted: NameRange, *, public_only: bool = False
) -> list[str]:
    """The first names of a range that the caller's account may pull."""
    public = wanted.first(_r.visibility == Visibility.PUBLIC)
    if public_only or sees_only_public(actor):
        return list(tx.execute(public).scalars())
    walk = wanted.first(visible_to(actor))
    if actor.reads_everything:
        return list(tx.execute(walk).scalars())
    permitted = _permitted(tx, actor, wanted)
    if len(permitted) > FEW:
        return list(tx.execute(walk).scalars())
    branches = [public, *_in_namespaces(tx, actor, wanted)]
    found = set(permitted)
    for start in range(0, len(branches), _BRANCHES):
        found.update(tx.execute(_together(branches[start : start + _BRANCHES])).scalars())
    return sorted(found)[: wanted.limit]


def _permitted(tx: Connection, actor: Actor, wanted: NameRange) -> list[str]:
    """The names with a permission, in no order: by the caller's, never by the registry's."""
    query = select(_r.name).join(repository_permissions, _p.repository_id == _r.id)
    own = query.where(_p.user_id == actor.user_id, wanted.condition)
    own_teams = select(_m.team_id).where(_m.user_id == actor.user_id)
    by_team = query.where(_p.team_id.in_(own_teams), wanted.condition)
    return list(tx.execute(union_all(own, by_team).limit(FEW + 1)).scalars())


def _in_namespaces(tx: Connection, actor: Actor, wanted: NameRange) -> list[Select[str]]:
    administered = (
        select(_t.organization_id)
        .join(schema.team_members, _m.team_id == _t.id)
        .where(_m.user_id == actor.user_id, _t.role == TeamRole.ADMIN)
    )
    # Not joined by OR, for which PostgreSQL would read the whole table.
    own = select(_n.name).where(_n.id == actor.user_id)
    others = select(_n.name).where(_n.id.in_(administered))
    names = tx.execute(union_all(own, others)).scalars()
    ranges = [wanted.within(name) for name in names]
    return [found.first() for found in ranges if found.after < (found.before or "")]


def _together(branches: list[Select[str]]) -> Select[str]:
    parts = [select(branch.subquery().c.name) for branch in branches]
    return union_all(*parts) if len(parts) > 1 else parts[0]  # type: ignore[return-value]
