"""index.yaml of a classic chart repository.

apiVersion: v1
generated: 2026-11-23T06:50:20.222835202Z
entries:
  NAME:                       newest version first
  - (the keys of Chart.yaml)  urls  created  digest (hex sha256 of the .tgz)  removed
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from moorage.charts.archive import read_chart
from moorage.charts.chart import Metadata
from moorage.charts.errors import ChartError, ChartUnknown, IndexInvalid
from moorage.charts.helm_yaml import dump, load_text
from moorage.charts.version import best_of, newest_first

INDEX_FILE = "index.yaml"
BYTES = 256 * 1024 * 1024
"""Largest index that is read; the largest known have some 20 MB."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One version of a chart."""

    metadata: Metadata
    urls: tuple[str, ...]
    created: str
    digest: str
    """Hexadecimal sha256 of the archive, or nothing."""

    def as_document(self) -> dict[str, Any]:
        more = {"urls": list(self.urls), "created": self.created, "digest": self.digest}
        return self.metadata.document | {key: value for key, value in more.items() if value}


@dataclass(frozen=True, slots=True)
class Index:
    entries: dict[str, tuple[IndexEntry, ...]]
    """By chart name, newest version first."""

    @classmethod
    def parse(cls, raw: bytes) -> Index:
        """Entries that are no valid charts are left out, as in Helm. Raises IndexInvalid."""
        document = _document(raw)
        listed = document.get("entries") or {}
        if not isinstance(listed, dict):
            raise IndexInvalid(f"{INDEX_FILE}: entries is not a map of chart names")
        return cls.of(entry for items in listed.values() for entry in _entries(items))

    @classmethod
    def of(cls, entries: Iterable[IndexEntry]) -> Index:
        """Sorted; of two entries with one name and version the first counts."""
        grouped: dict[str, dict[str, IndexEntry]] = {}
        for entry in entries:
            grouped.setdefault(entry.metadata.name, {}).setdefault(entry.metadata.version, entry)
        return cls(
            {
                name: tuple(versions[version] for version in newest_first(list(versions)))
                for name, versions in sorted(grouped.items())
            }
        )

    def get(self, name: str, wanted: str) -> IndexEntry:
        """The version that `wanted` names (see `best_of`). Raises ChartUnknown, VersionInvalid."""
        versions = self.entries.get(name)
        if versions is None:
            raise ChartUnknown("no chart name found")
        best = best_of((entry.metadata.version for entry in versions), wanted)
        if best is None:
            shown = ", ".join(entry.metadata.version for entry in versions[:5])
            raise ChartUnknown(f"no chart version found for {name}-{wanted}", f"newest: {shown}")
        return next(entry for entry in versions if entry.metadata.version == best)

    def merged_with(self, other: Index) -> Index:
        """With those entries of `other` whose name and version are not here."""
        return Index.of([*self, *other])

    def __iter__(self) -> Iterator[IndexEntry]:
        return (entry for versions in self.entries.values() for entry in versions)

    def _as_document(self, generated: str) -> dict[str, Any]:
        entries = {
            name: [entry.as_document() for entry in versions]
            for name, versions in self.entries.items()
        }
        return {"apiVersion": "v1", "entries": entries, "generated": generated}

    def as_yaml(self, generated: str) -> str:
        return dump(self._as_document(generated))

    def as_json(self, generated: str) -> str:
        return json.dumps(self._as_document(generated), ensure_ascii=False, separators=(",", ":"))


def index_folder(folder: Path, base_url: str, created: str) -> Index:
    """Index the archives in a folder and in the folders directly below it.

    `base_url` stands before each file name; `created` (RFC 3339) is given to every entry. Files
    that are no charts are passed over.
    """
    archives = sorted([*folder.glob("*.tgz"), *folder.glob("*/*.tgz")])
    found = (_indexed(path, folder, base_url, created) for path in archives)
    return Index.of(entry for entry in found if entry is not None)


def archive_url(index_url: str, url: str) -> str:
    """An entry's URL made absolute: relative ones start at the repository, whose query they get."""
    if urlsplit(url).scheme:
        return url
    base = urlsplit(index_url)
    path = base.path if base.path.endswith("/") else f"{base.path}/"
    joined = urlsplit(urljoin(urlunsplit((base.scheme, base.netloc, path, "", "")), url))
    return urlunsplit(joined._replace(query=joined.query or base.query))


def _indexed(path: Path, folder: Path, base_url: str, created: str) -> IndexEntry | None:
    raw = path.read_bytes()
    try:
        with path.open("rb") as archive:
            metadata = read_chart(archive).metadata
        metadata.require_valid()
    except ChartError:
        return None
    relative = path.relative_to(folder).as_posix()
    url = f"{base_url.rstrip('/')}/{relative}" if base_url else relative
    return IndexEntry(metadata, (url,), created, sha256(raw).hexdigest())


def _document(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise IndexInvalid(f"empty {INDEX_FILE} file")
    if len(raw) > BYTES:
        raise IndexInvalid(f"{INDEX_FILE} has more than {BYTES} bytes")
    try:
        document = _json(raw) if raw.lstrip()[:1] == b"{" else load_text(raw, INDEX_FILE)
    except ChartError as error:
        raise IndexInvalid(error.message) from None
    if not isinstance(document, dict):
        raise IndexInvalid(
            f"{INDEX_FILE} is not a map of keys and values",
            "the URL answers with something else: is it that of a chart repository?",
        )
    if not document.get("apiVersion"):
        raise IndexInvalid("no API version specified")
    return document


def _json(raw: bytes) -> Any:
    """JSON, or what YAML makes of something that only begins like it."""
    try:
        return json.loads(raw, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return load_text(raw, INDEX_FILE)


def _entries(items: Any) -> Iterator[IndexEntry]:
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        try:
            metadata = Metadata.of({"apiVersion": "v1"} | item)
            metadata.require_valid()
        except ChartError:
            continue
        urls = item.get("urls")
        yield IndexEntry(
            metadata,
            tuple(_printable(url) for url in urls) if isinstance(urls, list) else (),
            str(item.get("created") or ""),
            str(item.get("digest") or "").removeprefix("sha256:"),
        )


def _printable(url: Any) -> str:
    """A URL as text, without the control characters that would end up in a request."""
    return "".join(character for character in str(url) if character.isprintable())
