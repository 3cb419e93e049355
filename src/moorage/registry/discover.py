"""Listing: tags, referrers, the catalog. (end-8, end-12, _catalog)"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from moorage.db import manifests, referrers, repositories
from moorage.model.accounts import Actor
from moorage.model.content import Page
from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import ManifestUnknown, NameUnknown
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import access, pull
from moorage.registry.context import Registry

PAGE = referrers.PageLimits(rows=500, size_bytes=3 * 1024 * 1024)
"""Of referrers, counted by their manifests: it stays well under the specification's 4 MiB."""
READ_AT_ONCE_BYTES = 256 * 1024
"""More JSON than this is read in a thread: it would hold up everybody else's requests."""


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
    rows, next_last = await registry.db.read(
        lambda tx: referrers.list_referrers(tx, known, subject, artifact_type, last, PAGE)
    )
    if sum(len(row.raw) for row in rows) < READ_AT_ONCE_BYTES:
        page = _descriptors(rows)
    else:
        page = await asyncio.to_thread(_descriptors, rows)
    if next_last is None:
        old = await _from_referrers_tag(registry, actor, name, known, subject, artifact_type)
        if page and old and len(json.dumps(page)) + len(json.dumps(old)) > PAGE.size_bytes:
            # They get a page of their own: the next one has no rows before them.
            return Referrers(page, str(page[-1]["digest"]))
        page += old
    return Referrers(page, next_last)


def _descriptors(rows: list[referrers.Referrer]) -> list[dict[str, Any]]:
    return [_descriptor(row) for row in rows]


def _descriptor(row: referrers.Referrer) -> dict[str, Any]:
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
    repository_id: int,
    subject: Digest,
    artifact_type: str | None,
) -> list[dict[str, Any]]:
    """What an older registry's fallback tag `sha256-<hex>` lists besides."""
    tag = Tag(f"{subject.algorithm[:32]}-{subject.encoded[:64]}")
    try:
        stored = await pull.pull_manifest(registry, actor, name, tag)
    except ManifestUnknown:
        return []
    if stored.media_type != media.OCI_INDEX:
        return []
    listed = {entry["digest"]: entry for entry in json.loads(stored.raw).get("manifests") or []}
    known = await registry.db.read(
        lambda tx: referrers.are_referrers(tx, repository_id, subject, list(listed))
    )
    return [
        entry
        for digest, entry in listed.items()
        if digest not in known
        and (artifact_type is None or entry.get("artifactType") == artifact_type)
    ]
