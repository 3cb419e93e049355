"""What a pushed chart is, from its manifest and its config blob: all that an index needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moorage.charts.chart import Metadata
from moorage.charts.errors import ChartError
from moorage.charts.manifest import ChartParts, legacy_manifest
from moorage.charts.version import sort_key
from moorage.oci.digest import Digest
from moorage.oci.manifest import Descriptor

CONFIG_BYTES = 256 * 1024
"""Largest Chart.yaml that is read; the largest known have some 60 KB."""
NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Description:
    """A chart that can be listed. `entry`: the keys of Chart.yaml as one line of JSON."""

    metadata: Metadata
    archive: Descriptor
    provenance: Descriptor | None
    legacy_digest: Digest
    entry: str

    @property
    def file_name(self) -> str:
        return file_name_of(self.metadata.name, self.metadata.version)

    @property
    def version_key(self) -> str:
        return sort_key(self.metadata.version)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A chart that is stored and pulled as it is, but stands in no index."""

    problem: str


def file_name_of(name: str, version: str) -> str:
    """What an archive is called in a classic repository."""
    return f"{name}-{version}.tgz"


def describe(parts: ChartParts, config: bytes) -> Description | Unlisted:
    """Read a chart's config, whatever its pusher made of it."""
    if parts.archive is None:
        return Unlisted("it has no layer with a chart's archive")
    try:
        metadata = _metadata(config)
        return Description(
            metadata,
            parts.archive,
            parts.provenance,
            Digest.of(legacy_manifest(parts)),
            entry_of(metadata),
        )
    except ChartError as error:
        return Unlisted(f"its config cannot be read as Chart.yaml: {error.message}")
    except (ValueError, RecursionError):
        return Unlisted("its config is not JSON with Chart.yaml's keys")


def entry_of(metadata: Metadata) -> str:
    """One line of JSON that YAML reads alike: no character that YAML would not take as it is."""
    text = json.dumps(metadata.document, ensure_ascii=False, separators=(",", ":"))
    text.encode()  # a lone surrogate is no character: raises ValueError
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _metadata(config: bytes) -> Metadata:
    document: Any = json.loads(config, parse_int=str, parse_float=str)
    if not isinstance(document, dict):
        raise ChartError("it is not a map of keys and values")
    metadata = Metadata.of(document)
    metadata.require_valid()
    if len(metadata.name) > NAME_LENGTH or "\\" in metadata.name:
        raise ChartError(f"a name has at most {NAME_LENGTH} characters and no backslash")
    return metadata


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else ""
