"""What a chart says is new in it: the annotation `artifacthub.io/changes`, which is YAML.

- kind: added                       or, in short:  - A sentence
  description: A sentence
  links: [{name: Issue, url: https://...}]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.description import short
from moorage.charts.errors import ChartError
from moorage.charts.helm_yaml import load_text

ANNOTATION = "artifacthub.io/changes"
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
_MOST = 500
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChangeLink:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ChartChange:
    """`kind` is one of KINDS, or empty where the chart does not say."""

    kind: str
    description: str
    links: tuple[ChangeLink, ...]


@dataclass(frozen=True, slots=True)
class ChartChanges:
    """`problem` says why the annotation cannot be read, as a sentence."""

    changes: tuple[ChartChange, ...]
    problem: str = ""


def changes_of(annotations: dict[str, str]) -> ChartChanges:
    """The first 500 changes; none where the chart has no such annotation."""
    text = annotations.get(ANNOTATION, "")
    if not text.strip():
        return ChartChanges(())
    try:
        listed = load_text(text.encode(), ANNOTATION)
    except ChartError as error:
        return ChartChanges((), f"{ANNOTATION} cannot be read: {error.message}")
    if not isinstance(listed, list):
        return ChartChanges((), f"{ANNOTATION} is not a list")
    found = [_change(entry) for entry in listed[:_MOST]]
    return ChartChanges(tuple(change for change in found if change.description))


def _change(entry: Any) -> ChartChange:
    if not isinstance(entry, dict):
        return ChartChange("", short(entry), ())
    kind, links = short(entry.get("kind")).lower(), entry.get("links")
    return ChartChange(
        kind if kind in KINDS else "",
        short(entry.get("description")),
        tuple(_link(link) for link in links[:10] if _is_link(link))
        if isinstance(links, list)
        else (),
    )


def _is_link(link: Any) -> bool:
    return isinstance(link, dict) and _ADDRESS.match(short(link.get("url"))) is not None


def _link(link: dict[str, Any]) -> ChangeLink:
    return ChangeLink(short(link.get("name"), 255) or short(link["url"], 255), short(link["url"]))
