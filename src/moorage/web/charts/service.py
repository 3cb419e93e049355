"""What the endpoints of `/charts` share: the registry, the origin, the caller, the errors' form."""

from __future__ import annotations

from dataclasses import dataclass, replace

from moorage.model.accounts import Actor
from moorage.oci.errors import RegistryError
from moorage.registry.context import Registry
from moorage.web.http import Headers, Request
from moorage.web.origin import Origin

CONTEXT_PATH = "/charts"
OCI_PATH = "/charts-oci"
CHALLENGE = (b"www-authenticate", b'Basic realm="moorage"')


@dataclass(frozen=True, slots=True)
class ChartService:
    registry: Registry
    origin: Origin
    chart_bytes: int
    """The largest archive that may be uploaded here."""

    async def actor(self, request: Request) -> Actor:
        """The caller by HTTP Basic with any credential, or by an OAuth access token as Bearer."""
        authenticator, now_s = self.registry.authenticator, self.registry.now_s()
        authorization = request.header(b"authorization") or ""
        scheme, _, credential = authorization.partition(" ")
        address = self.origin.address(request)
        if scheme.lower() == "bearer":
            found = await authenticator.oauth_actor(credential.strip(), now_s, address)
            why = "the token is no OAuth access token, is revoked or has expired"
            return replace(found or Actor(None, "", rejected=why), address=address)
        actor = await authenticator.actor_of(authorization, now_s, address)
        return actor if request.method in ("GET", "HEAD") else replace(actor, address=address)


def error_headers(error: RegistryError) -> Headers:
    if error.status == 401:
        return [CHALLENGE]
    return [(name.encode(), value.encode("latin-1")) for name, value in error.headers.items()]


def error_body(message: str) -> dict[str, str]:
    """As ChartMuseum writes it."""
    return {"error": message}
