"""How large a tag is: what its layers weigh, compressed."""

from __future__ import annotations

import json
from typing import Any

from moorage.db.tags import TagRecord


def size_bytes(tag: TagRecord) -> int:
    """The layers of a manifest; an index has no size of its own."""
    document: dict[str, Any] = json.loads(tag.raw)
    return sum(int(layer["size"]) for layer in document.get("layers") or [])
