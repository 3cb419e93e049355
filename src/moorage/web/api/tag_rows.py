"""A tag as the console lists it."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from moorage.artifacts.description import ArtifactKind, State
from moorage.db.artifact_tags import TaggedArtifact
from moorage.web.api.answers import date, date_or_none


class TagRow(TypedDict):
    """`size` is what the layers weigh; null for an index, whose images have sizes of their own."""

    name: str
    kind: ArtifactKind
    state: State
    digest: str
    media_type: str
    size: int | None
    version: str
    app_version: str
    title: str
    is_version: bool
    is_prerelease: bool
    is_signed: bool
    is_deprecated: bool
    last_modified: str
    expiration: str | None


class TagRows(TypedDict):
    tags: list[TagRow]
    total: int
    next_page: NotRequired[str]


def tag_row(one: TaggedArtifact) -> TagRow:
    return {
        "name": one.name,
        "kind": one.kind,
        "state": one.state,
        "digest": one.digest,
        "media_type": one.media_type,
        "size": one.size_bytes,
        "version": one.version,
        "app_version": one.app_version,
        "title": one.title,
        "is_version": one.is_version,
        "is_prerelease": one.is_prerelease,
        "is_signed": one.is_signed,
        "is_deprecated": one.is_deprecated,
        "last_modified": date(one.started_ms),
        "expiration": date_or_none(one.expires_ms),
    }
