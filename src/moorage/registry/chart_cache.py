"""Indexes that are ready, kept while it is proven that they are what the database would give.

repositories that the caller sees, each with its revision (one statement, for every request)
   └─ the charts of each                      read again only where its revision has grown
        └─ the index of all of them together   put together again only where one has grown

Who sees the same repositories is served the same bytes; nothing is kept of who asked. A revision
grows in the transaction that changes a tag, so that nobody is served what was before. A tag that
expires by itself changes nothing in the database: what holds it is kept until then.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from moorage.registry.chart_view import Body, Flavour, Listing, RepositoryCharts

KEPT_BYTES = 24 * 1024 * 1024
"""Of the charts of repositories, and as much again of the indexes made of them. Per worker."""
LISTED_BYTES = 200
"""What a chart takes in a listing, about."""
KEPT_ITEM_BYTES = 1_000
"""What an item takes that holds nothing, about: anybody may ask for empty ones without end."""


class Sized(Protocol):
    @property
    def size_bytes(self) -> int: ...


S = TypeVar("S", bound=Sized)


@dataclass(slots=True)
class Kept(Generic[S]):
    """What was used last, up to a size."""

    most_bytes: int = KEPT_BYTES
    _items: OrderedDict[object, tuple[S, int]] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def find(self, key: object) -> S | None:
        found = self._items.get(key)
        if found is None:
            return None
        self._items.move_to_end(key)
        return found[0]

    def keep(self, key: object, item: S) -> None:
        """Also of an item that is kept already and has grown."""
        self._drop(key)
        size = KEPT_ITEM_BYTES + item.size_bytes
        self._items[key] = item, size
        self._bytes += size
        while self._bytes > self.most_bytes:
            self._drop(next(iter(self._items)))

    def _drop(self, key: object) -> None:
        self._bytes -= self._items.pop(key, (None, 0))[1]


@dataclass(frozen=True, slots=True)
class ReadyIndex:
    """A listing and the bodies made of it, and up to which revisions and when they are right."""

    listing: Listing
    revisions: tuple[int, ...]
    expires_ms: int | None
    bodies: dict[Flavour, Body] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        listed = sum(len(charts) for charts in self.listing.values())
        return LISTED_BYTES * listed + sum(len(body.raw) for body in self.bodies.values())

    def is_good(self, revisions: tuple[int, ...], now_ms: int) -> bool:
        """Newer than asked for is good, too: the request has not been answered yet."""
        is_current = all(a >= b for a, b in zip(self.revisions, revisions, strict=True))
        return is_current and (self.expires_ms is None or now_ms < self.expires_ms)


@dataclass(slots=True)
class ChartCache:
    repositories: Kept[RepositoryCharts] = field(default_factory=Kept)
    """By id."""
    indexes: Kept[ReadyIndex] = field(default_factory=Kept)
    """By prefix and the ids of the repositories."""
    making: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while something is made, so that many who ask at once get one index."""
