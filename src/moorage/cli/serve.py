"""`moorage serve`: Granian with a number of workers."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moorage.settings import Settings

HTTP1_BUFFER_BYTES = 1024 * 1024
"""Uploads come in pieces of up to this size: the largest gain found for their rate."""
HTTP2_HEADER_BYTES = 128 * 1024
"""Granian's own limit is 16 MiB for each request; more than 64 KiB are refused anyway."""


def serve(
    settings: Settings, host: str, port: int, workers: int, cert: Path | None, key: Path | None
) -> None:
    """Serve until SIGTERM or SIGINT; transfers in flight get `SHUTDOWN_SECONDS` to finish."""
    from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
    from granian.http import HTTP1Settings, HTTP2Settings
    from granian.log import LogLevels
    from granian.server import Server

    scheme = "https" if cert else "http"
    server = Server(
        "moorage",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        http=HTTPModes.auto,
        websockets=False,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(max_buffer_size=HTTP1_BUFFER_BYTES),
        http2_settings=HTTP2Settings(max_headers_size=HTTP2_HEADER_BYTES),
        ssl_cert=cert,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
        workers_kill_timeout=settings.shutdown_seconds,
    )
    # The environment, not an argument: workers may be started again by the main process alone.
    os.environ["MOORAGE_WORKER_SETTINGS"] = settings.dump()
    shown = f"{scheme}://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
    server.serve(target_loader=partial(_load, shown), wrap_loader=False)
    sys.exit(0)


def _load(shown: str, *_: Any) -> Any:
    """In a worker: prepare what is missing, then the application."""
    from moorage.settings import Settings
    from moorage.wiring import build_app, migrate_database, prepare

    settings = Settings.from_dump(os.environ["MOORAGE_WORKER_SETTINGS"])
    migrate_database(settings)
    first = asyncio.run(prepare(settings, os.environ.get("MOORAGE_ADMIN_PASSWORD")))
    if first is not None:
        is_given = "MOORAGE_ADMIN_PASSWORD" in os.environ
        password = "the one in MOORAGE_ADMIN_PASSWORD" if is_given else first.password
        print(_welcome(shown, first.name, password), flush=True)
    return build_app(settings)


def _welcome(url: str, name: str, password: str) -> str:
    host = url.partition("//")[2]
    return (
        f"\nmoorage is new here. The first user is {name}, the password is {password}\n"
        "(it is not shown again; change it with: moorage admin user passwd admin).\n\n"
        f"  helm registry login {host} -u {name} --plain-http\n"
        f"  helm push CHART.tgz oci://{host}/{name} --plain-http\n"
        f"  podman push --tls-verify=false IMAGE {host}/{name}/IMAGE:TAG\n"
    )
