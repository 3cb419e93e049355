"""Files of an upload, streamed into temporary files. (RFC 7578)"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import (
    MultipartParser,
    parse_options_header,
)

from moorage.oci.errors import RequestInvalid, TooLarge
from moorage.web.http import Request

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

IN_MEMORY_BYTES = 512 * 1024
PART_HEADERS_BYTES = 8 * 1024
AROUND_BYTES = 64 * 1024
"""What a form may hold besides its files."""


class Files:
    """The files that are wanted, by name of their form field, each up to its size in bytes."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.limits = limits
        self._streams: dict[str, BinaryIO] = {}
        self._opened = ExitStack()

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def open(self, field: str) -> None:
        if field in self._streams:
            raise RequestInvalid(f"form field {field} stands twice")
        spool = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 closed with the rest
        self._streams[field] = cast(BinaryIO, self._opened.enter_context(spool))

    def write(self, field: str, piece: bytes) -> None:
        stream = self._streams[field]
        if stream.tell() + len(piece) > self.limits[field]:
            raise TooLarge(f"a {field} file may have at most {self.limits[field]} bytes")
        stream.write(piece)

    def has(self, field: str) -> bool:
        return field in self._streams

    def stream(self, field: str) -> BinaryIO:
        return self._streams[field]

    def content(self, field: str) -> bytes | None:
        """A whole small file."""
        if field not in self._streams:
            return None
        self._streams[field].seek(0)
        return self._streams[field].read()


async def read_raw(request: Request, files: Files, field: str) -> None:
    """A body that is one file."""
    _require_size(request, files.limits[field])
    files.open(field)
    async for piece in request.body():
        files.write(field, piece)


async def read_form(request: Request, files: Files, content_type: str) -> None:
    """Raises RequestInvalid, TooLarge. Fields that nobody wants are passed over."""
    limit = sum(files.limits.values()) + AROUND_BYTES
    _require_size(request, limit)
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise RequestInvalid("the form names no boundary")
    form = _Form(files)
    left = limit
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for piece in request.body():
            left -= len(piece)
            if left < 0:
                raise TooLarge(f"the form has more than {limit} bytes")
            parser.write(piece)
        parser.finalize()
    except FormParserError as error:
        raise RequestInvalid(f"the form cannot be read: {error}") from None
    if not form.is_whole:
        raise RequestInvalid("the form broke off before its end")


def _require_size(request: Request, limit: int) -> None:
    """Nothing is read of a body whose length alone is too much."""
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body has {request.content_length} bytes, at most {limit} are taken")


class _Form:
    """Follows the parser from part to part."""

    def __init__(self, files: Files) -> None:
        self.is_whole = False
        self._files = files
        self._field: str | None = None
        self._header = b""
        self._value = b""
        self._disposition = b""

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name,
            "on_header_value": self._content,
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._write,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._field, self._header, self._value, self._disposition = None, b"", b"", b""

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._header = self._grown(self._header, data[start:end])

    def _content(self, data: bytes, start: int, end: int) -> None:
        self._value = self._grown(self._value, data[start:end])

    def _grown(self, known: bytes, more: bytes) -> bytes:
        if len(known) + len(more) > PART_HEADERS_BYTES:
            raise RequestInvalid(f"a header of a part has more than {PART_HEADERS_BYTES} bytes")
        return known + more

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _open(self) -> None:
        field = parse_options_header(self._disposition)[1].get(b"name", b"")
        name = field.decode("latin-1")
        if name in self._files.limits:
            self._field = name
            self._files.open(name)

    def _write(self, data: bytes, start: int, end: int) -> None:
        if self._field is not None:
            self._files.write(self._field, data[start:end])

    def _end(self) -> None:
        self.is_whole = True
