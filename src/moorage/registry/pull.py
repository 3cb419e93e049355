"""Reading manifests and blobs: the hot path. One statement each."""

from __future__ import annotations

from moorage.db import blobs, manifests, repositories
from moorage.model.accounts import Actor
from moorage.model.content import StoredBlob, StoredManifest
from moorage.oci.digest import Digest
from moorage.oci.errors import BlobUnknown, ManifestUnknown, NameUnknown, RegistryError
from moorage.oci.name import Reference, RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry


async def pull_manifest(
    registry: Registry, actor: Actor, name: RepositoryName, reference: Reference
) -> StoredManifest:
    """The stored bytes under a tag or digest. (end-3)

    Raises ManifestUnknown, NameUnknown, Unauthorized, Denied.
    """
    by_digest = isinstance(reference, Digest)
    statement = manifests.PULL_BY_DIGEST if by_digest else manifests.PULL_BY_TAG
    row = await registry.db.fetch(statement, name, reference)
    await access.require_pull(registry, actor, name, row[3] if row is not None else None)
    if row is None:
        raise await _unknown(registry, name, ManifestUnknown(f"no manifest {reference} in {name}"))
    if not by_digest and row[4] is not None and row[4] <= registry.now_ms():
        raise ManifestUnknown(f"tag {reference} of {name} has expired: restore or push it")
    return StoredManifest(row[0], row[1], row[2])


async def find_blob(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest
) -> StoredBlob:
    """A blob of the repository. (end-2) Raises BlobUnknown, NameUnknown, Unauthorized, Denied."""
    row = await registry.db.fetch(blobs.FIND_BLOB, name, digest)
    await access.require_pull(registry, actor, name, row[1] if row is not None else None)
    if row is None:
        raise await _unknown(registry, name, BlobUnknown(f"no blob {digest} in {name}"))
    return StoredBlob(digest, row[0], row[2])


async def require_repository(registry: Registry, actor: Actor, name: RepositoryName) -> int | None:
    """The id of a repository that the caller may pull, None if it does not exist yet."""
    row = await registry.db.fetch(repositories.FIND_REPOSITORY, name)
    await access.require_pull(registry, actor, name, row[1] if row is not None else None)
    return row[0] if row is not None else None


async def _unknown(
    registry: Registry, name: RepositoryName, otherwise: RegistryError
) -> RegistryError:
    if await registry.db.fetch(repositories.FIND_REPOSITORY, name) is None:
        return NameUnknown(f"no repository {name}: it is created by the first push", detail=name)
    return otherwise
