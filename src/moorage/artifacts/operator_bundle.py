"""OLM operator bundles and catalogs: images whose labels say where the manifests lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.catalog import CatalogPackage, read_catalog
from moorage.artifacts.description import (
    TITLE_LENGTH,
    ArtifactKind,
    Description,
    Named,
    Pushed,
    Unreadable,
    part,
    short,
    text_map,
    texts,
)
from moorage.artifacts.layer import read_layer
from moorage.charts.errors import ChartError
from moorage.charts.helm_yaml import load_values
from moorage.oci.manifest import Descriptor, Manifest

_BUNDLE = "operators.operatorframework.io.bundle."
_CATALOG = "operators.operatorframework.io.index.configs.v1"
_OLD_CATALOG = "operators.operatorframework.io.index.database.v1"


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


def recognise(manifest: Manifest) -> ArtifactKind | None:
    return _by_labels(manifest.annotations)


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return _by_labels(_labels(manifest, config))


def _by_labels(labels: Mapping[str, str]) -> ArtifactKind | None:
    if f"{_BUNDLE}manifests.v1" in labels or f"{_BUNDLE}mediatype.v1" in labels:
        return ArtifactKind.OPERATOR_BUNDLE
    if _CATALOG in labels or _OLD_CATALOG in labels:
        return ArtifactKind.OPERATOR_CATALOG
    return None


def _labels(manifest: Manifest, config: Mapping[str, Any]) -> dict[str, str]:
    return text_map(part(dict(config), "config", "Labels")) | manifest.annotations


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return pushed.manifest.layers


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    labels = _labels(pushed.manifest, pushed.config)
    is_catalog = kind is ArtifactKind.OPERATOR_CATALOG
    if is_catalog and _CATALOG not in labels:
        raise Unreadable("the catalog is a database file, of which only the labels are read")
    folder = labels.get(_CATALOG if is_catalog else f"{_BUNDLE}manifests.v1", "manifests/")
    files, contents, problems = _files(pushed, folder.strip("/"), is_catalog)
    if is_catalog:
        return _catalog(labels, files, contents, problems)
    return _bundle(pushed, labels, files, contents, problems)


def _files(
    pushed: Pushed, folder: str, is_catalog: bool
) -> tuple[list[Named], dict[str, bytes], list[str]]:
    """What lies in the folder; a later layer wins."""
    files: dict[str, Named] = {}
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    most = pushed.limits.layer_bytes if is_catalog else pushed.limits.file_bytes
    for layer in pushed.manifest.layers:
        try:
            read = read_layer(
                pushed.layer(layer),
                lambda name: (
                    name.startswith(f"{folder}/") and name.endswith((".yaml", ".yml", ".json"))
                ),
                most,
            )
        except Unreadable as error:
            problems.append(error.reason)
            continue
        files |= {file.name: file for file in read.files if file.name.startswith(f"{folder}/")}
        contents |= read.contents
        problems += read.problems
    if not contents and problems:
        raise Unreadable(problems[0])
    return [*files.values()], contents, problems


def _bundle(
    pushed: Pushed,
    labels: dict[str, str],
    files: list[Named],
    contents: dict[str, bytes],
    problems: list[str],
) -> Description:
    csv = _service_version(contents, problems)
    spec = part(csv, "spec") or {}
    icon = _icon(part(spec, "icon"), pushed.limits.icon_bytes, problems)
    channels = labels.get(f"{_BUNDLE}channels.v1", "")
    details = OperatorDetails(
        package=short(labels.get(f"{_BUNDLE}package.v1")),
        channels=tuple(one.strip() for one in channels.split(",") if one.strip()),
        default_channel=short(labels.get(f"{_BUNDLE}channel.default.v1")),
        csv_name=short(part(csv, "metadata", "name")),
        version=short(part(spec, "version"), TITLE_LENGTH),
        display_name=short(part(spec, "displayName"), TITLE_LENGTH),
        provider=short(part(spec, "provider", "name")),
        maturity=short(part(spec, "maturity")),
        description=short(part(spec, "description"), 64 * 1024),
        replaces=short(part(spec, "replaces")),
        skip_range=short(part(csv, "metadata", "annotations", "olm.skipRange")),
        min_kube_version=short(part(spec, "minKubeVersion")),
        icon=icon,
        install_modes=tuple(
            InstallMode(short(part(one, "type")), part(one, "supported") is True)
            for one in _list(part(spec, "installModes"))
        ),
        definitions=_owned(spec),
        permissions=_permissions(spec),
        images=_images(spec),
        labels=labels,
        files=tuple(files),
        catalog=(),
        problems=tuple(problems),
    )
    return Description(
        kind=ArtifactKind.OPERATOR_BUNDLE,
        details=details,
        title=details.display_name or details.package,
        version=details.version,
        app_version=details.version,
        summary=short(part(csv, "metadata", "annotations", "description"))
        or details.description[:500],
        keywords=texts(part(spec, "keywords"), 50),
    )


def _service_version(contents: dict[str, bytes], problems: list[str]) -> Any:
    """The ClusterServiceVersion among the manifests. Raises Unreadable where there is none."""
    for name, content in sorted(contents.items()):
        if b"ClusterServiceVersion" not in content:
            continue
        try:
            document = load_values(content, name)
        except ChartError as error:
            problems.append(error.message)
            continue
        if part(document, "kind") == "ClusterServiceVersion":
            return document
    raise Unreadable(problems[0] if problems else "the bundle has no ClusterServiceVersion")


def _icon(value: Any, most: int, problems: list[str]) -> str:
    """The first icon as a data URL."""
    first = _list(value)[0] if _list(value) else None
    data, media_type = part(first, "base64data"), short(part(first, "mediatype"), 100)
    if not isinstance(data, str) or not media_type.startswith("image/"):
        return ""
    plain = "".join(data.split())
    if len(plain) * 3 // 4 > most:
        problems.append(f"the icon has more than {most} bytes: it is not shown")
        return ""
    is_base64 = all(c.isascii() and (c.isalnum() or c in "+/=") for c in plain)
    return f"data:{media_type};base64,{plain}" if is_base64 else ""


def _owned(spec: Any) -> tuple[OwnedDefinition, ...]:
    listed = part(spec, "customresourcedefinitions")
    return tuple(
        OwnedDefinition(
            name=short(part(one, "name")),
            kind=short(part(one, "kind")),
            version=short(part(one, "version")),
            description=short(part(one, "description")),
            is_owned=key == "owned",
        )
        for key in ("owned", "required")
        for one in _list(part(listed, key))
    )


def _permissions(spec: Any) -> tuple[PermissionRule, ...]:
    install = part(spec, "install", "spec")
    return tuple(
        PermissionRule(
            service_account=short(part(account, "serviceAccountName")),
            is_cluster_wide=key == "clusterPermissions",
            api_groups=texts(part(rule, "apiGroups")),
            resources=texts(part(rule, "resources")),
            verbs=texts(part(rule, "verbs")),
        )
        for key in ("clusterPermissions", "permissions")
        for account in _list(part(install, key))
        for rule in _list(part(account, "rules"))
    )


def _images(spec: Any) -> tuple[str, ...]:
    found = {short(part(one, "image")) for one in _list(part(spec, "relatedImages"))}
    for deployment in _list(part(spec, "install", "spec", "deployments")):
        pod = part(deployment, "spec", "template", "spec")
        for key in ("containers", "initContainers"):
            found |= {short(part(one, "image")) for one in _list(part(pod, key))}
    return tuple(sorted(found - {""}))


def _catalog(
    labels: dict[str, str],
    files: list[Named],
    contents: dict[str, bytes],
    problems: list[str],
) -> Description:
    packages = read_catalog(contents, problems)
    details = OperatorDetails(
        package="",
        channels=(),
        default_channel="",
        csv_name="",
        version="",
        display_name="",
        provider="",
        maturity="",
        description="",
        replaces="",
        skip_range="",
        min_kube_version="",
        icon="",
        install_modes=(),
        definitions=(),
        permissions=(),
        images=(),
        labels=labels,
        files=tuple(files),
        catalog=packages,
        problems=tuple(problems),
    )
    return Description(
        kind=ArtifactKind.OPERATOR_CATALOG,
        details=details,
        summary=f"{len(packages)} packages",
        keywords=tuple(package.name for package in packages[:50]),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
