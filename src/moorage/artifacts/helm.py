"""Helm charts: the config blob is Chart.yaml as JSON, the chart layer holds the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moorage.artifacts.description import Named


@dataclass(frozen=True, slots=True)
class Maintainer:
    name: str
    email: str
    url: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that this one needs. `is_bundled`: it lies in the archive's charts/ folder."""

    name: str
    version: str
    repository: str
    alias: str
    condition: str
    tags: tuple[str, ...]
    is_bundled: bool


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """A CustomResourceDefinition in crds/."""

    name: str
    group: str
    kind: str
    versions: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who signed the archive. `verified` and `failed` need a keyring (CHART_KEYRING)."""

    state: Literal["none", "verified", "unknown_key", "failed"]
    signed_by: tuple[str, ...]
    fingerprint: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChartDetails:
    """Chart.yaml, and what the archive holds."""

    name: str
    version: str
    app_version: str
    description: str
    api_version: str
    type: str
    kube_version: str
    home: str
    icon: str
    sources: tuple[str, ...]
    keywords: tuple[str, ...]
    maintainers: tuple[Maintainer, ...]
    annotations: dict[str, str]
    deprecated: bool
    dependencies: tuple[Dependency, ...]
    images: tuple[str, ...]
    definitions: tuple[ResourceDefinition, ...]
    files: tuple[Named, ...]
    provenance: Provenance
    has_readme: bool
    has_values: bool
    has_schema: bool
    problems: tuple[str, ...]
    """What could not be read of an otherwise readable chart, as sentences."""
