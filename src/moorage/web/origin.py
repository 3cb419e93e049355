"""Where clients reach us: scheme, host and address, behind a proxy or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from moorage.web.http import Request

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Origin:
    """`hostname` and `scheme` are the configured ones; None takes them from the request.

    Forwarded headers count only when the connection comes from one of `trusted_proxies`.
    """

    hostname: str | None
    scheme: str | None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    def url(self, request: Request) -> str:
        """`scheme://host`, without a path."""
        return f"{self._scheme(request)}://{self._host(request)}"

    def address(self, request: Request) -> str:
        """The client's address: the last one that a trusted proxy names, or the connection's."""
        client = request.scope.get("client")
        forwarded = self._forwarded(request, b"x-forwarded-for") if self.trusted_proxies else None
        return forwarded or (str(client[0]) if client else "")

    def is_from_proxy(self, request: Request) -> bool:
        """Whether the connection comes from one of the trusted proxies."""
        client = request.scope.get("client")
        if not client or not self.trusted_proxies:
            return False
        try:
            address = ip_address(client[0])
        except ValueError:
            return False
        return any(address in network for network in self.trusted_proxies)

    def _scheme(self, request: Request) -> str:
        if self.scheme is not None:
            return self.scheme
        forwarded = self._forwarded(request, b"x-forwarded-proto")
        if forwarded in ("http", "https"):
            return forwarded
        return str(request.scope.get("scheme", "http"))

    def _host(self, request: Request) -> str:
        if self.hostname is not None:
            return self.hostname
        host = self._forwarded(request, b"x-forwarded-host") or request.header(b"host") or ""
        if _HOST.fullmatch(host):
            return host
        server = request.scope.get("server") or ("localhost", 8080)
        return f"{server[0]}:{server[1]}"

    def _forwarded(self, request: Request, name: bytes) -> str | None:
        value = request.header(name)
        if value is None or not self.is_from_proxy(request):
            return None
        return value.rpartition(",")[2].strip()
