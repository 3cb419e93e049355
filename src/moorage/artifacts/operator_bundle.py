"""OLM operator bundles and catalogs: images whose labels say where the manifests lie."""

from __future__ import annotations

from dataclasses import dataclass

from moorage.artifacts.description import Named


@dataclass(frozen=True, slots=True)
class OwnedDefinition:
    """An API that the operator brings or needs."""

    name: str
    kind: str
    version: str
    description: str
    is_owned: bool


@dataclass(frozen=True, slots=True)
class InstallMode:
    type: str
    is_supported: bool


@dataclass(frozen=True, slots=True)
class PermissionRule:
    """What a service account of the operator may do; `is_cluster_wide` or in its namespace."""

    service_account: str
    is_cluster_wide: bool
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogPackage:
    """A package that a catalog offers."""

    name: str
    default_channel: str
    channels: tuple[str, ...]
    bundles: int
    description: str


@dataclass(frozen=True, slots=True)
class OperatorDetails:
    """A bundle's ClusterServiceVersion, or (with `catalog`) what a catalog offers."""

    package: str
    channels: tuple[str, ...]
    default_channel: str
    csv_name: str
    version: str
    display_name: str
    provider: str
    maturity: str
    description: str
    replaces: str
    skip_range: str
    min_kube_version: str
    icon: str
    """data:image/...;base64,... or empty; at most 512 KiB."""
    install_modes: tuple[InstallMode, ...]
    definitions: tuple[OwnedDefinition, ...]
    permissions: tuple[PermissionRule, ...]
    images: tuple[str, ...]
    labels: dict[str, str]
    files: tuple[Named, ...]
    catalog: tuple[CatalogPackage, ...]
    problems: tuple[str, ...]
