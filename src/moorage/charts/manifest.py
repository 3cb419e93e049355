"""The manifest that carries a chart, in the form that Helm writes.

config  application/vnd.cncf.helm.config.v1+json                    Chart.yaml as JSON
layers  application/vnd.cncf.helm.chart.content.v1.tar+gzip         the archive
        (Helm <= 3.6: application/tar+gzip)
        application/vnd.cncf.helm.chart.provenance.v1.prov          its signature
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.manifest import Descriptor, Manifest

if TYPE_CHECKING:
    from moorage.charts.chart import Metadata

LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
OLD_LAYER = media.HELM_OLD_LAYER
PROVENANCE_LAYER = "application/vnd.cncf.helm.chart.provenance.v1.prov"


class Content(Protocol):
    """A blob that a manifest names: here or described elsewhere."""

    @property
    def digest(self) -> Digest: ...
    @property
    def size_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ChartParts:
    """Where a chart's manifest has what. Layers are told by media type, never by place."""

    config: Descriptor
    archive: Descriptor | None
    provenance: Descriptor | None


def find_parts(manifest: Manifest) -> ChartParts | None:
    """The parts of a chart; None for any other artifact."""
    config = manifest.config
    if config is None or config.media_type != media.HELM_CONFIG:
        return None
    archive = next((x for x in manifest.layers if x.media_type in (LAYER, OLD_LAYER)), None)
    provenance = next((x for x in manifest.layers if x.media_type == PROVENANCE_LAYER), None)
    return ChartParts(config, archive, provenance)


def chart_manifest(
    config: Content, layers: Iterable[tuple[str, Content]], annotations: dict[str, str]
) -> bytes:
    """Compact, layers sorted by digest, annotations by key, no mediaType."""
    described = [_descriptor(media_type, content) for media_type, content in layers]
    document = {
        "schemaVersion": 2,
        "config": _descriptor(media.HELM_CONFIG, config),
        "layers": sorted(described, key=lambda d: str(d["digest"])),
    }
    if annotations:
        document["annotations"] = dict(sorted(annotations.items()))
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def legacy_manifest(parts: ChartParts) -> bytes:
    """The same chart as Helm 3.0 to 3.6 push and pull it: one layer, of the old media type.

    Those clients refuse the new type and any second layer. The same chart always gives the same
    bytes, so that the digest can be asked for later.
    """
    assert parts.archive is not None
    return chart_manifest(parts.config, [(OLD_LAYER, parts.archive)], {})


def annotations_of(metadata: Metadata, created: float) -> dict[str, str]:
    """The chart's own annotations and OCI's; `created` is in seconds since 1970."""
    document = metadata.document
    moment = datetime.fromtimestamp(int(created), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    authors = ", ".join(_author(person) for person in document.get("maintainers", []))
    found = {
        "title": metadata.name,
        "version": metadata.version,
        "description": metadata.description,
        "url": str(document.get("home", "")),
        "created": moment,
        "source": next(iter(document.get("sources", [])), ""),
        "authors": authors,
    }
    ours = {f"org.opencontainers.image.{key}": value for key, value in found.items() if value}
    # Helm does not let a chart's annotation take the place of these two.
    fixed = ("org.opencontainers.image.version", "org.opencontainers.image.title")
    own = {key: value for key, value in metadata.annotations.items() if key not in fixed}
    return ours | own


def _descriptor(media_type: str, content: Content) -> dict[str, object]:
    return {"mediaType": media_type, "digest": content.digest, "size": content.size_bytes}


def _author(person: dict[str, str]) -> str:
    name, mail = person.get("name", ""), person.get("email", "")
    return f"{name} ({mail})" if mail else name
