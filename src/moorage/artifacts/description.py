"""What every kind of artifact can say about itself, and what it cannot.

Unreadable      the content is damaged, hostile or too large; never tried again
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from moorage.oci.manifest import Descriptor, Manifest

TITLE_LENGTH = 255
SUMMARY_LENGTH = 2_000
KEYWORDS = 50


class ArtifactKind(StrEnum):
    """What people push. The names stand in the API and in the database."""

    IMAGE = "image"
    MULTIARCH_IMAGE = "multiarch_image"
    CHART = "chart"
    POLICY = "policy"
    OPERATOR_BUNDLE = "operator_bundle"
    OPERATOR_CATALOG = "operator_catalog"
    SBOM = "sbom"
    SIGNATURE = "signature"
    ATTESTATION = "attestation"
    WASM = "wasm"
    GENERIC = "artifact"


class State(StrEnum):
    """Whether the content has been read: not yet, yes, or it cannot be."""

    PENDING = "pending"
    DESCRIBED = "described"
    UNREADABLE = "unreadable"


class Relation(StrEnum):
    """What a description names elsewhere."""

    DEPENDENCY = "dependency"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Link:
    """Something that the artifact needs: a chart by name and constraint, an image by reference."""

    relation: Relation
    name: str
    """A chart's name; an image's repository without tag and digest."""
    wanted: str = ""
    """A version constraint; the whole reference of an image."""
    source: str = ""
    """The chart repository that Chart.yaml names."""


@dataclass(frozen=True, slots=True)
class Description:
    """What was read of one manifest. `details` is the kind's own dataclass, or that as JSON."""

    kind: ArtifactKind
    details: object
    title: str = ""
    version: str = ""
    app_version: str = ""
    summary: str = ""
    keywords: tuple[str, ...] = ()
    is_deprecated: bool = False
    is_signed: bool = False
    links: tuple[Link, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """Long texts by their role: readme, values, schema; templates and others as JSON."""


class Unreadable(Exception):
    """The content cannot be described; the text says why, for people.

    `known` is what could be said all the same, without details.
    """

    def __init__(self, reason: str, known: Description | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.known = known


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures count."""

    chart_keyring: bytes = b""
    """OpenPGP keys, binary or armoured; empty: none."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Name -> public key or certificate as PEM."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an artifact is read."""

    layer_bytes: int = 20 * 1024**2
    file_bytes: int = 1024**2
    icon_bytes: int = 512 * 1024
    reads_charts: bool = True
    """Whether more of a chart is read than its config blob."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A manifest with the blobs that its kind asked for."""

    manifest: Manifest
    document: Mapping[str, Any]
    """The manifest's own JSON, for what `Manifest` leaves out."""
    config: Mapping[str, Any]
    """The config blob's JSON; empty where it is none."""
    tags: tuple[str, ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    """By digest; a layer that is too large to be read is missing."""
    trust: Trust = field(default_factory=Trust)
    limits: Limits = field(default_factory=Limits)

    def layer(self, descriptor: Descriptor) -> bytes:
        """Raises Unreadable for a layer that was not read."""
        found = self.blobs.get(descriptor.digest)
        if found is None:
            raise Unreadable(
                f"layer {descriptor.digest} has {descriptor.size_bytes} bytes, at most "
                f"{self.limits.layer_bytes} are read"
                if descriptor.size_bytes > self.limits.layer_bytes
                else f"layer {descriptor.digest} is not here, or the artifact is too large"
            )
        return found


@dataclass(frozen=True, slots=True)
class Named:
    """A file in an artifact."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file whose text is shown."""

    name: str
    text: str


def short(value: Any, length: int = SUMMARY_LENGTH) -> str:
    """`value` as text without control characters, cut to length; "" for what is no text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in str(value)[:length])
    return text.encode("utf-8", "replace").decode()


def texts(value: Any, count: int = 1_000) -> tuple[str, ...]:
    """The texts of a list; nothing for what is no list."""
    if not isinstance(value, list):
        return ()
    return tuple(text for item in value[:count] if (text := short(item)))


def text_map(value: Any, count: int = 1_000) -> dict[str, str]:
    """The texts of a map; nothing for what is no map."""
    if not isinstance(value, dict):
        return {}
    return {short(key): short(value[key]) for key in list(value)[:count]}


def part(value: Any, *keys: str) -> Any:
    """What lies in maps of maps; None where one of them is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def decoded(raw: bytes, named: str) -> str:
    """UTF-8 text. Raises Unreadable."""
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{named} is not UTF-8 text") from None
