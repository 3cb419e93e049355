"""Manifests and indexes, read for what the registry must know; the raw bytes stay the truth.

(image-spec: manifest.md, image-index.md; distribution-spec: Pushing Manifests)
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import (
    DigestInvalid,
    ManifestInvalid,
    TooLarge,
    UnsupportedMediaType,
    quoted,
)

MANIFEST_BYTES = 4 * 1024 * 1024
MAX_SIZE = 2**63 - 1
TITLE = "org.opencontainers.image.title"
DEPTH = 100
"""Levels of nesting: whoever reads the stored bytes again may stand deeper on the stack."""

_KEYS = {
    key.lower(): key
    for key in (
        *("schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests"),
        *("subject", "annotations", "fsLayers"),
    )
}
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")


@dataclass(frozen=True, slots=True)
class Descriptor:
    media_type: str
    digest: Digest
    size_bytes: int
    has_urls: bool
    title: str = ""
    """Its file name, by its annotation."""

    @property
    def is_remote(self) -> bool:
        """Non-distributable content that clients fetch from `urls` and never upload."""
        return self.has_urls or self.media_type in media.NON_DISTRIBUTABLE


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest or an index says, of either family (OCI, Docker schema 2)."""

    media_type: str
    artifact_type: str | None
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    children: tuple[Descriptor, ...]
    subject: Descriptor | None
    annotations: dict[str, str]

    @property
    def is_index(self) -> bool:
        return self.media_type in media.INDEXES

    @property
    def referrer_type(self) -> str | None:
        """The `artifactType` a referrers list shows: its own, or the config's media type."""
        if self.artifact_type:
            return self.artifact_type
        return self.config.media_type if self.config else None

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The blobs that must be in the repository: config and uploaded layers."""
        wanted = (self.config, *self.layers) if self.config else self.layers
        return tuple(found for found in wanted if not found.is_remote)


def parse_manifest(raw: bytes, content_type: str) -> Manifest:
    """Read a pushed manifest.

    `content_type` is the request's, parameters included; the body's `mediaType` wins where the
    request names none. Raises ManifestInvalid, UnsupportedMediaType (Docker schema 1), TooLarge.
    """
    if len(raw) > MANIFEST_BYTES:
        raise TooLarge(f"a manifest may have at most {MANIFEST_BYTES} bytes")
    try:
        return _manifest(_document(raw), content_type)
    except RecursionError:
        raise ManifestInvalid("the manifest is nested too deeply") from None


def _manifest(document: dict[str, Any], content_type: str) -> Manifest:
    media_type = _media_type(document, content_type.partition(";")[0].strip().lower())
    if "layers" in document and "manifests" in document:
        raise ManifestInvalid("a manifest has layers or manifests, never both")
    is_index = media_type in media.INDEXES
    if not is_index and "manifests" in document:
        raise ManifestInvalid(f"manifests stand in an index, but the media type is {media_type}")
    if is_index and "layers" in document:
        raise ManifestInvalid(f"layers stand in an image manifest, the media type is {media_type}")
    return Manifest(
        media_type=media_type,
        artifact_type=_artifact_type(document),
        config=None if is_index else _descriptor(document.get("config"), "config"),
        layers=() if is_index else _descriptors(document, "layers"),
        children=_descriptors(document, "manifests") if is_index else (),
        subject=_optional_descriptor(document, "subject"),
        annotations=_annotations(document),
    )


def _document(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_no_constant,
            parse_int=_int64,
        )
        if b"\\u" in raw:
            # A lone surrogate is no character: nobody could be sent it as UTF-8.
            json.dumps(document, ensure_ascii=False).encode()
    except ValueError as error:
        raise ManifestInvalid(f"the manifest is not valid JSON: {quoted(str(error))}") from None
    if not isinstance(document, dict):
        raise ManifestInvalid("the manifest is not a JSON object")
    _require_shallow(document)
    for key in document:
        # Go's decoder ignores case: it would read another manifest than we do.
        if _KEYS.get(key.lower(), key) != key:
            raise ManifestInvalid(f"key {quoted(key)} is written {_KEYS[key.lower()]}")
    if "fsLayers" in document or document.get("schemaVersion") == 1:
        raise UnsupportedMediaType(
            "Docker schema 1 is not supported: push with a client that writes schema 2 or OCI"
        )
    if document.get("schemaVersion") != 2:
        raise ManifestInvalid(
            f"schemaVersion is {quoted(str(document.get('schemaVersion')))}, expected 2"
        )
    return document


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        left = set(found)
        for name, _ in pairs:
            if name not in left:
                raise ValueError(f"key {name!r} stands twice in one object")
            left.remove(name)
    return found


def _require_shallow(document: dict[str, Any]) -> None:
    level: list[Any] = [document]
    for _ in range(DEPTH):
        members = (item.values() if isinstance(item, dict) else item for item in level)
        level = [m for several in members for m in several if isinstance(m, (dict, list))]
        if not level:
            return
    raise ManifestInvalid(f"the manifest is nested deeper than {DEPTH} levels")


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _int64(text: str) -> int:
    if len(text) > 20 or not -MAX_SIZE <= int(text) <= MAX_SIZE:
        raise ValueError("a number is out of range")
    return int(text)


def _media_type(document: dict[str, Any], requested: str) -> str:
    stated = document.get("mediaType")
    if stated is not None and not isinstance(stated, str):
        raise ManifestInvalid("mediaType is not a string")
    if requested in media.DOCKER_SCHEMA_1 or stated in media.DOCKER_SCHEMA_1:
        raise UnsupportedMediaType(
            "Docker schema 1 is not supported: push with a client that writes schema 2 or OCI"
        )
    if requested in ("", "application/json", "application/octet-stream"):
        inferred = media.OCI_INDEX if "manifests" in document else media.OCI_MANIFEST
        requested = stated or inferred
    if stated and stated != requested:
        raise ManifestInvalid(
            f"Content-Type {quoted(requested)} and the manifest's mediaType {quoted(stated)} differ"
        )
    if requested not in media.MANIFESTS | media.INDEXES:
        raise UnsupportedMediaType(
            f"manifest media type {quoted(requested)} is not known: use an OCI image manifest or "
            "index, or Docker schema 2"
        )
    return requested


def _artifact_type(document: dict[str, Any]) -> str | None:
    value = document.get("artifactType")
    if value is None or value == "":
        return None
    if not isinstance(value, str) or _MEDIA_TYPE.fullmatch(value) is None:
        raise ManifestInvalid(f"artifactType {quoted(str(value))} is not a media type")
    return value


def _annotations(document: dict[str, Any]) -> dict[str, str]:
    value = document.get("annotations")
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ManifestInvalid("annotations is not a map of strings")
    return value


def _descriptors(document: dict[str, Any], key: str) -> tuple[Descriptor, ...]:
    value = document.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ManifestInvalid(f"{key} is not a list")
    return tuple(_descriptor(item, f"{key}[{place}]") for place, item in enumerate(value))


def _optional_descriptor(document: dict[str, Any], key: str) -> Descriptor | None:
    return _descriptor(document[key], key) if document.get(key) is not None else None


def _descriptor(value: Any, where: str) -> Descriptor:
    if not isinstance(value, dict):
        raise ManifestInvalid(f"{where} is missing or not a descriptor")
    media_type, size = value.get("mediaType"), value.get("size")
    if not isinstance(media_type, str) or _MEDIA_TYPE.fullmatch(media_type) is None:
        raise ManifestInvalid(f"{where}.mediaType {quoted(str(media_type))} is not a media type")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ManifestInvalid(f"{where}.size {quoted(str(size))} is not a count of bytes")
    try:
        digest = Digest.parse(str(value.get("digest")))
    except DigestInvalid as error:
        raise ManifestInvalid(f"{where}: {error.message}") from None
    return Descriptor(media_type, digest, size, bool(value.get("urls")), _title(value))


def _title(descriptor: dict[str, Any]) -> str:
    annotations = descriptor.get("annotations")
    title = annotations.get(TITLE) if isinstance(annotations, dict) else None
    return title if isinstance(title, str) else ""
