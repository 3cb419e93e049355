"""Pushing manifests. (end-7a, end-7b)"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from moorage.artifacts.kind import recognise
from moorage.charts.description import Description, Unlisted
from moorage.db import blobs, charts, logs, manifests, repositories
from moorage.db.logs import LogLine
from moorage.model.accounts import Action, Actor
from moorage.model.content import Repository, StoredManifest
from moorage.model.deprecated import deprecations
from moorage.oci.digest import Digest
from moorage.oci.errors import (
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    TooLarge,
    quoted,
)
from moorage.oci.manifest import MANIFEST_BYTES, Manifest, parse_manifest
from moorage.oci.name import Reference, RepositoryName, Tag
from moorage.registry import access, audit, labels
from moorage.registry.charts import read_chart
from moorage.registry.context import Registry
from moorage.registry.repositories import ensure_repository

PARSED_AT_ONCE_BYTES = 256 * 1024
"""Its JSON takes about 5 ms: more would hold up everybody else's requests."""


Guard = Callable[[Connection, int], None]
"""Asked within the push's transaction, with the repository's id, before its tags are set."""


@dataclass(frozen=True, slots=True)
class PushedManifest:
    digest: Digest
    subject: Digest | None
    tags: tuple[Tag, ...]
    warnings: tuple[str, ...]


async def push_manifest(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    reference: Reference,
    body: AsyncIterator[bytes],
    content_type: str,
    more_tags: tuple[Tag, ...] = (),
    guard: Guard | None = None,
) -> PushedManifest:
    """Store a manifest byte for byte under its digest, and set the tags, all or nothing.

    The body is read, up to the limit for manifests, after the caller's right is known.

    Raises ManifestInvalid, ManifestBlobUnknown, DigestInvalid, UnsupportedMediaType, TooLarge.
    """
    await access.authorize(registry, actor, name, Action.PUSH)
    raw = await _read(body)
    manifest = await _parsed(raw, content_type)
    digest = _digest_of(raw, reference)
    tags = more_tags if isinstance(reference, Digest) else (reference, *more_tags)
    registry.rules.policy.require_allowed(manifest)
    stored = StoredManifest(digest, manifest.media_type, raw, recognise(manifest))
    now_ms = registry.now_ms()
    expires_ms = await labels.expiry_ms(registry, name, manifest, now_ms)
    chart = await read_chart(registry, name, manifest)

    def write(tx: Connection) -> None:
        repository = ensure_repository(tx, registry, actor, name, now_ms)
        repositories.share(tx, repository.id)
        _require_references(tx, registry, repository.id, manifest)
        if guard is not None:
            guard(tx, repository.id)
        due_ms = now_ms + registry.rules.untagged_ms
        manifest_id = manifests.put_manifest(tx, repository.id, stored, manifest, now_ms, due_ms)
        is_read = chart is not None and charts.add_chart(
            tx, repository.id, manifest_id, chart, now_ms
        )
        manifests.retarget_tags(tx, repository.id, tags, manifest_id, now_ms, expires_ms)
        if is_read and not tags:
            manifests.note_change(tx, repository.id)
        logs.add_lines(tx, [_line(actor, name, repository, digest, tags, now_ms)])

    await registry.db.write(write)
    subject = manifest.subject.digest if manifest.subject else None
    return PushedManifest(digest, subject, tags, (*deprecations(manifest), *_left_out(chart)))


def _left_out(chart: Description | Unlisted | None) -> tuple[str, ...]:
    """What the pusher is told of a chart that no index will show."""
    if not isinstance(chart, Unlisted):
        return ()
    return (f"the chart is stored, but not in the index: {quoted(chart.problem)}",)


def _line(
    actor: Actor,
    name: RepositoryName,
    repository: Repository,
    digest: Digest,
    tags: tuple[Tag, ...],
    now_ms: int,
) -> LogLine:
    what = {"tag": ",".join(tags)} if tags else {}
    return audit.line(
        actor,
        "push_repo",
        now_ms,
        namespace=(repository.namespace_id, name.namespace),
        repository_id=repository.id,
        repo=name.partition("/")[2],
        manifest_digest=digest,
        **what,
    )


async def _parsed(raw: bytes, content_type: str) -> Manifest:
    if len(raw) < PARSED_AT_ONCE_BYTES:
        return parse_manifest(raw, content_type)
    return await asyncio.to_thread(parse_manifest, raw, content_type)


async def _read(body: AsyncIterator[bytes]) -> bytes:
    raw = bytearray()
    async for piece in body:
        raw += piece
        if len(raw) > MANIFEST_BYTES:
            raise TooLarge(f"a manifest may have at most {MANIFEST_BYTES} bytes")
    return bytes(raw)


def _digest_of(raw: bytes, reference: Reference) -> Digest:
    if not isinstance(reference, Digest):
        return Digest.of(raw)
    actual = Digest.of(raw, reference.algorithm)
    if actual != reference:
        raise DigestInvalid(f"the manifest has digest {actual}, not {reference}")
    return actual


def _require_references(
    tx: Connection, registry: Registry, repository_id: int, manifest: Manifest
) -> None:
    """Every blob and child must be in the repository, unless sparse content is allowed."""
    missing: list[str] = []
    sizes = blobs.blob_sizes(tx, repository_id, [d.digest for d in manifest.blobs])
    for descriptor in manifest.blobs:
        held = sizes.get(descriptor.digest)
        if held is not None and held != descriptor.size_bytes:
            raise ManifestInvalid(
                f"blob {descriptor.digest} has {held} bytes, the manifest says "
                f"{descriptor.size_bytes}"
            )
        if held is None and not registry.rules.sparse_images:
            missing.append(descriptor.digest)
    if not registry.rules.sparse_indexes:
        children = [descriptor.digest for descriptor in manifest.children]
        known = manifests.known_manifests(tx, repository_id, children)
        missing += [digest for digest in children if digest not in known]
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise ManifestBlobUnknown(
            f"the manifest names content that is not in the repository: {shown}. Push it first",
            detail=[{"digest": digest} for digest in missing[:100]],
        )
