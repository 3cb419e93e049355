"""Container images and indexes of them. (image-spec: config.md, image-index.md)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.description import (
    TITLE_LENGTH,
    ArtifactKind,
    Description,
    Pushed,
    part,
    short,
    text_map,
    texts,
)
from moorage.oci import media
from moorage.oci.manifest import Descriptor, Manifest

HISTORY = 1_000
CHILDREN = 1_000
_TITLE = "org.opencontainers.image."


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with the history line that made it."""

    digest: str
    media_type: str
    size_bytes: int
    created_by: str
    created: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One step of the build, also those that made no layer."""

    created_by: str
    created: str
    comment: str
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    """How a container of the image is started."""

    user: str
    working_dir: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[str, ...]
    ports: tuple[str, ...]
    volumes: tuple[str, ...]
    stop_signal: str


@dataclass(frozen=True, slots=True)
class Platform:
    os: str
    architecture: str
    variant: str
    os_version: str


@dataclass(frozen=True, slots=True)
class ImageChild:
    """A manifest that an index names."""

    digest: str
    media_type: str
    artifact_type: str
    size_bytes: int
    platform: Platform
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class ImageDetails:
    """One image, or (with `children`) an index of images."""

    platform: Platform
    created: str
    author: str
    layers: tuple[Layer, ...]
    history: tuple[HistoryLine, ...]
    configuration: Configuration
    labels: dict[str, str]
    children: tuple[ImageChild, ...]


def recognise(manifest: Manifest) -> ArtifactKind | None:
    if manifest.is_index:
        return None if manifest.artifact_type else ArtifactKind.MULTIARCH_IMAGE
    is_image = manifest.config is not None and manifest.config.media_type in media.IMAGE_CONFIGS
    return ArtifactKind.IMAGE if is_image and not manifest.artifact_type else None


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return recognise(manifest)


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return ()


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    """The layers are never read: what they make is in the config."""
    details = _index(pushed) if pushed.manifest.is_index else _image(pushed)
    named = details.labels | pushed.manifest.annotations
    return Description(
        kind=kind,
        details=details,
        title=short(named.get(f"{_TITLE}title"), TITLE_LENGTH),
        version=short(named.get(f"{_TITLE}version"), TITLE_LENGTH),
        app_version=short(named.get(f"{_TITLE}version"), TITLE_LENGTH),
        summary=short(named.get(f"{_TITLE}description")),
    )


def _image(pushed: Pushed) -> ImageDetails:
    config = pushed.config
    history = _history(config.get("history"))
    steps = [line for line in history if not line.is_empty]
    # Without a complete history nobody knows which line made which layer.
    lines: list[HistoryLine | None] = [*steps]
    if len(steps) != len(pushed.manifest.layers):
        lines = [None] * len(pushed.manifest.layers)
    return ImageDetails(
        platform=_platform(config),
        created=short(config.get("created")),
        author=short(config.get("author")),
        layers=tuple(
            Layer(
                layer.digest,
                layer.media_type,
                layer.size_bytes,
                line.created_by if line else "",
                line.created if line else "",
            )
            for layer, line in zip(pushed.manifest.layers, lines, strict=True)
        ),
        history=history,
        configuration=_configuration(part(dict(config), "config")),
        labels=text_map(part(dict(config), "config", "Labels")),
        children=(),
    )


def _index(pushed: Pushed) -> ImageDetails:
    listed = pushed.document.get("manifests")
    children = [item for item in (listed or []) if isinstance(item, dict)][:CHILDREN]
    return ImageDetails(
        platform=_platform({}),
        created="",
        author="",
        layers=(),
        history=(),
        configuration=_configuration(None),
        labels={},
        children=tuple(
            ImageChild(
                digest=short(item.get("digest")),
                media_type=short(item.get("mediaType")),
                artifact_type=short(item.get("artifactType")),
                size_bytes=int(item.get("size") or 0),
                platform=_platform(item.get("platform")),
                annotations=text_map(item.get("annotations")),
            )
            for item in children
        ),
    )


def _history(value: Any) -> tuple[HistoryLine, ...]:
    lines = value if isinstance(value, list) else []
    return tuple(
        HistoryLine(
            short(line.get("created_by")),
            short(line.get("created")),
            short(line.get("comment")),
            bool(line.get("empty_layer")),
        )
        for line in lines[:HISTORY]
        if isinstance(line, dict)
    )


def _configuration(value: Any) -> Configuration:
    return Configuration(
        user=short(part(value, "User")),
        working_dir=short(part(value, "WorkingDir")),
        entrypoint=texts(part(value, "Entrypoint")),
        command=texts(part(value, "Cmd")),
        environment=texts(part(value, "Env")),
        ports=tuple(sorted(_keys(part(value, "ExposedPorts")))),
        volumes=tuple(sorted(_keys(part(value, "Volumes")))),
        stop_signal=short(part(value, "StopSignal")),
    )


def _keys(value: Any) -> list[str]:
    return [short(key) for key in value] if isinstance(value, dict) else []


def _platform(value: Any) -> Platform:
    return Platform(
        short(part(value, "os")),
        short(part(value, "architecture")),
        short(part(value, "variant")),
        short(part(value, "os.version")),
    )
