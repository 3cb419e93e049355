"""Organizations: create, show, change, remove; who belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from moorage.db import accounts, blobs, entities, logs, organizations
from moorage.db import permissions as rows
from moorage.db.organizations import Member, Organization, Team
from moorage.model.accounts import Actor, Scope, TeamRole
from moorage.model.errors import NotFound
from moorage.oci.errors import Denied, RequestInvalid
from moorage.registry import access, audit
from moorage.registry.context import Registry
from moorage.registry.users import NAME_TAKEN, require_name

TEAMS_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization as the caller may see it; `teams` only for its members."""

    organization: Organization
    role: TeamRole | None
    teams: list[Team]
    sees_teams: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A member or collaborator with its teams and repositories."""

    member: Member
    teams: list[str]
    repositories: list[str]


async def create_organization(
    registry: Registry, actor: Actor, name: str, email: str, contact_email: str | None
) -> None:
    """The caller owns it, through the team `owners`."""
    user_id = access.require_login(actor, Scope.ORG_ADMIN)
    if registry.rules.only_superusers_create_organizations and not actor.is_superuser:
        raise Denied("Unauthorized: FEATURE_SUPERUSERS_ORG_CREATION_ONLY is on")
    require_name(name)
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        if not accounts.create_organization(tx, name, user_id, now_ms):
            raise RequestInvalid(NAME_TAKEN)
        namespace_id = accounts.get_namespace(tx, name)
        values = {"email": email, "contact_email": contact_email}
        organizations.update_namespace(tx, namespace_id, values)
        place = (namespace_id, name)
        line = audit.line(actor, "org_create", now_ms, namespace=place, email=email)
        logs.add_lines(tx, [line])

    await registry.db.write(write)
    registry.revocations.note()


async def get_organization(registry: Registry, actor: Actor, name: str) -> OrganizationView:
    """Its name, for who may see anything in it, and more for its members.

    Raises NotFound for a missing one, and for one where nothing is to be seen.
    """
    if actor.rejected is not None or (
        actor.user_id is None and not registry.rules.anonymous_access
    ):
        access.require_login(actor)

    def read(tx: Connection) -> OrganizationView:
        found = organizations.find_namespace_row(tx, name)
        if found is None or not found.is_organization:
            raise NotFound("Not Found")
        place = rows.find_place(tx, actor, name)
        is_scoped = actor.scopes is None or Scope.ORG_ADMIN in actor.scopes
        role = place.team_role if place is not None and is_scoped else None
        sees_all = role is TeamRole.ADMIN or (actor.reads_everything and is_scoped)
        if role is None and not sees_all:
            if not access.knows_all_names(actor) and not entities.is_known(tx, actor, found.id):
                raise NotFound("Not Found")
            return OrganizationView(found, None, [], sees_teams=False)
        mine = None if sees_all else actor.user_id
        teams = organizations.list_teams(tx, found.id, "", TEAMS_SHOWN, mine)
        return OrganizationView(found, role, teams, sees_teams=True)

    return await registry.db.read(read)


async def update_organization(
    registry: Registry, actor: Actor, name: str, values: dict[str, Any]
) -> None:
    """Change email, contact_email, tag_expiration_seconds, default_visibility."""
    seconds = values.get("tag_expiration_seconds")
    if seconds is not None:
        if not registry.rules.changes_tag_expiration:
            raise RequestInvalid("FEATURE_CHANGE_TAG_EXPIRATION is off")
        if seconds not in registry.rules.tag_expiration_options:
            raise RequestInvalid("Invalid tag expiration option")
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place = access.require_place(tx, actor, name, TeamRole.ADMIN)
        organizations.update_namespace(tx, place.id, values)
        kind = "org_change_tag_expiration" if seconds is not None else "org_change_details"
        line = audit.line(actor, kind, now_ms, namespace=(place.id, name), **values)
        logs.add_lines(tx, [line])

    await registry.db.write(write)


async def remove_organization(registry: Registry, actor: Actor, name: str) -> None:
    """An organization with everything in it."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place = access.require_place(tx, actor, name, TeamRole.ADMIN)
        _remove(tx, actor, place.id, name, now_ms)

    await registry.db.write(write)
    registry.revocations.note()


async def remove_any_organization(registry: Registry, actor: Actor, name: str) -> None:
    """The same for superusers, whoever owns it."""
    access.require_superuser(actor)
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        found = organizations.find_namespace_row(tx, name)
        if found is None or not found.is_organization:
            raise NotFound("Not Found")
        _remove(tx, actor, found.id, name, now_ms)

    await registry.db.write(write)
    registry.revocations.note()


async def list_organizations(
    registry: Registry, actor: Actor, last: str, limit: int
) -> list[Organization]:
    """All of them, for superusers."""
    access.require_superuser(actor, to_read=True)
    return await registry.db.read(lambda tx: organizations.list_organizations(tx, last, limit))


async def list_people(
    registry: Registry, actor: Actor, name: str, last: str, limit: int, *, in_teams: bool
) -> list[Person]:
    """Members (in a team) or collaborators (with a permission and no team), without robots."""

    def read(tx: Connection) -> list[Person]:
        place = access.require_place(tx, actor, name, TeamRole.ADMIN)
        people = organizations.list_people(tx, place.id, last, limit, in_teams=in_teams)
        ids = [person.id for person in people]
        teams = organizations.teams_by_member(tx, place.id, ids) if in_teams else {}
        held = organizations.repositories_by_user(tx, place.id, ids)
        return [Person(p, teams.get(p.id, []), held.get(p.id, [])) for p in people]

    return await registry.db.read(read)


async def remove_member(registry: Registry, actor: Actor, name: str, member: str) -> None:
    """Out of every team and every repository."""
    now_ms = registry.now_ms()

    def write(tx: Connection) -> None:
        place = access.require_place(tx, actor, name, TeamRole.ADMIN)
        user = accounts.find_user(tx, member)
        if user is None or not organizations.remove_from_organization(tx, place.id, user.id):
            raise NotFound("Not Found")
        line = audit.line(
            actor, "org_remove_member", now_ms, namespace=(place.id, name), member=member
        )
        logs.add_lines(tx, [line])

    await registry.db.write(write)
    registry.revocations.note()


def _remove(tx: Connection, actor: Actor, namespace_id: int, name: str, now_ms: int) -> None:
    organizations.remove_namespace(tx, namespace_id)
    line = audit.line(actor, "org_delete", now_ms, namespace=(namespace_id, name))
    logs.add_lines(tx, [line])


async def update_any_organization(
    registry: Registry, actor: Actor, name: str, email: str | None, new_name: str
) -> Organization:
    """Set email and name, by a superuser.

    Robots and repositories are renamed with it, all at once. Credentials stay good: a robot's
    token under its new name; a registry token opens nothing under the old one.
    """
    access.require_superuser(actor)
    if new_name != name:
        require_name(new_name)
    now_ms = registry.now_ms()

    def write(tx: Connection) -> Organization:
        found = organizations.find_namespace_row(tx, name)
        if found is None or not found.is_organization:
            raise NotFound("Not Found")
        lines = []
        place = (found.id, new_name)
        if email is not None:
            organizations.update_namespace(tx, found.id, {"email": email})
            line = audit.line(actor, "org_change_details", now_ms, namespace=place, email=email)
            lines.append(line)
        if new_name != name:
            if not organizations.rename_namespace(tx, found.id, name, new_name):
                raise RequestInvalid(NAME_TAKEN)
            line = audit.line(
                actor, "org_change_name", now_ms, namespace=place, old_name=name, new_name=new_name
            )
            lines.append(line)
        logs.add_lines(tx, lines)
        return organizations.find_namespace_row(tx, new_name) or found

    changed = await registry.db.write(write)
    registry.revocations.note()
    return changed


async def registry_bytes(registry: Registry) -> int:
    """The bytes of all blobs, each counted once."""
    return await registry.db.read(blobs.total_bytes)
