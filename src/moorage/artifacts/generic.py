"""Everything else: files with titles. (image-spec: artifacts)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.description import (
    TITLE_LENGTH,
    ArtifactKind,
    Description,
    Pushed,
    short,
)
from moorage.oci.manifest import Descriptor, Manifest

_PREFIX = "org.opencontainers.image."


@dataclass(frozen=True, slots=True)
class GenericDetails:
    """`config` holds the plain values of the config blob's JSON."""

    config: dict[str, str]


def recognise(manifest: Manifest) -> ArtifactKind | None:
    return ArtifactKind.GENERIC


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return ArtifactKind.GENERIC


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return ()


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    annotations = pushed.manifest.annotations
    plain = {short(key): text for key, value in pushed.config.items() if (text := short(value))}
    return Description(
        kind=kind,
        details=GenericDetails(plain),
        title=short(annotations.get(f"{_PREFIX}title"), TITLE_LENGTH),
        version=short(annotations.get(f"{_PREFIX}version"), TITLE_LENGTH),
        summary=short(annotations.get(f"{_PREFIX}description")),
    )
