"""Lint: what is wrong with a chart before it is packed. Templates are not rendered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from moorage.charts.chart import CHART_FILE, FIELDS, SCHEMA_FILE, VALUES_FILE, Metadata
from moorage.charts.errors import ChartError
from moorage.charts.folder import load_chart
from moorage.charts.helm_yaml import load_text, load_values
from moorage.charts.version import find_version, is_strict

Severity = Literal["INFO", "WARNING", "ERROR"]
_KNOWN = frozenset(FIELDS)
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    path: str
    text: str

    def __str__(self) -> str:
        return f"[{self.severity}] {self.path}: {self.text}"


def lint_folder(folder: Path) -> list[Finding]:
    """Everything found, in Helm's order: Chart.yaml, values.yaml, templates, the whole."""
    findings = [*_lint_chart_file(folder), *_lint_values(folder), *_lint_templates(folder)]
    try:
        load_chart(folder).metadata.require_valid()
    except ChartError as error:
        findings.append(Finding("ERROR", "", f"unable to load chart\n\t{error.message}"))
    return findings


def _lint_chart_file(folder: Path) -> Iterator[Finding]:
    try:
        raw = (folder / CHART_FILE).read_bytes()
        metadata = Metadata.parse(raw)
        document = load_text(raw, CHART_FILE)
    except ChartError as error:
        yield Finding("ERROR", CHART_FILE, f"unable to parse YAML\n\t{error.message}")
        return
    unknown = sorted(set(document) - _KNOWN)
    if unknown:
        text = f"failed to strictly parse chart metadata file\n\tunknown field {unknown[0]!r}"
        yield Finding("WARNING", CHART_FILE, text.replace("'", '"'))
    for problem in _required(metadata):
        yield Finding("ERROR", CHART_FILE, problem)
    for problem in _bad_links(metadata.document):
        yield Finding("ERROR", CHART_FILE, problem)
    if not metadata.document.get("icon"):
        yield Finding("INFO", CHART_FILE, "icon is recommended")
    if metadata.api_version == "v1":
        yield from _lint_old(metadata)
    if metadata.version and not is_strict(metadata.version):
        text = f"version '{metadata.version}' is not a valid SemVerV2"
        yield Finding("WARNING", CHART_FILE, text)
    if metadata.name and _REPOSITORY.fullmatch(metadata.name) is None:
        text = f"name '{metadata.name}' is no name of a repository: it cannot be pushed"
        yield Finding("WARNING", CHART_FILE, text)


def _required(metadata: Metadata) -> Iterator[str]:
    if not metadata.name:
        yield "name is required"
    if not metadata.api_version:
        yield 'apiVersion is required. The value must be either "v1" or "v2"'
    elif metadata.api_version not in ("v1", "v2"):
        given = f"apiVersion '{metadata.api_version}' is not valid."
        yield f'{given} The value must be either "v1" or "v2"'
    if not metadata.version:
        yield "version is required"
    elif find_version(metadata.version) is None:
        yield f"version '{metadata.version}' is not a valid SemVer"


def _bad_links(document: dict[str, Any]) -> Iterator[str]:
    for maintainer in document.get("maintainers", []):
        name, mail, url = (maintainer.get(key, "") for key in ("name", "email", "url"))
        if not name:
            yield "each maintainer requires a name"
        elif mail and not re.fullmatch(r"[^@\s]+@[^@\s]+", mail):
            yield f"invalid email '{mail}' for maintainer '{name}'"
        elif url and not _is_url(url):
            yield f"invalid url '{url}' for maintainer '{name}'"
    for source in document.get("sources", []):
        if not _is_url(source):
            yield f"invalid source URL '{source}'"
    icon = document.get("icon")
    if icon and not _is_url(icon):
        yield f"invalid icon URL '{icon}'"


def _lint_old(metadata: Metadata) -> Iterator[Finding]:
    for key, named in (("type", "chart type is"), ("dependencies", "dependencies are")):
        if not metadata.document.get(key):
            continue
        where = " in the Chart file with" if key == "dependencies" else " in"
        it = "They are" if key == "dependencies" else "It is"
        text = f"{named} not valid{where} apiVersion 'v1'. {it} valid in apiVersion 'v2'"
        yield Finding("ERROR", CHART_FILE, text)


def _lint_values(folder: Path) -> Iterator[Finding]:
    path = folder / VALUES_FILE
    if not path.is_file():
        yield Finding("INFO", VALUES_FILE, "file does not exist")
    else:
        try:
            values = load_values(path.read_bytes(), VALUES_FILE)
        except ChartError as error:
            yield Finding("ERROR", VALUES_FILE, f"unable to parse YAML: {error.message}")
        else:
            if values is not None and not isinstance(values, dict):
                yield Finding("ERROR", VALUES_FILE, "unable to parse YAML: it is not a map")
    schema = folder / SCHEMA_FILE
    if schema.is_file():
        try:
            json.loads(schema.read_bytes())
        except (ValueError, RecursionError) as error:
            yield Finding("ERROR", SCHEMA_FILE, f"unable to parse JSON: {error}")


def _lint_templates(folder: Path) -> Iterator[Finding]:
    path = folder / "templates"
    if not path.exists():
        yield Finding("WARNING", "templates/", "directory does not exist")
    elif not path.is_dir():
        yield Finding("ERROR", "templates/", "not a directory")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)
