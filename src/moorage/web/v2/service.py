"""What the endpoints of `/v2` share: the registry, the origin, and the caller."""

from __future__ import annotations

from dataclasses import dataclass, replace

from moorage.model.accounts import Actor
from moorage.registry.context import Registry
from moorage.web.http import Request
from moorage.web.origin import Origin


@dataclass(frozen=True, slots=True)
class Service:
    registry: Registry
    origin: Origin
    name: str
    """The token audience, `service=` in challenges."""
    challenges_basic: bool = False

    async def actor(self, request: Request) -> Actor:
        address = self.address(request)
        actor = await self.registry.authenticator.actor_of(
            request.header(b"authorization"), self.registry.now_s(), address
        )
        return actor if request.method in ("GET", "HEAD") else replace(actor, address=address)

    def address(self, request: Request) -> str:
        """The client's address, for the usage log and for slowing down guessers."""
        return self.origin.address(request)

    def challenge(self, request: Request, scope: str, error: str) -> bytes:
        """The one WWW-Authenticate value of a 401: clients break on two. (token spec)"""
        if self.challenges_basic:
            return f'Basic realm="{self.name}"'.encode("latin-1")
        parts = [f'Bearer realm="{self.origin.url(request)}/v2/auth"', f'service="{self.name}"']
        if scope:
            parts.append(f'scope="{scope}"')
        if error:
            parts.append(f'error="{error}"')
        return ",".join(parts).encode("latin-1")
