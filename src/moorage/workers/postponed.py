"""What cannot be done now, though the rest can."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

MOST = 20
"""When so much cannot be done, nothing can."""
SECONDS = 60.0


@dataclass(slots=True)
class Postponed:
    """Manifests whose bytes the store does not give: left alone for a while."""

    _until_s: dict[int, float] = field(default_factory=dict)

    def ids(self) -> list[int]:
        """Of those that are still to be left alone."""
        now_s = time.monotonic()
        self._until_s = {one: until for one, until in self._until_s.items() if until > now_s}
        return list(self._until_s)

    def add(self, manifest_id: int) -> bool:
        """False when there are so many that more is wrong than a few of them."""
        self._until_s[manifest_id] = time.monotonic() + SECONDS
        return len(self._until_s) < MOST
