"""For those who run the registry: health, metrics, and the lines that requests leave in the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

import structlog

from moorage.oci.errors import Denied, NameUnknown, RegistryError, Unsupported, quoted
from moorage.web.failures import Failure
from moorage.web.health import Health
from moorage.web.http import Request
from moorage.web.metrics import CONTENT_TYPE, Metrics
from moorage.web.origin import Origin

_PULLS = ("GET", "HEAD")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"forwarded", b"x-real-ip", b"via")

log = structlog.get_logger("moorage.request")

AccessLog = Literal["off", "writes", "all"]


@dataclass(slots=True)
class Operations:
    health: Health
    metrics: Metrics
    origin: Origin
    metrics_networks: tuple[IPv4Network | IPv6Network, ...]
    metrics_address: str | None
    """Where the metrics are served instead of on the registry's own address."""
    access_log: AccessLog

    def take_over_id(self, request: Request) -> None:
        """A trusted proxy's name for the request is ours, too."""
        given = request.headers.get(b"x-request-id")
        if given is None or not _REQUEST_ID.fullmatch(given):
            return
        if self.origin.is_from_proxy(request):
            request.id = given

    async def serve(self, request: Request) -> bool:
        """Answer if the path is one of ours."""
        match request.path:
            case "/health/instance":
                checks = self.health.instance
            case "/health/endtoend":
                checks = self.health.endtoend
            case "/metrics":
                await self._answer_metrics(request)
                return True
            case _:
                return False
        request.route = request.path
        _require_get(request)
        await self.health.answer(request, checks)
        return True

    def ended(self, request: Request, seconds: float) -> None:
        """Count the request, and write its line if it is to have one."""
        self.metrics.count_request(request, seconds)
        if self.access_log == "all" or request.method not in _PULLS:
            self._log(request, seconds)

    def refused(self, error: RegistryError) -> None:
        self.metrics.count_refusal(error.code)
        if error.status in (503, 507):
            self.metrics.count_failure("storage")

    def failed(self, request: Request, error: Exception, failure: Failure) -> None:
        self.metrics.count_failure(failure.service)
        about = {
            "request_id": request.id.decode("latin-1"),
            "method": request.method,
            "path": quoted(request.path),
            "service": failure.service,
        }
        if failure.may_be_tried_again:
            log.error("request failed", error=f"{type(error).__name__}: {error}", **about)
        else:
            log.error("request failed", exc_info=error, **about)

    async def _answer_metrics(self, request: Request) -> None:
        request.route = request.path
        _require_get(request)
        if self.metrics_address is not None:
            raise NameUnknown("the metrics are served on METRICS_ADDRESS, not here")
        if not self._may_read_metrics(request):
            raise Denied(
                "metrics are for the networks in METRICS_NETWORKS, and not through a proxy"
            )
        await request.answer(200, [(b"content-type", CONTENT_TYPE)], await self.metrics.text())

    def _may_read_metrics(self, request: Request) -> bool:
        # A proxy on this machine would make the whole world look like loopback.
        if any(name in request.headers for name in _FORWARDED):
            return False
        client = request.scope.get("client")
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:
            return False
        return address is not None and any(address in n for n in self.metrics_networks)

    def _log(self, request: Request, seconds: float) -> None:
        if self.access_log == "off":
            return
        log.info(
            "request",
            request_id=request.id.decode("latin-1"),
            client=self.origin.address(request),
            method=request.method,
            path=quoted(request.path),
            status=request.status,
            milliseconds=round(seconds * 1000, 3),
            received_bytes=request.received_bytes,
            sent_bytes=request.sent_bytes,
        )


def _require_get(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise Unsupported(f"{request.method} is not possible here", headers={"Allow": "GET, HEAD"})
