"""File-based catalogs of OLM: blobs of YAML or JSON with a `schema`. (olm: file-based catalogs)"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.description import part, short
from moorage.charts.errors import ChartError
from moorage.charts.helm_yaml import load_values

PACKAGES = 2_000


@dataclass(frozen=True, slots=True)
class CatalogPackage:
    """A package that a catalog offers."""

    name: str
    default_channel: str
    channels: tuple[str, ...]
    bundles: int
    description: str


def read_catalog(contents: dict[str, bytes], problems: list[str]) -> tuple[CatalogPackage, ...]:
    """The packages by name, with their channels; what cannot be read goes to `problems`."""
    packages: dict[str, Any] = {}
    channels: dict[str, list[str]] = {}
    bundles: dict[str, int] = {}
    for name, content in sorted(contents.items()):
        for blob in _blobs(name, content, problems):
            package = short(part(blob, "package"))
            match part(blob, "schema"):
                case "olm.package":
                    packages[short(part(blob, "name"))] = blob
                case "olm.channel":
                    channels.setdefault(package, []).append(short(part(blob, "name")))
                case "olm.bundle":
                    bundles[package] = bundles.get(package, 0) + 1
    return tuple(
        CatalogPackage(
            name=name,
            default_channel=short(part(packages[name], "defaultChannel")),
            channels=tuple(channels.get(name, ())),
            bundles=bundles.get(name, 0),
            description=short(part(packages[name], "description")),
        )
        for name in sorted(packages)[:PACKAGES]
    )


def _blobs(name: str, content: bytes, problems: list[str]) -> Iterator[Any]:
    text = content.decode("utf-8", "replace")
    if name.endswith(".json"):
        yield from _json_blobs(name, text, problems)
        return
    for document in text.split("\n---"):
        try:
            yield load_values(document, name)
        except ChartError as error:
            problems.append(error.message)


def _json_blobs(name: str, text: str, problems: list[str]) -> Iterator[Any]:
    """JSON values one after the other."""
    decoder, place = json.JSONDecoder(), 0
    try:
        while place < len(text):
            if text[place].isspace():
                place += 1
                continue
            value, place = decoder.raw_decode(text, place)
            yield value
    except (ValueError, RecursionError) as error:
        problems.append(f"{short(name)} is not JSON: {short(str(error), 200)}")
