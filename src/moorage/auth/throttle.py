"""Slows down who guesses passwords: per account and per address."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from moorage.oci.errors import TooManyRequests

WINDOW_SECONDS = 60


@dataclass(slots=True)
class Throttle:
    """Counts wrong passwords of the last minute, in each process for itself.

    From `per_account` or `per_address` of them on, everybody who asks for it has to wait.
    `account` is empty for tokens, which are too long to be guessed: they count by address alone.
    """

    per_account: int = 10
    per_address: int = 50
    _limiter: Any = field(default=None)

    def require_patience(self, account: str, address: str) -> None:
        """Raises TooManyRequests, with Retry-After, while too many wrong passwords are counted."""
        if self._limiter is None:
            return
        for item, key in self._counters(account, address):
            if not self._limiter.test(item, *key):
                reset_s, _ = self._limiter.get_window_stats(item, *key)
                raise TooManyRequests(
                    f"too many wrong passwords for this {key[0]}: wait before you try again",
                    headers={"Retry-After": str(_seconds_until(reset_s))},
                )

    def count_wrong(self, account: str, address: str) -> None:
        if self._limiter is None:
            # Loaded at the first wrong password: most processes never need it.
            from limits.storage import MemoryStorage
            from limits.strategies import FixedWindowRateLimiter

            self._limiter = FixedWindowRateLimiter(MemoryStorage())
        for item, key in self._counters(account, address):
            self._limiter.hit(item, *key)

    def _counters(self, account: str, address: str) -> list[tuple[Any, tuple[str, str]]]:
        from limits import RateLimitItemPerSecond

        per_account = RateLimitItemPerSecond(self.per_account, WINDOW_SECONDS)
        per_address = RateLimitItemPerSecond(self.per_address, WINDOW_SECONDS)
        by_address = (per_address, ("address", address))
        return [(per_account, ("account", account)), by_address] if account else [by_address]


def _seconds_until(reset_s: float) -> int:
    return max(1, int(reset_s - time.time()) + 1)
