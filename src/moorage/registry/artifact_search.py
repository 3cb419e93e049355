"""Search for artifacts by their words, within what the caller may see."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from moorage.db import artifact_search, artifact_tags
from moorage.db.artifact_search import FoundDocument, FoundPage, SearchQuery
from moorage.model.accounts import Actor
from moorage.oci.errors import TagInvalid
from moorage.oci.name import Tag
from moorage.registry import access
from moorage.registry.context import Registry

TAG_CANDIDATES = 50
"""Repositories that are asked for the tag of `name:tag`."""


async def find_artifacts(
    registry: Registry, actor: Actor, wanted: SearchQuery, offset: int, limit: int
) -> FoundPage:
    """Raises Unauthorized where nobody may see anything without a login."""
    access.require_reader(registry.rules, actor)
    name, _, tag = wanted.text.strip().rpartition(":")
    now_ms = registry.now_ms()

    def read(tx: Connection) -> FoundPage:
        if name and (parsed := _tag(tag)) is not None:
            by_name = replace(wanted, text=name)
            found = artifact_search.find_documents(tx, actor, by_name, 0, TAG_CANDIDATES)
            tagged = [
                hit
                for one in found.results
                if (hit := _tagged(tx, one, parsed, now_ms)) is not None
            ]
            return replace(found, results=tagged[offset : offset + limit], total=len(tagged))
        return artifact_search.find_documents(tx, actor, wanted, offset, limit)

    return await registry.db.read(read)


def _tag(text: str) -> Tag | None:
    try:
        return Tag.parse(text)
    except TagInvalid:
        return None


def _tagged(tx: Connection, one: FoundDocument, tag: Tag, now_ms: int) -> FoundDocument | None:
    """The repository's artifact under the tag."""
    found = artifact_tags.find_tagged(tx, one.repository_id, tag, now_ms)
    if found is None:
        return None
    return replace(
        one,
        kind=found.kind,
        tag=found.name,
        digest=found.digest,
        version=found.version,
        app_version=found.app_version,
        is_signed=found.is_signed,
        is_deprecated=found.is_deprecated,
        modified_ms=found.started_ms,
    )
