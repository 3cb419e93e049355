"""JSON that somebody pushed, read so that nothing it holds can hurt."""

from __future__ import annotations

import json
from typing import Any

from moorage.artifacts.description import Unreadable


def read_json(raw: bytes, named: str) -> Any:
    """Raises Unreadable for what is no JSON, or nested too deeply."""
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except RecursionError:
        raise Unreadable(f"{named} is nested too deeply") from None
    except ValueError:  # UnicodeDecodeError is one
        raise Unreadable(f"{named} is not JSON") from None


def read_object(raw: bytes, named: str) -> dict[str, Any]:
    """Raises Unreadable for what is no JSON object."""
    document = read_json(raw, named)
    if not isinstance(document, dict):
        raise Unreadable(f"{named} is not a JSON object")
    return document
