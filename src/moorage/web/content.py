"""Stored content as an answer: conditions, ranges, files, redirects. (RFC 9110)"""

from __future__ import annotations

import re

from moorage.model.content import StoredBlob
from moorage.oci.errors import RangeInvalid
from moorage.registry.context import Registry
from moorage.web.http import Headers, Request

SENT_AT_ONCE_BYTES = 64 * 1024
"""Up to here one read and one message cost less than a stream."""

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


FOR_EVER = b"private, max-age=31536000, immutable"
"""How long what is named by its digest may be kept."""


async def answer_blob(
    registry: Registry,
    request: Request,
    blob: StoredBlob,
    media_type: bytes,
    cache_control: bytes = FOR_EVER,
) -> None:
    """GET and HEAD, whole or one range. Content is never compressed or sniffed."""
    encoded = blob.digest.encode()
    headers: Headers = [
        (b"docker-content-digest", encoded),
        (b"etag", b'"' + encoded + b'"'),
    ]
    if is_known_to(request, encoded):
        return await request.answer_as_is(304, headers)
    headers += [
        (b"content-type", media_type),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", cache_control),
        (b"x-content-type-options", b"nosniff"),
    ]
    size = blob.size_bytes
    part = _wanted_range(request.header(b"range"), size)
    if request.headers.get(b"if-range", b'"' + encoded + b'"') != b'"' + encoded + b'"':
        part = None
    start, length = part if part is not None else (0, size)
    status = 200
    if part is not None:
        status = 206
        headers.append((b"content-range", f"bytes {start}-{start + length - 1}/{size}".encode()))
    headers.append((b"content-length", str(length).encode()))
    if request.method == "HEAD":
        return await request.answer_as_is(status, headers)
    await _send(registry, request, status, headers, blob, part)


def is_known_to(request: Request, etag: bytes) -> bool:
    """Whether If-None-Match names the content: a list, of weak tags too. (RFC 9110, 13.1.2)"""
    if b"if-none-match" not in request.headers:
        return False
    for condition in request.values(b"if-none-match"):
        # Some clients leave out the quotes.
        if b'"' + etag + b'"' in condition or condition.strip() in (b"*", etag):
            return True
    return False


async def _send(
    registry: Registry,
    request: Request,
    status: int,
    headers: Headers,
    blob: StoredBlob,
    part: tuple[int, int] | None,
) -> None:
    store, size = registry.store, blob.size_bytes
    path = store.path(blob.location)
    if path is None and size > 0 and registry.rules.redirects_for is not None:
        url = await store.signed_url(blob.location, registry.rules.redirects_for)
        if url is not None:
            to = [(b"location", url.encode()), (b"docker-content-digest", blob.digest.encode())]
            return await request.answer(307, to)
    if part is None and size <= SENT_AT_ONCE_BYTES:
        return await request.answer_as_is(status, headers, await store.read(blob.location))
    if part is None and path is not None and request.can_send_files:
        return await request.answer_file(status, headers, path)
    start, length = part if part is not None else (0, size)
    await request.answer_pieces(status, headers, store.pieces(blob.location, start, length))


def _wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and length of the one range asked for; None for the whole blob.

    Several ranges are answered with the whole, as RFC 9110 (14.2) allows. Raises RangeInvalid.
    """
    found = _RANGE.fullmatch(header.strip()) if header is not None else None
    if found is None or (not found[1] and not found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        start, end = size - length, size - 1
    else:
        start = int(found[1])
        end = min(int(found[2]), size - 1) if found[2] else size - 1
    if start > end or start >= size:
        raise RangeInvalid(
            f"range {header} is outside of the blob's {size} bytes",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end - start + 1
