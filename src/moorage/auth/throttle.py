"""Slows down who guesses passwords, without letting a guesser lock anybody else out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from moorage.oci.errors import TooManyRequests

WINDOW_SECONDS = 60
EVERYWHERE = 10
"""Wrong passwords for an account from all addresses together, as a multiple of those from one."""
KNOWN = 10_000
IPV6_NETWORK_BITS = 64
"""What one customer of a provider has to himself."""


@dataclass(slots=True)
class Throttle:
    """Counts wrong passwords of the last minute, in each process for itself.

    `per_account` of them close an account for the address they came from, `per_address` close
    everything for an address. EVERYWHERE times `per_account`, from whatever addresses, close an
    account for all but the addresses where its password was right before.
    `account` is empty for tokens, which are too long to be guessed: they count by address alone.
    """

    per_account: int = 10
    per_address: int = 50
    _limiter: Any = field(default=None)
    _known: dict[tuple[str, str], None] = field(default_factory=dict)
    """Accounts with addresses where their password was right; the oldest first."""

    def require_patience(self, account: str, address: str) -> None:
        """Raises TooManyRequests, with Retry-After, while too many wrong passwords are counted."""
        if self._limiter is None:
            return
        network = _network_of(address)
        counters = self._counters(account, network)
        if (account, network) in self._known:
            counters.pop()
        for item, key in counters:
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
        for item, key in self._counters(account, _network_of(address)):
            self._limiter.hit(item, *key)

    def note_right(self, account: str, address: str) -> None:
        """Remember where an account's password was right."""
        if not account:
            return
        place = (account, _network_of(address))
        self._known.pop(place, None)
        if len(self._known) >= KNOWN:
            del self._known[next(iter(self._known))]
        self._known[place] = None

    def _counters(self, account: str, network: str) -> list[tuple[Any, tuple[str, ...]]]:
        """By address, by account and address, and last by account from everywhere."""
        from limits import RateLimitItemPerSecond

        limits: list[tuple[int, tuple[str, ...]]] = [(self.per_address, ("address", network))]
        if account:
            limits.append((self.per_account, ("account", account, network)))
            limits.append((self.per_account * EVERYWHERE, ("account", account)))
        return [(RateLimitItemPerSecond(limit, WINDOW_SECONDS), key) for limit, key in limits]


def _network_of(address: str) -> str:
    """The address, or the network that an IPv6 address comes from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, IPV6_NETWORK_BITS), strict=False))


def _seconds_until(reset_s: float) -> int:
    return max(1, int(reset_s - time.time()) + 1)
