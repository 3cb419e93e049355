"""Making repositories: by a push or on request."""

from __future__ import annotations

from sqlalchemy import Connection

from moorage.db import accounts, logs, permissions, repositories
from moorage.model.accounts import Actor, Role
from moorage.model.content import Repository, Visibility
from moorage.oci.errors import NameUnknown
from moorage.oci.name import RepositoryName
from moorage.registry import audit
from moorage.registry.context import Registry


def ensure_repository(
    tx: Connection, registry: Registry, actor: Actor, name: RepositoryName, now_ms: int
) -> Repository:
    """The repository that a push names, made if this is its first content.

    The caller's right is known; CREATE_NAMESPACE_ON_PUSH may make the organization as well. Raises
    NameUnknown when the namespace is gone or renamed meanwhile.
    """
    found = repositories.find_repository(tx, name)
    if found is not None:
        return found
    namespace_id = accounts.find_namespace(tx, name.namespace)
    if namespace_id is None:
        # It was there when the caller's right was looked up, unless it may be made.
        if not registry.rules.creates_namespaces:
            raise NameUnknown(f"there is no namespace {name.namespace} any more")
        assert actor.user_id is not None
        accounts.create_organization(tx, name.namespace, actor.user_id, now_ms)
        namespace_id = accounts.get_namespace(tx, name.namespace)
        place = (namespace_id, name.namespace)
        logs.add_lines(tx, [audit.line(actor, "org_create", now_ms, namespace=place)])
    default = accounts.default_visibility(tx, namespace_id)
    visibility = default or registry.rules.visibility_on_push
    create(tx, actor, namespace_id, name, visibility, now_ms)
    found = repositories.find_repository(tx, name)
    assert found is not None
    return found


def create(
    tx: Connection,
    actor: Actor,
    namespace_id: int,
    name: RepositoryName,
    visibility: Visibility,
    now_ms: int,
    description: str | None = None,
) -> bool:
    """Make it, with its creator as admin and what the namespace grants by itself.

    Raises NameUnknown when the namespace is renamed meanwhile.
    """
    if not accounts.hold_namespace(tx, namespace_id, name.namespace):
        raise NameUnknown(f"there is no namespace {name.namespace} any more: it was renamed")
    if not repositories.create_repository(tx, namespace_id, name, visibility, now_ms, description):
        return False
    found = repositories.find_repository(tx, name)
    assert found is not None and actor.user_id is not None
    if actor.user_id != namespace_id:
        permissions.set_role(tx, found.id, Role.ADMIN, user_id=actor.user_id)
    permissions.apply_prototypes(tx, found.id, namespace_id, actor.user_id)
    line = audit.line(
        actor,
        "create_repo",
        now_ms,
        namespace=(namespace_id, name.namespace),
        repository_id=found.id,
        repo=name.partition("/")[2],
    )
    logs.add_lines(tx, [line])
    return True
