"""Software bills of material: SPDX 2 and CycloneDX, as JSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Component:
    name: str
    version: str
    type: str
    purl: str
    licenses: tuple[str, ...]
    supplier: str


@dataclass(frozen=True, slots=True)
class LicenseCount:
    license: str
    components: int


@dataclass(frozen=True, slots=True)
class SbomDetails:
    """The components that a bill names; the first 10,000 of `component_count`."""

    format: str
    format_version: str
    name: str
    created: str
    tools: tuple[str, ...]
    component_count: int
    components: tuple[Component, ...]
    licenses: tuple[LicenseCount, ...]
