"""A way to the API server on which an operator can be killed after any of its writes.

    operator ── http ── proxy ── https ── kube-apiserver

The API server carries the write out; its answer never arrives, for the operator is dead by then.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from tests.operator.cluster import Cluster
from tests.server import free_port

_DROPPED = {"host", "content-length", "transfer-encoding", "connection", "content-encoding"}


@dataclass(slots=True)
class DeadlyProxy:
    cluster: Cluster
    port: int = field(default_factory=free_port)
    about: str = ""
    """Only writes whose path or body has this text are counted."""
    writes: list[str] = field(default_factory=list)
    deadly: int = 0
    """The number of the write that is the last; 0 for none."""
    kill: Callable[[], None] = lambda: None
    _session: ClientSession | None = None

    def kubeconfig(self, original: Path) -> Path:
        """That of somebody, with this proxy as the server."""
        path = original.with_name(f"proxied-{self.port}.kubeconfig")
        path.write_text(original.read_text().replace(self.cluster.url, self.url))
        return path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _DROPPED}
        assert self._session is not None
        async with self._session.request(
            request.method, self.cluster.url + request.path_qs, headers=headers, data=body or None
        ) as answer:
            if request.method != "GET" and self.about.encode() in request.path_qs.encode() + body:
                self.writes.append(f"{request.method} {request.path}")
                if len(self.writes) == self.deadly:
                    await answer.read()
                    self.kill()
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _DROPPED}
            passed = web.StreamResponse(status=answer.status, headers=kept)
            await passed.prepare(request)
            async for piece in answer.content.iter_any():
                await passed.write(piece)
            return passed

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        trust = ssl.create_default_context(cafile=str(self.cluster.ca))
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/{path:.*}", self.pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        connector = TCPConnector(ssl=trust, limit=0)
        async with ClientSession(connector=connector, timeout=ClientTimeout()) as self._session:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            started.set()
            await stop.wait()
            await runner.cleanup()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()  # what was passed on to an operator that is dead
                await asyncio.wait([task])


@contextmanager
def deadly_proxy(cluster: Cluster) -> Iterator[DeadlyProxy]:
    proxy, started, loop = DeadlyProxy(cluster), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(proxy.serve(started, stop),), daemon=True
    )
    thread.start()
    assert started.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
