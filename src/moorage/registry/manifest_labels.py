"""A stored manifest with its labels, as the management API shows and changes them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection

from moorage.db import logs, tags
from moorage.db.permissions import Held
from moorage.db.tags import StoredLabel
from moorage.model.accounts import Actor, Role
from moorage.model.errors import NotFound
from moorage.oci.digest import Digest
from moorage.oci.errors import RequestInvalid, quoted
from moorage.oci.manifest import Manifest, parse_manifest
from moorage.oci.name import RepositoryName
from moorage.registry import access, audit
from moorage.registry.context import Registry
from moorage.registry.labels import of_content

LABELS_SHOWN = 1000
RESERVED_PREFIXES = ("quay.", "com.docker.", "io.docker.", "org.dockerproject.")


@dataclass(frozen=True, slots=True)
class Label:
    """`source_type` is manifest for what was pushed, api for what was put on later."""

    id: str
    key: str
    value: str
    source_type: str
    media_type: str


@dataclass(frozen=True, slots=True)
class ManifestView:
    digest: Digest
    media_type: str
    raw: bytes
    manifest: Manifest


async def get_manifest(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest
) -> ManifestView:
    _, view = await _require(registry, actor, name, digest, Role.READ)
    return view


async def list_labels(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest
) -> list[Label]:
    manifest_id, view = await _require(registry, actor, name, digest, Role.READ)
    pushed = await of_content(registry, name, view.manifest)
    stored = await registry.db.read(lambda tx: tags.list_labels(tx, manifest_id, LABELS_SHOWN))
    found = [
        Label(_id_of(digest, key), key, value, "manifest", "text/plain")
        for key, value in sorted(pushed.items())
    ]
    return found + [Label(one.id, one.key, one.value, "api", one.media_type) for one in stored]


async def find_label(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, label_id: str
) -> Label:
    for label in await list_labels(registry, actor, name, digest):
        if label.id == label_id:
            return label
    raise NotFound("Not Found")


async def add_label(
    registry: Registry,
    actor: Actor,
    name: RepositoryName,
    digest: Digest,
    key: str,
    value: str,
    media_type: str,
) -> Label:
    """Raises RequestInvalid for a key that means something to the registry itself."""
    if key.startswith(RESERVED_PREFIXES):
        raise RequestInvalid(f"Label key {quoted(key)} is reserved: push it with the manifest")
    manifest_id, _ = await _require(registry, actor, name, digest, Role.WRITE)
    label, now_ms = StoredLabel(str(uuid.uuid4()), key, value, media_type), registry.now_ms()

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.WRITE)
        if len(tags.list_labels(tx, manifest_id, LABELS_SHOWN)) >= LABELS_SHOWN:
            raise RequestInvalid(f"a manifest has at most {LABELS_SHOWN} labels")
        tags.add_label(tx, manifest_id, label)
        _log(tx, actor, held, "manifest_label_add", now_ms, digest, label)

    await registry.db.write(write)
    return Label(label.id, key, value, "api", media_type)


async def remove_label(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, label_id: str
) -> None:
    """Raises RequestInvalid for a label that came with the manifest."""
    manifest_id, _ = await _require(registry, actor, name, digest, Role.WRITE)
    label, now_ms = await find_label(registry, actor, name, digest, label_id), registry.now_ms()
    if label.source_type != "api":
        raise RequestInvalid("a label that was pushed with the manifest cannot be deleted")

    def write(tx: Connection) -> None:
        held = access.require_role(tx, registry.rules, actor, name, Role.WRITE)
        tags.remove_label(tx, manifest_id, label_id)
        stored = StoredLabel(label.id, label.key, label.value, label.media_type)
        _log(tx, actor, held, "manifest_label_delete", now_ms, digest, stored)

    await registry.db.write(write)


async def _require(
    registry: Registry, actor: Actor, name: RepositoryName, digest: Digest, role: Role
) -> tuple[int, ManifestView]:
    def read(tx: Connection) -> tuple[int, ManifestView]:
        held = access.require_role(tx, registry.rules, actor, name, role)
        found = tags.find_manifest(tx, held.id, digest)
        if found is None:
            raise NotFound("Not Found")
        manifest = parse_manifest(found[2], found[1])
        return found[0], ManifestView(digest, found[1], found[2], manifest)

    return await registry.db.read(read)


def _id_of(digest: Digest, key: str) -> str:
    """A pushed label has no row of its own; its id follows from what it is."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{digest}#{key}"))


def _log(
    tx: Connection,
    actor: Actor,
    held: Held,
    kind: str,
    now_ms: int,
    digest: Digest,
    label: StoredLabel,
) -> None:
    namespace, _, repo = held.name.partition("/")
    line = audit.line(
        actor,
        kind,
        now_ms,
        namespace=(held.namespace_id, namespace),
        repository_id=held.id,
        repo=repo,
        id=label.id,
        key=label.key,
        value=label.value[:200],
        manifest_digest=digest,
    )
    logs.add_lines(tx, [line])
