"""Helm charts: the config blob is Chart.yaml as JSON, the chart layer holds the files."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from moorage.artifacts.chart_images import images_of
from moorage.artifacts.description import (
    KEYWORDS,
    TITLE_LENGTH,
    ArtifactKind,
    Description,
    Link,
    Named,
    Pushed,
    Relation,
    TextFile,
    Unreadable,
    decoded,
    part,
    short,
    texts,
)
from moorage.artifacts.references import image_name
from moorage.charts import provenance as signing
from moorage.charts.archive import read_files
from moorage.charts.chart import SCHEMA_FILE, VALUES_FILE, Chart, File, Metadata
from moorage.charts.errors import ChartError, MetadataInvalid
from moorage.charts.helm_yaml import load_values
from moorage.charts.loading import chart_of
from moorage.oci import media
from moorage.oci.manifest import Descriptor, Manifest

SHOWN_TEXT_BYTES = 8 * 1024 * 1024
"""Of all templates, or all CRDs, together."""
DEFINITION_BYTES = 512 * 1024
DEPENDENCIES = 500
"""More are not looked for in this registry, whose answer takes a look for each."""
PROV_LAYER = "application/vnd.cncf.helm.chart.provenance.v1.prov"


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


def recognise(manifest: Manifest) -> ArtifactKind | None:
    is_chart = manifest.config is not None and manifest.config.media_type == media.HELM_CONFIG
    return ArtifactKind.CHART if is_chart else None


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return recognise(manifest)


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return [layer for layer in pushed.manifest.layers if layer.media_type in media.HELM_LAYERS]


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    metadata = _metadata(pushed.config)
    known = _description(metadata, pushed, None)
    if not pushed.limits.reads_charts:
        raise Unreadable("charts are not read here (FEATURE_HELM_CHART_METADATA_EXTRACTION)", known)
    try:
        layer = _chart_layer(pushed.manifest)
        files = read_files(io.BytesIO(pushed.layer(layer)))
    except ChartError as error:
        raise Unreadable(error.message, known) from None
    except Unreadable as error:
        raise Unreadable(error.reason, known) from None
    problems: list[str] = []
    chart = _chart(metadata, files, problems)
    if not metadata.name:
        metadata = chart.metadata
    texts_ = _texts(chart, pushed.limits.file_bytes, problems)
    prov = next((one for one in pushed.manifest.layers if one.media_type == PROV_LAYER), None)
    if prov is not None and prov.digest in pushed.blobs:
        texts_["provenance"] = pushed.blobs[prov.digest].decode("utf-8", "replace")
    details = _details(
        metadata, chart, files, _provenance(pushed, layer, prov), tuple(texts_), problems
    )
    return _description(metadata, pushed, details, texts_)


def _metadata(config: Mapping[str, Any]) -> Metadata:
    try:
        return Metadata.of(dict(config))
    except MetadataInvalid as error:
        raise Unreadable(error.message) from None


def _chart_layer(manifest: Manifest) -> Descriptor:
    kinds = media.HELM_LAYERS - {PROV_LAYER}
    found = next((layer for layer in manifest.layers if layer.media_type in kinds), None)
    if found is None:
        raise Unreadable("the manifest names no chart archive")
    return found


def _chart(metadata: Metadata, files: list[File], problems: list[str]) -> Chart:
    """With its subcharts; without them where they cannot be read."""
    try:
        return chart_of(files)
    except ChartError as error:
        problems.append(error.message)
        return Chart(metadata, tuple(files), ())


def _texts(chart: Chart, file_bytes: int, problems: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for role, name, content in (
        ("readme", "README", chart.readme),
        ("values", VALUES_FILE, chart.values),
        ("schema", SCHEMA_FILE, chart.find(SCHEMA_FILE)),
    ):
        text = _text(name, content, file_bytes, problems) if content is not None else None
        if text is not None:
            found[role] = text
    templates = [(file.name, file.content) for file in chart.templates]
    templates += _below(chart)
    definitions = [(file.name, file.content) for file in chart.resource_definitions]
    for role, files in (("templates", templates), ("definitions", definitions)):
        shown = _text_files(role, files, file_bytes, problems)
        if shown:
            found[role] = msgspec.json.encode(shown).decode()
    return found


def _below(chart: Chart, path: str = "") -> list[tuple[str, bytes]]:
    """The templates of subcharts."""
    found: list[tuple[str, bytes]] = []
    for subchart in chart.subcharts:
        folder = f"{path}charts/{subchart.metadata.name}/"
        found += [(folder + file.name, file.content) for file in subchart.templates]
        found += _below(subchart, folder)
    return found


def _text_files(
    role: str, files: Sequence[tuple[str, bytes]], file_bytes: int, problems: list[str]
) -> list[TextFile]:
    shown: list[TextFile] = []
    size = 0
    for name, content in files:
        size += len(content)
        if size > SHOWN_TEXT_BYTES:
            problems.append(f"more than {SHOWN_TEXT_BYTES} bytes of {role}: the rest is left out")
            break
        text = _text(name, content, file_bytes, problems)
        if text is not None:
            shown.append(TextFile(short(name), text))
    return shown


def _text(name: str, content: bytes, file_bytes: int, problems: list[str]) -> str | None:
    if len(content) > file_bytes:
        problems.append(f"{short(name)} has {len(content)} bytes: at most {file_bytes} are shown")
        return None
    try:
        text = decoded(content, short(name))
    except Unreadable as error:
        problems.append(error.reason)
        return None
    return text.replace("\x00", "\ufffd")


def _details(
    metadata: Metadata,
    chart: Chart,
    files: Sequence[File],
    provenance: Provenance,
    roles: tuple[str, ...],
    problems: list[str],
) -> ChartDetails:
    document = metadata.document
    definitions = _definitions(chart, problems)
    images = images_of(chart, metadata, problems)
    return ChartDetails(
        name=short(metadata.name, TITLE_LENGTH),
        version=short(metadata.version, TITLE_LENGTH),
        app_version=short(metadata.app_version, TITLE_LENGTH),
        description=short(metadata.description),
        api_version=short(metadata.api_version),
        type=short(document.get("type")) or "application",
        kube_version=short(document.get("kubeVersion")),
        home=short(document.get("home")),
        icon=short(document.get("icon")),
        sources=texts(document.get("sources")),
        keywords=texts(document.get("keywords"), KEYWORDS),
        maintainers=tuple(
            Maintainer(*(short(part(one, key)) for key in ("name", "email", "url")))
            for one in document.get("maintainers") or []
        ),
        annotations={k: short(v, 64 * 1024) for k, v in metadata.annotations.items()},
        deprecated=metadata.is_deprecated,
        dependencies=_dependencies(document.get("dependencies") or [], files, problems),
        images=images,
        definitions=definitions,
        files=tuple(Named(short(file.name), len(file.content)) for file in files),
        provenance=provenance,
        has_readme="readme" in roles,
        has_values="values" in roles,
        has_schema="schema" in roles,
        problems=tuple(problems),
    )


def _dependencies(
    listed: Sequence[Any], files: Sequence[File], problems: list[str]
) -> tuple[Dependency, ...]:
    if len(listed) > DEPENDENCIES:
        problems.append(f"Chart.yaml names {len(listed)} dependencies: {DEPENDENCIES} are shown")
    below = {file.name.split("/")[1] for file in files if file.name.startswith("charts/")}
    return tuple(
        Dependency(
            name=(name := short(part(one, "name"), TITLE_LENGTH)),
            version=short(part(one, "version"), TITLE_LENGTH),
            repository=short(part(one, "repository")),
            alias=short(part(one, "alias")),
            condition=short(part(one, "condition")),
            tags=texts(part(one, "tags")),
            is_bundled=any(
                entry == name or (entry.startswith(f"{name}-") and entry.endswith(".tgz"))
                for entry in below
            ),
        )
        for one in listed[:DEPENDENCIES]
    )


def _definitions(chart: Chart, problems: list[str]) -> tuple[ResourceDefinition, ...]:
    found: list[ResourceDefinition] = []
    for file in chart.resource_definitions:
        if len(file.content) > DEFINITION_BYTES:
            problems.append(f"{short(file.name)} has {len(file.content)} bytes: it is not parsed")
            continue
        for text in file.content.decode("utf-8", "replace").split("\n---"):
            try:
                document = load_values(text, file.name)
            except ChartError as error:
                problems.append(error.message)
                continue
            if part(document, "kind") == "CustomResourceDefinition":
                found.append(_definition(document, file.name))
    return tuple(found)


def _definition(document: dict[str, Any], file: str) -> ResourceDefinition:
    spec = document.get("spec")
    versions = part(spec, "versions")
    listed = versions if isinstance(versions, list) else [{"name": part(spec, "version")}]
    return ResourceDefinition(
        name=short(part(document, "metadata", "name")),
        group=short(part(spec, "group")),
        kind=short(part(spec, "names", "kind")),
        versions=tuple(name for one in listed if (name := short(part(one, "name")))),
        file=short(file),
    )


def _provenance(pushed: Pushed, layer: Descriptor, prov: Descriptor | None) -> Provenance:
    if prov is None:
        return Provenance("none", (), "", "the chart was pushed without a .prov file")
    content, configured = pushed.blobs.get(prov.digest, b""), pushed.trust.chart_keyring
    signers: list[str] = []
    try:
        signers = signing.signers_of(content)
        keyring = signing.read_keyring(configured) if configured else []
        verified = signing.verify(content, layer.digest, "", keyring)
    except ChartError as error:
        is_unknown = "unknown entity" in error.message
        state: Literal["unknown_key", "failed"] = "unknown_key" if is_unknown else "failed"
        fingerprint = signers[0] if is_unknown and signers else ""
        return Provenance(state, (), fingerprint, _because(is_unknown, pushed, error))
    names = tuple(short(name) for name in verified.signed_by)
    return Provenance("verified", names, verified.fingerprint.upper(), "")


def _because(is_unknown: bool, pushed: Pushed, error: ChartError) -> str:
    if is_unknown and not pushed.trust.chart_keyring:
        return "no keyring is configured to check it with (CHART_KEYRING)"
    if is_unknown:
        return "the signer's key is not in the keyring (CHART_KEYRING)"
    return short(error.message)


def _description(
    metadata: Metadata,
    pushed: Pushed,
    details: ChartDetails | None,
    texts_: Mapping[str, str] | None = None,
) -> Description:
    links: list[Link] = []
    if details is not None:
        links += [
            Link(Relation.DEPENDENCY, one.name, one.version, one.repository)
            for one in details.dependencies
            if one.name
        ]
        links += [Link(Relation.IMAGE, image_name(image).name, image) for image in details.images]
    return Description(
        kind=ArtifactKind.CHART,
        details=details,
        title=short(metadata.name, TITLE_LENGTH),
        version=short(metadata.version, TITLE_LENGTH),
        app_version=short(metadata.app_version, TITLE_LENGTH),
        summary=short(metadata.description),
        keywords=texts(metadata.document.get("keywords"), KEYWORDS),
        is_deprecated=metadata.is_deprecated,
        is_signed=any(layer.media_type == PROV_LAYER for layer in pushed.manifest.layers),
        links=tuple(links),
        texts=texts_ or {},
    )
