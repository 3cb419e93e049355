"""`moorage serve`: Granian with a number of workers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moorage.settings import Settings
    from moorage.wiring_accounts import FirstUser

START_AGAIN_SECONDS = 2
"""Database or storage are not there at the start: how long until the next try."""

HTTP1_BUFFER_BYTES = 1024 * 1024
"""Uploads come in pieces of up to this size: the largest gain found for their rate."""
ADMIN_PASSWORD = "MOORAGE_ADMIN_PASSWORD"
ADMIN_PASSWORD_FILE = "MOORAGE_ADMIN_PASSWORD_FILE"
HTTP2_HEADER_BYTES = 128 * 1024
"""Granian's own limit is 16 MiB for each request; more than 64 KiB are refused anyway."""


def serve(
    settings: Settings, host: str, port: int, workers: int, cert: Path | None, key: Path | None
) -> None:
    """Serve until SIGTERM or SIGINT; transfers in flight get `SHUTDOWN_SECONDS` to finish."""
    import structlog
    from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
    from granian.http import HTTP1Settings, HTTP2Settings
    from granian.log import LogLevels
    from granian.server import Server

    from moorage import __version__, log
    from moorage.web import counters

    log.configure(settings.log_level)
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
        log_level=LogLevels(settings.log_level),
        log_dictconfig=log.logging_config(settings.log_level),
        # A worker that the kernel killed for memory must not end the service. One that dies again
        # within seconds does: whatever supervises the service shows that better than we could.
        respawn_failed_workers=True,
        http1_settings=HTTP1Settings(max_buffer_size=HTTP1_BUFFER_BYTES),
        http2_settings=HTTP2Settings(max_headers_size=HTTP2_HEADER_BYTES),
        ssl_cert=cert,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
        workers_kill_timeout=settings.shutdown_seconds,
    )
    # The environment, not an argument: workers may be started again by the main process alone.
    os.environ["MOORAGE_WORKER_SETTINGS"] = settings.dump()
    os.environ["MOORAGE_WORKER_COUNTERS"] = counters.create_file()
    held = counters.Counters(os.environ["MOORAGE_WORKER_COUNTERS"], counters.MAIN)
    shown = f"{scheme}://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
    structlog.get_logger("moorage.server").info(
        "moorage starts", version=__version__, url=shown, workers=workers, slot=held.slot
    )
    server.serve(target_loader=partial(_load, shown), wrap_loader=False)
    sys.exit(0)


def _load(shown: str, *_: Any) -> Any:
    """In a worker: prepare what is missing, then the application."""
    from moorage import log
    from moorage.settings import Settings
    from moorage.web.counters import Counters
    from moorage.wiring import build_app

    for number in (signal.SIGTERM, signal.SIGINT):
        # A forked worker still has the main process's handler, which only notes the signal: a stop
        # during the start would wait for the kill.
        signal.signal(number, signal.SIG_DFL)
    settings = Settings.from_dump(os.environ["MOORAGE_WORKER_SETTINGS"])
    log.configure(settings.log_level)
    first = _prepared(settings)
    if first is not None:
        is_given = any(key in os.environ for key in (ADMIN_PASSWORD, ADMIN_PASSWORD_FILE))
        password = f"the one in {ADMIN_PASSWORD}" if is_given else first.password
        print(_welcome(shown, first.name, password), flush=True)
    return build_app(settings, Counters(os.environ["MOORAGE_WORKER_COUNTERS"]))


def _prepared(settings: Settings) -> FirstUser | None:
    """Migrate the database and make what is missing, as soon as database and folder are there."""
    import structlog

    from moorage.db.migrate import HEAD
    from moorage.settings import SettingsError
    from moorage.wiring import migrate_database, prepare

    log = structlog.get_logger("moorage.server")
    while True:
        try:
            before = migrate_database(settings)
            if before != HEAD:
                log.info("database migrated", before=before or "empty", after=HEAD)
            return asyncio.run(prepare(settings, _admin_password()))
        except OSError as error:
            problem = f"{type(error).__name__}: {error}"
            log.error("not ready", problem=problem, again_in_seconds=START_AGAIN_SECONDS)
            time.sleep(START_AGAIN_SECONDS)
        except (ValueError, SettingsError) as error:
            log.error("cannot start", problem=str(error))
            sys.exit(1)


def _admin_password() -> str | None:
    from moorage.settings import read_secret

    path = os.environ.get(ADMIN_PASSWORD_FILE)
    return read_secret(ADMIN_PASSWORD_FILE, Path(path)) if path else os.environ.get(ADMIN_PASSWORD)


def _welcome(url: str, name: str, password: str) -> str:
    scheme, _, host = url.partition("://")
    helm, podman = (" --plain-http", "--tls-verify=false ") if scheme == "http" else ("", "")
    return (
        f"\nmoorage is new here. The first user is {name}, the password is {password}\n"
        f"(it is not shown again; change it with: moorage admin user passwd {name}).\n\n"
        f"  {url} in a browser: the console\n"
        f"  helm registry login {host} -u {name}{helm}\n"
        f"  helm push CHART.tgz oci://{host}/{name}{helm}\n"
        f"  podman push {podman}IMAGE {host}/{name}/IMAGE:TAG\n"
    )
