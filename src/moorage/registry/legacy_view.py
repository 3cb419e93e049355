"""Charts as Helm 3.0 to 3.6 can pull them: VIEW/NAME shows the charts of NAME in the old form.

Nothing is stored for it. A manifest is derived, always the same, from the chart's own, whose blobs
it names; it is there as long as the chart is. Rights are those of NAME, to pull and no more.
"""

from __future__ import annotations

from sqlalchemy import Connection

from moorage.charts.manifest import find_parts, legacy_manifest
from moorage.db import blobs, charts, manifests, repositories
from moorage.model.accounts import Action, Actor
from moorage.model.content import Page, StoredBlob, StoredManifest
from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import BlobUnknown, ManifestUnknown, NameUnknown
from moorage.oci.manifest import parse_manifest
from moorage.oci.name import Reference, RepositoryName
from moorage.registry import access
from moorage.registry.context import Registry


async def pull_manifest(
    registry: Registry, actor: Actor, view: RepositoryName, reference: Reference
) -> StoredManifest:
    """By tag, or by the digest of the derived manifest. Raises ManifestUnknown."""
    behind = await _authorized(registry, actor, view)
    by_digest = isinstance(reference, Digest)
    statement = charts.PULL_BY_LEGACY_DIGEST if by_digest else manifests.PULL_BY_TAG
    row = await registry.db.fetch(statement, behind, reference)
    if row is None:
        raise ManifestUnknown(f"no chart {reference} in {behind}")
    if not by_digest and row[4] is not None and row[4] <= registry.now_ms():
        raise ManifestUnknown(f"tag {reference} of {behind} has expired: restore or push it")
    parts = find_parts(parse_manifest(row[2], row[1]))
    if parts is None or parts.archive is None:
        raise ManifestUnknown(f"{behind}:{reference} is no Helm chart")
    raw = legacy_manifest(parts)
    return StoredManifest(Digest.of(raw), media.OCI_MANIFEST, raw)


async def find_blob(
    registry: Registry, actor: Actor, view: RepositoryName, digest: Digest
) -> StoredBlob:
    behind = await _authorized(registry, actor, view)
    row = await registry.db.fetch(blobs.FIND_BLOB, behind, digest)
    if row is None:
        raise BlobUnknown(f"no blob {digest} in {behind}")
    return StoredBlob(digest, row[0], row[2])


async def list_tags(
    registry: Registry, actor: Actor, view: RepositoryName, last: str, limit: int
) -> Page:
    behind = await _authorized(registry, actor, view)
    now_ms = registry.now_ms()

    def read(tx: Connection) -> Page:
        found = repositories.find_repository(tx, behind)
        if found is None:
            raise NameUnknown(f"no repository {behind}", detail=view)
        return manifests.list_tags(tx, found.id, last, limit, now_ms)

    return await registry.db.read(read)


async def _authorized(registry: Registry, actor: Actor, view: RepositoryName) -> RepositoryName:
    await access.authorize(registry, actor, view, Action.PULL)
    behind = registry.rules.behind_view(view)
    assert behind is not None
    return behind
