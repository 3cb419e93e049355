"""Registries that wait to be looked at: each once, and never by two workers at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from moorage.operator.store import Key

FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0


@dataclass(slots=True)
class WorkQueue:
    _ready: asyncio.Queue[Key] = field(default_factory=asyncio.Queue)
    _waiting: set[Key] = field(default_factory=set)
    _running: set[Key] = field(default_factory=set)
    _again: set[Key] = field(default_factory=set)
    """To be looked at once more: something changed meanwhile."""
    _later: dict[Key, asyncio.TimerHandle] = field(default_factory=dict)
    _failures: dict[Key, int] = field(default_factory=dict)

    def add(self, key: Key) -> None:
        if key in self._running:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting.add(key)
            self._ready.put_nowait(key)

    def add_after(self, key: Key, seconds: float) -> None:
        """The earlier of two such times holds."""
        loop = asyncio.get_running_loop()
        timer = self._later.get(key)
        if timer is not None and not timer.cancelled() and timer.when() > loop.time():
            if timer.when() <= loop.time() + seconds:
                return
            timer.cancel()
        self._later[key] = loop.call_later(seconds, self.add, key)

    async def take(self) -> Key:
        key = await self._ready.get()
        self._waiting.discard(key)
        self._running.add(key)
        return key

    def done(self, key: Key, after: float | None = None) -> None:
        """`after` is when to look at it again, without anything having changed."""
        self._failures.pop(key, None)
        self._end(key)
        if after is not None:
            self.add_after(key, after)

    def failed(self, key: Key) -> float:
        """Try again, later each time; the seconds until then."""
        count = self._failures[key] = self._failures.get(key, 0) + 1
        self._end(key)
        seconds = min(FIRST_RETRY_SECONDS * 2.0 ** min(count - 1, 10), LAST_RETRY_SECONDS)
        self.add_after(key, seconds)
        return seconds

    def _end(self, key: Key) -> None:
        self._running.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)
