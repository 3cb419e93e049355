"""Software bills of material: SPDX 2 and CycloneDX, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.description import (
    TITLE_LENGTH,
    ArtifactKind,
    Description,
    Pushed,
    Unreadable,
    part,
    short,
    texts,
)
from moorage.artifacts.json_text import read_object
from moorage.oci.manifest import Descriptor, Manifest

COMPONENTS = 10_000
COUNTED = 1_000_000
_TYPES = (
    *("application/spdx+json", "text/spdx+json", "text/spdx", "application/vnd.spdx"),
    *("application/vnd.cyclonedx", "text/vnd.cyclonedx", "application/vnd.syft+json"),
)


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


def recognise(manifest: Manifest) -> ArtifactKind | None:
    types = [manifest.artifact_type or ""]
    types += [one.media_type for one in (manifest.config, *manifest.layers) if one is not None]
    return ArtifactKind.SBOM if any(one.startswith(_TYPES) for one in types) else None


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return recognise(manifest)


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return pushed.manifest.layers[:1]


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    if not pushed.manifest.layers:
        raise Unreadable("the manifest names no document")
    document = read_object(pushed.layer(pushed.manifest.layers[0]), "the SBOM")
    details = details_of(document)
    return Description(
        kind=kind,
        details=details,
        title=short(details.name, TITLE_LENGTH),
        summary=f"{details.format} {details.format_version}, {details.component_count} components",
    )


def details_of(document: dict[str, Any]) -> SbomDetails:
    """Raises Unreadable for a format that is not known."""
    if document.get("bomFormat") == "CycloneDX":
        return _cyclonedx(document)
    if "spdxVersion" in document:
        return _spdx(document)
    raise Unreadable("the SBOM is neither SPDX 2 nor CycloneDX as JSON")


def _cyclonedx(document: dict[str, Any]) -> SbomDetails:
    metadata = document.get("metadata")
    named = part(metadata, "component")
    tools = part(metadata, "tools")
    listed = tools if isinstance(tools, list) else part(tools, "components")
    name = " ".join(short(part(named, key)) for key in ("name", "version")).strip()
    return _details(
        ("CycloneDX", short(document.get("specVersion")), name, short(part(metadata, "timestamp"))),
        [short(part(one, "name")) for one in listed or []],
        _cyclonedx_components(document.get("components")),
    )


def _cyclonedx_components(value: Any) -> Iterator[Component]:
    """Components lie in components."""
    waiting = [value]
    while waiting:
        listed = waiting.pop()
        for one in listed if isinstance(listed, list) else []:
            waiting.append(part(one, "components"))
            licenses = part(one, "licenses")
            yield Component(
                name=_grouped(short(part(one, "group")), short(part(one, "name"))),
                version=short(part(one, "version")),
                type=short(part(one, "type")),
                purl=short(part(one, "purl")),
                licenses=tuple(
                    text
                    for choice in (licenses if isinstance(licenses, list) else [])
                    if (text := _cyclonedx_license(choice))
                ),
                supplier=short(part(one, "supplier", "name")),
            )


def _grouped(group: str, name: str) -> str:
    return f"{group}/{name}" if group else name


def _cyclonedx_license(choice: Any) -> str:
    return short(
        part(choice, "expression")
        or part(choice, "license", "id")
        or part(choice, "license", "name")
    )


def _spdx(document: dict[str, Any]) -> SbomDetails:
    creators = texts(part(document, "creationInfo", "creators"))
    return _details(
        (
            "SPDX",
            short(document.get("spdxVersion")).removeprefix("SPDX-"),
            short(document.get("name")),
            short(part(document, "creationInfo", "created")),
        ),
        [one.partition(":")[2].strip() for one in creators if one.startswith("Tool:")],
        _spdx_components(document.get("packages")),
    )


def _spdx_components(value: Any) -> Iterator[Component]:
    for one in value if isinstance(value, list) else []:
        references = part(one, "externalRefs")
        purls = [
            short(part(reference, "referenceLocator"))
            for reference in (references if isinstance(references, list) else [])
            if part(reference, "referenceType") == "purl"
        ]
        stated = (short(part(one, key)) for key in ("licenseConcluded", "licenseDeclared"))
        known = [text for text in stated if text not in ("", "NOASSERTION", "NONE")]
        yield Component(
            name=short(part(one, "name")),
            version=short(part(one, "versionInfo")),
            type=short(part(one, "primaryPackagePurpose")).lower(),
            purl=purls[0] if purls else "",
            licenses=tuple(known[:1]),
            supplier=short(part(one, "supplier")).partition(": ")[2],
        )


def _details(
    heading: tuple[str, str, str, str], tools: list[str], components: Iterator[Component]
) -> SbomDetails:
    shown: list[Component] = []
    licenses: Counter[str] = Counter()
    count = 0
    for component in components:
        count += 1
        if count > COUNTED:
            raise Unreadable(f"the SBOM names more than {COUNTED} components")
        licenses.update(component.licenses or ("unknown",))
        if count <= COMPONENTS:
            shown.append(component)
    return SbomDetails(
        *heading,
        tools=tuple(tools),
        component_count=count,
        components=tuple(shown),
        licenses=tuple(LicenseCount(*pair) for pair in licenses.most_common(1_000)),
    )
