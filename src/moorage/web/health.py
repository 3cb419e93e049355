"""Whether this instance can serve, in Quay's words.

`/health/instance` is for probes and load balancers: false means that not even a pull would work
here. `/health/endtoend` is for monitoring: it goes the whole way of a push as well, so it turns
false on a full disk, where pulls go on. However often they are asked, each check runs at most once
at a time and once a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from moorage.web.http import Request

CHECK_SECONDS = 3.0
KEPT_SECONDS = 1.0

log = structlog.get_logger("moorage.health")


@dataclass(slots=True)
class Check:
    """One service: `run` returns whether it is well, and may raise or hang."""

    name: str
    run: Callable[[], Awaitable[bool]]
    _known: bool = True
    _until: float = 0.0
    _running: asyncio.Task[bool] | None = None

    async def is_well(self) -> bool:
        if time.monotonic() < self._until:
            return self._known
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._bounded())
        return await asyncio.shield(self._running)

    async def _bounded(self) -> bool:
        problem = None
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                is_well = await self.run()
        except Exception as error:  # whatever it is, the service is not well
            is_well, problem = False, f"{type(error).__name__}: {error}"
        if is_well != self._known:
            if is_well:
                log.info("service is well again", service=self.name)
            else:
                log.error("service is not well", service=self.name, problem=problem)
        self._known, self._until = is_well, time.monotonic() + KEPT_SECONDS
        return is_well


@dataclass(frozen=True, slots=True)
class Health:
    instance: list[Check] = field(default_factory=list)
    endtoend: list[Check] = field(default_factory=list)

    async def answer(self, request: Request, checks: list[Check]) -> None:
        """`{"data": {"services": {NAME: bool}}, "status_code": 200 or 503}`, as Quay answers."""
        services = await self.services(checks)
        status = 200 if all(services.values()) else 503
        await request.answer_json(
            status,
            {"data": {"services": services}, "status_code": status},
            [(b"cache-control", b"no-store")],
        )

    async def services(self, checks: list[Check]) -> dict[str, bool]:
        found = await asyncio.gather(*(check.is_well() for check in checks))
        return {check.name: is_well for check, is_well in zip(checks, found, strict=True)}
