"""Container images and indexes of them. (image-spec: config.md, image-index.md)"""

from __future__ import annotations

from dataclasses import dataclass


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
