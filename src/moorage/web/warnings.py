"""`Warning: 299 - "text"`: what a client should know although its request went well.

(distribution-spec, Warnings: the code is 299, the agent is -, there is no date)
"""

from __future__ import annotations

from collections.abc import Iterable

from moorage.web.http import Headers

WARNING_BYTES = 4096
"""Of all warnings of a response together."""

_FORM = '299 - "{}"'


def warning_headers(texts: Iterable[str]) -> Headers:
    """A header for each text, as many as fit; a text that does not fit is cut."""
    headers: Headers = []
    left = WARNING_BYTES
    for text in texts:
        room = left - len(_FORM.format(""))
        if room <= 0:
            break
        value = _FORM.format(_quoted(text, room)).encode("ascii")
        headers.append((b"warning", value))
        left -= len(value)
    return headers


def _quoted(text: str, room: int) -> str:
    """The inside of a quoted-string of at most `room` characters. (RFC 9110, 5.6.4)"""
    inside = ""
    for char in text:
        if not char.isascii() or not char.isprintable():
            char = "?"
        piece = f"\\{char}" if char in '"\\' else char
        if len(inside) + len(piece) > room:
            break
        inside += piece
    return inside
