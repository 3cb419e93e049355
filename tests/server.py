"""A real moorage in a process of its own, for tests that speak to it over a socket."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "correct horse battery"
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """SIGKILL to the whole process group: no worker gets to say goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """The exit code; a worker that is still starting may need SHUTDOWN_SECONDS to be ended."""
        self.process.terminate()
        return self.process.wait(2 * START_SECONDS)


def start_server(
    data: Path,
    settings: dict[str, str] | None = None,
    *,
    workers: int = 1,
    port: int = 0,
    log: Path | None = None,
    under: tuple[str, ...] = (),
) -> Server:
    """Start `moorage serve` on `data`; `settings` are keys of the configuration.

    Its log is appended to `log`, or shown with the test's output. `under` is a command that runs
    it, with its arguments.
    """
    port = port or free_port()
    environment = os.environ | {"MOORAGE_ADMIN_PASSWORD": PASSWORD}
    environment |= {f"MOORAGE_{key}": value for key, value in (settings or {}).items()}
    with log.open("ab") if log else nullcontext() as stderr:
        process = subprocess.Popen(
            [
                *under,
                Path(sys.executable).parent / "moorage",
                *("serve", "--data", data, "--port", str(port), "--workers", str(workers)),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    server = Server("127.0.0.1", port, process)
    _wait(server)
    return server


@contextmanager
def running_server(
    data: Path,
    settings: dict[str, str] | None = None,
    *,
    workers: int = 1,
    log: Path | None = None,
) -> Iterator[Server]:
    server = start_server(data, settings, workers=workers, log=log)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], bool]) -> None:
    """Wait for what a server does a little later."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"it did not happen within {START_SECONDS} seconds")
        time.sleep(0.05)


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"moorage ended with {server.process.returncode} at its start")
        connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
        try:
            connection.request("GET", "/v2/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise RuntimeError(f"moorage did not answer within {START_SECONDS} seconds")
