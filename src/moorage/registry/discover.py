"""Listing: tags, referrers, the catalog. (end-8, end-12, _catalog)"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moorage.db import manifests, repositories
from moorage.model.accounts import Actor
from moorage.model.content import Page
from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import ManifestUnknown, NameUnknown
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import access, pull
from moorage.registry.context import Registry

REFERRERS_PAGE = 500
REFERRERS_BYTES = 3 * 1024 * 1024
"""A page of referrers stays well under the specification's 4 MiB."""


@dataclass(frozen=True, slots=True)
class Referrers:
    descriptors: list[dict[str, Any]]
    next_last: str | None
    """The digest after which the next page starts; None on the last page."""


async def list_tags(
    registry: Registry, actor: Actor, name: RepositoryName, last: str, limit: int | None
) -> Page:
    repository_id = await pull.require_repository(registry, actor, name)
    if repository_id is None:
        raise NameUnknown(f"no repository {name}: it is created by the first push", detail=name)
    known, now_ms = repository_id, registry.now_ms()
    return await registry.db.read(lambda tx: manifests.list_tags(tx, known, last, limit, now_ms))


async def list_repositories(registry: Registry, actor: Actor, last: str, limit: int) -> Page:
    """The names that the caller's account may pull."""
    account = access.account_of(actor)
    return await registry.db.read(
        lambda tx: repositories.list_repositories(tx, account, last, limit)
    )


async def list_referrers(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    subject: Digest,
    artifact_type: str | None,
    last: str,
) -> Referrers:
    """Manifests that name `subject`; empty, never an error, for a subject that is not here."""
    repository_id = await pull.require_repository(registry, actor, name)
    if repository_id is None:
        return Referrers([], None)
    known = repository_id
    rows = await registry.db.read(
        lambda tx: manifests.list_referrers(
            tx, known, subject, artifact_type, last, REFERRERS_PAGE + 1
        )
    )
    page: list[dict[str, Any]] = []
    size = 0
    for row in rows[:REFERRERS_PAGE]:
        descriptor = _descriptor(row)
        size += len(json.dumps(descriptor))
        if page and size > REFERRERS_BYTES:
            break
        page.append(descriptor)
    next_last = rows[len(page) - 1].digest if len(page) < len(rows) else None
    if not last:
        page += await _from_referrers_tag(registry, actor, name, subject, artifact_type, page)
    return Referrers(page, next_last)


def _descriptor(row: manifests.Referrer) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "mediaType": row.media_type,
        "digest": row.digest,
        "size": len(row.raw),
    }
    if row.artifact_type:
        descriptor["artifactType"] = row.artifact_type
    annotations = json.loads(row.raw).get("annotations")
    if annotations:
        descriptor["annotations"] = annotations
    return descriptor


async def _from_referrers_tag(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    subject: Digest,
    artifact_type: str | None,
    known: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """What an older registry's fallback tag `sha256-<hex>` lists besides."""
    tag = Tag(f"{subject.algorithm[:32]}-{subject.encoded[:64]}")
    try:
        stored = await pull.pull_manifest(registry, actor, name, tag)
    except ManifestUnknown:
        return []
    if stored.media_type != media.OCI_INDEX:
        return []
    seen = {descriptor["digest"] for descriptor in known}
    return [
        descriptor
        for descriptor in json.loads(stored.raw).get("manifests") or []
        if descriptor.get("digest") not in seen
        and (artifact_type is None or descriptor.get("artifactType") == artifact_type)
    ]
