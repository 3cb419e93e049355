"""Kubernetes' quantities of bytes."""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E|)")
_BINARY = {unit: 1024 ** (n + 1) for n, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))}
_DECIMAL = {unit: 1000 ** (n + 1) for n, unit in enumerate(("k", "M", "G", "T", "P", "E"))}
_UNITS = {"": 1} | _BINARY | _DECIMAL


def bytes_of(quantity: str) -> int | None:
    """`10Gi` in bytes; None when it is no quantity."""
    found = _QUANTITY.fullmatch(quantity)
    return int(Decimal(found[1]) * _UNITS[found[2]]) if found else None
