"""Text in Helm's form: tables, sizes, ages, the five fields of a chart reference."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

CELL_WIDTH = 60
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], cell_width: int = CELL_WIDTH
) -> str:
    """Columns padded to their widest cell, joined by a tab; long cells cut."""
    lines = [[_cut(cell, cell_width) for cell in line] for line in (header, *rows)]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(header))]
    return "\n".join(
        "\t".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        )
        for line in lines
    )


def size_text(size_bytes: int) -> str:
    """659 B, 3.5 KiB, ..."""
    size, unit = float(size_bytes), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size_bytes} B" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def age_text(seconds: float) -> str:
    """As docker says it: `4 seconds`, `About an hour`, `2 weeks`."""
    hours = int(seconds / 3600 + 0.5)
    minutes, days = int(seconds // 60), hours // 24
    steps = (
        (seconds < 1, "Less than a second"),
        (seconds < 2, "1 second"),
        (seconds < 60, f"{int(seconds)} seconds"),
        (minutes == 1, "About a minute"),
        (minutes < 60, f"{minutes} minutes"),
        (hours == 1, "About an hour"),
        (hours < 48, f"{hours} hours"),
        (hours < 24 * 14, f"{days} days"),
        (hours < 24 * 60, f"{days // 7} weeks"),
        (hours < 24 * 365 * 2, f"{days // 30} months"),
    )
    return next((text for is_it, text in steps if is_it), f"{hours // 24 // 365} years")


def fields(ref: str, digest: str, size_bytes: int, name: str, version: str) -> str:
    return (
        f"ref:     {ref}\n"
        f"digest:  {digest.partition(':')[2] or digest}\n"
        f"size:    {size_text(size_bytes)}\n"
        f"name:    {name}\n"
        f"version: {version}"
    )


def print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


def _cut(cell: str, most: int) -> str:
    cell = cell.replace("\t", " ").replace("\n", " ")
    if most <= 0 or _width(cell) <= most:
        return cell
    kept = cell
    while _width(kept) > most - 3:
        kept = kept[:-1]
    return f"{kept}..."


def _width(text: str) -> int:
    """Columns on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
