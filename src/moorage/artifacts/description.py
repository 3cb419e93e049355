"""What every kind of artifact can say about itself, and what it cannot.

Unreadable      the content is damaged, hostile or too large; never tried again
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

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


class Unreadable(Exception):
    """The content cannot be described; the text says why, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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
    """What was read of one manifest. `details` is the kind's own dataclass."""

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
