"""A chart: its metadata (Chart.yaml) and its files.

NAME/Chart.yaml  Chart.lock  values.yaml  values.schema.json  templates/...
     charts/SUBCHART/...  or  charts/SUBCHART-VERSION.tgz       anything else
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from moorage.charts.errors import ChartError, MetadataInvalid, quoted
from moorage.charts.helm_yaml import dump, load_text
from moorage.charts.version import find_version

CHART_FILE = "Chart.yaml"
VALUES_FILE = "values.yaml"
SCHEMA_FILE = "values.schema.json"
LOCK_FILE = "Chart.lock"
BOM = b"\xef\xbb\xbf"

_TEXT = "text"
_LIST = "list of text"
FIELDS: dict[str, str] = {
    "name": _TEXT,
    "home": _TEXT,
    "sources": _LIST,
    "version": _TEXT,
    "description": _TEXT,
    "keywords": _LIST,
    "maintainers": "maintainers",
    "icon": _TEXT,
    "apiVersion": _TEXT,
    "condition": _TEXT,
    "tags": _TEXT,
    "appVersion": _TEXT,
    "deprecated": "boolean",
    "annotations": "annotations",
    "kubeVersion": _TEXT,
    "dependencies": "dependencies",
    "type": _TEXT,
}
"""The keys of Chart.yaml in the order in which Helm writes them as JSON."""
_MAINTAINER = ("name", "email", "url")
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})


@dataclass(frozen=True, slots=True)
class File:
    """A file of a chart; `name` is its path below the chart's folder, parted by /."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What Chart.yaml says. `document`: the known keys in Helm's order, without empty ones."""

    document: dict[str, Any]

    @classmethod
    def parse(cls, raw: bytes, named: str = CHART_FILE) -> Metadata:
        """Read Chart.yaml, not judging it yet (see `require_valid`). Raises MetadataInvalid."""
        try:
            document = load_text(raw.removeprefix(BOM), named)
        except ChartError as error:
            raise MetadataInvalid(f"cannot load {named}: {error.message}") from None
        if not isinstance(document, dict):
            raise MetadataInvalid(f"cannot load {named}: it is not a map of keys and values")
        return cls.of(document)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Metadata:
        """From a map with Chart.yaml's keys; unknown keys are dropped. Raises MetadataInvalid."""
        known = {key: _field(key, kind, document.get(key)) for key, kind in FIELDS.items()}
        return cls({key: value for key, value in known.items() if value})

    @property
    def name(self) -> str:
        return self._text("name")

    @property
    def version(self) -> str:
        return self._text("version")

    @property
    def api_version(self) -> str:
        return self._text("apiVersion")

    @property
    def app_version(self) -> str:
        return self._text("appVersion")

    @property
    def description(self) -> str:
        return self._text("description")

    @property
    def is_deprecated(self) -> bool:
        return bool(self.document.get("deprecated"))

    @property
    def annotations(self) -> dict[str, str]:
        found: dict[str, str] = self.document.get("annotations", {})
        return found

    def require_valid(self) -> None:
        """Raises MetadataInvalid with Helm's words for the first thing that is wrong."""
        for key in ("apiVersion", "name", "version"):
            if not self.document.get(key):
                raise MetadataInvalid(f"validation: chart.metadata.{key} is required")
        if "/" in self.name or self.name in (".", ".."):
            raise MetadataInvalid(f"validation: chart.metadata.name {quoted(self.name)} is invalid")
        if find_version(self.version) is None:
            raise MetadataInvalid(
                f'validation: chart.metadata.version "{quoted(self.version)}" is invalid',
                "a version is three numbers, as 1.2.3 (https://semver.org)",
            )
        if self.document.get("type", "application") not in ("application", "library"):
            raise MetadataInvalid("validation: chart.metadata.type must be application or library")

    def with_versions(self, version: str | None, app_version: str | None) -> Metadata:
        changed = dict(self.document)
        changed |= {"version": version} if version else {}
        changed |= {"appVersion": app_version} if app_version else {}
        return Metadata.of(changed)

    def as_json(self) -> bytes:
        """The config blob: byte for byte what Helm writes, so that the digests agree."""
        text = json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))
        for character in "<>&\u2028\u2029":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text.encode()

    def as_yaml(self) -> str:
        return dump(self.document)

    def _text(self, key: str) -> str:
        return str(self.document.get(key, ""))


@dataclass(frozen=True, slots=True)
class Chart:
    """A loaded chart. `files` are all files but Chart.yaml and the subcharts', as they were."""

    metadata: Metadata
    files: tuple[File, ...]
    subcharts: tuple[Chart, ...]

    def find(self, name: str) -> bytes | None:
        return next((file.content for file in self.files if file.name == name), None)

    @property
    def values(self) -> bytes | None:
        return self.find(VALUES_FILE)

    @property
    def templates(self) -> tuple[File, ...]:
        return tuple(file for file in self.files if file.name.startswith("templates/"))

    @property
    def readme(self) -> bytes | None:
        names = {file.name.lower(): file.content for file in reversed(self.files)}
        return next((names[n] for n in ("readme.md", "readme.txt", "readme") if n in names), None)

    @property
    def resource_definitions(self) -> tuple[File, ...]:
        """The CRDs, those of subcharts too."""
        own = [
            file
            for file in self.files
            if file.name.startswith("crds/") and file.name.endswith((".yaml", ".yml", ".json"))
        ]
        below = [file for subchart in self.subcharts for file in subchart.resource_definitions]
        return (*sorted(own, key=lambda file: file.name), *below)

    def packed_files(self) -> Iterator[File]:
        """What goes into an archive, in Helm's order; Chart.yaml is written anew, sorted."""
        metadata = self.metadata
        if metadata.api_version == "v1":  # its dependencies stand in requirements.yaml
            metadata = Metadata.of(metadata.document | {"dependencies": None})
        yield File(CHART_FILE, metadata.as_yaml().encode())
        first = (LOCK_FILE, VALUES_FILE, SCHEMA_FILE)
        yield from (file for name in first for file in self.files if file.name == name)
        rest = [file for file in self.files if file.name not in first]
        yield from (file for file in rest if file.name.startswith("templates/"))
        yield from (file for file in rest if not file.name.startswith("templates/"))
        for subchart in self.subcharts:
            for file in subchart.packed_files():
                yield replace(file, name=f"charts/{subchart.metadata.name}/{file.name}")


def metadata_of(files: Iterable[File]) -> Metadata:
    """What Chart.yaml and, of old charts, requirements.yaml say. Raises MetadataInvalid."""
    found = {file.name: file.content for file in files}
    if CHART_FILE not in found:
        raise MetadataInvalid(f"{CHART_FILE} file is missing", "a chart has one at its top")
    metadata = Metadata.parse(found[CHART_FILE])
    if "requirements.yaml" in found and metadata.api_version in ("", "v1"):
        named = "requirements.yaml"
        more = load_text(found[named].removeprefix(BOM), named) or {}
        if not isinstance(more, dict):
            raise MetadataInvalid(f"cannot load {named}: it is not a map of keys and values")
        dependencies = more.get("dependencies", metadata.document.get("dependencies"))
        metadata = Metadata.of(metadata.document | {"dependencies": dependencies})
    return metadata


def _field(key: str, kind: str, value: Any) -> Any:
    """The value in its right type; None and empty values come back as something false."""
    if value is None:
        return None
    if kind == _TEXT:
        return _line(key, value)
    if kind == "boolean":
        return value is True or str(value) in _TRUE
    if kind == "annotations":
        if not isinstance(value, dict):
            raise MetadataInvalid(f"{CHART_FILE}: annotations is not a map")
        return {
            str(name): _text(f"annotations.{name}", value[name] or "")
            for name in sorted(value, key=str)
        }
    if not isinstance(value, list):
        raise MetadataInvalid(f"{CHART_FILE}: {key} is not a list")
    if kind == "maintainers":
        return [_known(_map(key, item), dict.fromkeys(_MAINTAINER, _TEXT)) for item in value]
    if kind == "dependencies":
        return [_dependency(_map(key, item)) for item in value]
    return [_line(key, item or "") for item in value]


def _dependency(item: dict[str, Any]) -> dict[str, Any]:
    kinds = {"name": _TEXT, "version": _TEXT, "repository": _TEXT, "condition": _TEXT}
    found = {"name": ""} | _known(item, kinds)
    condition = found.pop("condition", None)
    found.setdefault("repository", "")
    found = {key: found[key] for key in ("name", "version", "repository") if key in found}
    found |= {"condition": condition} if condition else {}
    found |= _known(item, {"tags": _LIST, "enabled": "boolean"})
    if item.get("import-values"):
        found["import-values"] = item["import-values"]
    return found | _known(item, {"alias": _TEXT})


def _known(item: dict[str, Any], kinds: dict[str, str]) -> dict[str, Any]:
    found = {key: _field(key, kind, item.get(key)) for key, kind in kinds.items()}
    return {key: value for key, value in found.items() if value}


def _map(key: str, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise MetadataInvalid(f"{CHART_FILE}: {key} holds something that is not a map")
    return item


def _text(key: str, value: Any) -> str:
    if isinstance(value, dict | list):
        raise MetadataInvalid(f"{CHART_FILE}: {key} is not text")
    return str(value)


def _line(key: str, value: Any) -> str:
    """Text as Helm keeps it: white space becomes blanks, what cannot be printed goes."""
    text = _text(key, value)
    if text.isprintable():
        return text
    blanks = (" " if character.isspace() else character for character in text)
    return "".join(character for character in blanks if character.isprintable())
