"""Chart archives: a gzipped tar with one top folder, read within limits and written the same twice.

NAME/Chart.yaml  NAME/values.yaml  NAME/templates/...       regular files only
"""

from __future__ import annotations

import gzip
import io
import os
import re
import struct
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from moorage.charts.chart import CHART_FILE, Chart, File, Metadata, metadata_of
from moorage.charts.errors import ArchiveInvalid, quoted
from moorage.charts.loading import chart_of

MIB = 1024 * 1024
FIXED_TIME = 315532800
"""1980-01-01: every file's time in an archive, so that the same chart makes the same bytes."""
_COMPRESSION = 6
_MARK = b"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo="
_GZIP_HEADER = b"\x1f\x8b\x08\x14\0\0\0\0\0\xff" + struct.pack("<H", len(_MARK)) + _MARK + b"Helm\0"
"""Without a time and a name; the extra field and the comment mark an archive as Helm's.

The standard library's writer can set neither. (RFC 1952)
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold."""

    total_bytes: int = 100 * MIB
    """Unpacked, tar headers included. Helm's own limit."""
    file_bytes: int = 5 * MIB
    """One file. Helm's own limit."""
    files: int = 20_000
    depth: int = 32
    """Parts of a path."""


LIMITS = Limits()


def read_files(stream: BinaryIO, limits: Limits = LIMITS) -> list[File]:
    """Every file, its path without the top folder. Raises ArchiveInvalid."""
    files: dict[str, File] = {}
    for file, _ in _members(stream, limits):
        if file.name in files:
            raise ArchiveInvalid(f"the archive holds {quoted(file.name)} twice")
        files[file.name] = file
    if not files:
        raise ArchiveInvalid("no files in chart archive")
    return list(files.values())


def read_chart(stream: BinaryIO, limits: Limits = LIMITS) -> Chart:
    """The chart in an archive. Raises ArchiveInvalid, MetadataInvalid."""
    return chart_of(read_files(stream, limits))


def read_packed_time(stream: BinaryIO, limits: Limits = LIMITS) -> float:
    """The time of the newest file, in seconds since 1970. Raises ArchiveInvalid.

    Helm up to 3.17 gives every file the moment of packing, so that it is the archive's time, too.
    """
    return max((seconds for _, seconds in _members(stream, limits)), default=0)


def read_metadata(stream: BinaryIO, limits: Limits = LIMITS) -> Metadata:
    """Only what Chart.yaml says: reading ends there, but for old charts that have more to say."""
    found: list[File] = []
    for file, _ in _members(stream, limits):
        if file.name in (CHART_FILE, "requirements.yaml"):
            found.append(file)
        if file.name == CHART_FILE and Metadata.parse(file.content).api_version == "v2":
            break
    return metadata_of(found)


def write_archive(chart: Chart, target: BinaryIO) -> None:
    """Pack a chart; the same chart always gives the same bytes.

    Files carry `SOURCE_DATE_EPOCH` (seconds) or 1980-01-01, mode 0644 and no owner.
    """
    stamp = int(os.environ.get("SOURCE_DATE_EPOCH") or FIXED_TIME)
    unpacked = io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in chart.packed_files():
            member = tarfile.TarInfo(f"{chart.metadata.name}/{file.name}")
            member.size, member.mtime, member.mode = len(file.content), stamp, 0o644
            tar.addfile(member, io.BytesIO(file.content))
    packer = zlib.compressobj(_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    raw = unpacked.getbuffer()
    target.write(_GZIP_HEADER + packer.compress(raw) + packer.flush())
    target.write(struct.pack("<LL", zlib.crc32(raw), len(raw) & 0xFFFFFFFF))


def _members(stream: BinaryIO, limits: Limits) -> Iterator[tuple[File, float]]:
    """Every file with its time."""
    head = stream.read(2)
    if head != b"\x1f\x8b":
        raise ArchiveInvalid(
            "the file does not look like a gzipped archive",
            "charts are packed with: moorage package FOLDER",
        )
    unpacked = _Bounded(gzip.GzipFile(fileobj=_Rejoined(head, stream)), limits.total_bytes)
    try:
        with tarfile.open(fileobj=cast(BinaryIO, unpacked), mode="r|") as tar:
            for count, member in enumerate(tar, 1):
                if count > limits.files:
                    raise ArchiveInvalid(f"the archive holds more than {limits.files} files")
                if not member.isdir():
                    yield _file(tar, member, limits), float(member.mtime)
    except (tarfile.TarError, EOFError, OSError, ValueError, RecursionError) as error:
        raise ArchiveInvalid(f"the archive is damaged: {quoted(str(error))}") from None


def _file(tar: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits) -> File:
    name = _path(member.name, limits)
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise ArchiveInvalid(
            f"{quoted(member.name)} is a link or a special file: a chart has regular files only"
        )
    if member.size > limits.file_bytes:
        raise ArchiveInvalid(
            f"{quoted(member.name)} has {member.size} bytes, at most {limits.file_bytes} are "
            "allowed"
        )
    content = tar.extractfile(member)
    assert content is not None
    return File(name, content.read())


def _path(raw: str, limits: Limits) -> str:
    """A member's path without the top folder. Raises ArchiveInvalid for one that leads outside."""
    path = raw.replace("\\", "/")
    if path.startswith("/") or re.match("[A-Za-z]:/", path):
        raise ArchiveInvalid(
            f"{quoted(raw)} is an absolute path: paths start with the chart's name"
        )
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ArchiveInvalid(f"{quoted(raw)} leads out of the chart's folder")
    if len(parts) > limits.depth:
        raise ArchiveInvalid(f"{quoted(raw)} is more than {limits.depth} folders deep")
    if len(parts) < 2:
        raise ArchiveInvalid(f"{quoted(raw)} lies outside of the chart's folder")
    if "\x00" in path:
        raise ArchiveInvalid(f"{quoted(raw)} holds a null character")
    return "/".join(parts[1:])


class _Rejoined(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._head:
            return self._rest.read(size)
        head, self._head = self._head, b""
        return head if size < 0 or size > len(head) else self._give_back(head, size)

    def _give_back(self, head: bytes, size: int) -> bytes:
        self._head = head[size:]
        return head[:size]


class _Bounded:
    """A stream that ends in an error when it gives more than it may: the answer to bombs."""

    def __init__(self, source: gzip.GzipFile, limit: int) -> None:
        self._source, self._left, self._limit = source, limit, limit

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(piece)
        if self._left < 0:
            raise ArchiveInvalid(f"the archive unpacks to more than {self._limit} bytes")
        return piece
