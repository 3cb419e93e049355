"""Deleting tags, manifests and blobs. (end-9, end-10)"""

from __future__ import annotations

from sqlalchemy import Connection

from moorage.db import blobs, logs, manifests, repositories
from moorage.model.accounts import Action, Actor
from moorage.model.content import Repository
from moorage.oci.digest import Digest
from moorage.oci.errors import BlobUnknown, ManifestUnknown, NameUnknown, Unsupported
from moorage.oci.name import Reference, RepositoryName
from moorage.registry import access, audit
from moorage.registry.context import Registry


async def delete_manifest(
    registry: Registry, actor: Actor, name: RepositoryName, reference: Reference
) -> None:
    """End a tag, or hide a manifest with all its tags; both stay restorable."""
    await access.authorize(registry, actor, name, Action.DELETE)
    now_ms = registry.now_ms()
    due_ms = now_ms + registry.rules.time_machine_ms

    def write(tx: Connection) -> bool:
        repository = _require(tx, name)
        # First, as in a push: at the end the repository's row is counted up.
        repositories.share(tx, repository.id)
        if isinstance(reference, Digest):
            is_gone = manifests.delete_manifest(tx, repository.id, reference, now_ms, due_ms)
            what = {"manifest_digest": str(reference)}
        else:
            is_gone = manifests.end_tag(tx, repository.id, reference, now_ms)
            what = {"tag": str(reference)}
        if is_gone:
            line = audit.line(
                actor,
                "delete_tag" if "tag" in what else "delete_manifest",
                now_ms,
                namespace=(repository.namespace_id, name.namespace),
                repository_id=repository.id,
                repo=name.partition("/")[2],
                **what,
            )
            logs.add_lines(tx, [line])
        return is_gone

    if not await registry.db.write(write):
        raise ManifestUnknown(f"no manifest {reference} in {name}")


async def delete_blob(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest
) -> None:
    """Take a blob out of the repository. Raises Unsupported while a manifest here uses it."""
    await access.authorize(registry, actor, name, Action.DELETE)

    def write(tx: Connection) -> bool:
        repository_id = _require(tx, name).id
        # Or a push that has seen the blob could end after we have seen no user.
        repositories.lock_for_collection(tx, repository_id)
        user = manifests.user_of_blob(tx, repository_id, digest)
        if user is not None:
            raise Unsupported(f"blob {digest} is used by manifest {user}: delete that first")
        return blobs.unlink_blob(tx, repository_id, digest)

    if not await registry.db.write(write):
        raise BlobUnknown(f"no blob {digest} in {name}")


def _require(tx: Connection, name: RepositoryName) -> Repository:
    found = repositories.find_repository(tx, name)
    if found is None:
        raise NameUnknown(f"no repository {name}", detail=name)
    return found
