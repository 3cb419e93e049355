"""A real moorage in a process of its own, for tests that speak to it over a socket."""

from __future__ import annotations

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
MOORAGE = Path(sys.executable).parent / "moorage"


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    process: subprocess.Popen[bytes]
    data: Path
    settings: dict[str, str]

    @property
    def database_url(self) -> str:
        return self.settings.get("DB_URI") or f"sqlite:///{self.data}/moorage.db"

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
    within: tuple[str, ...] = (),
    tls: Path | None = None,
) -> Server:
    """Start `moorage serve` on `data`; `settings` are keys of the configuration.

    Its log is appended to `log`, or shown with the test's output. `within` is a command that runs
    the command after it, `tls` the folder of ssl.cert and ssl.key.
    """
    port, settings = port or free_port(), settings or {}
    options: list[str | Path] = ["--data", data, "--port", str(port), "--workers", str(workers)]
    if tls is not None:
        options += ["--tls-cert", tls / "ssl.cert", "--tls-key", tls / "ssl.key"]
    environment = environment_of({"SHUTDOWN_SECONDS": "10"} | settings)
    with log.open("ab") if log else nullcontext() as stderr:
        process = subprocess.Popen(
            [*within, MOORAGE, "serve", *options],
            env=environment | {"MOORAGE_ADMIN_PASSWORD": PASSWORD},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    server = Server("127.0.0.1", port, process, data, settings)
    _wait(server)
    return server


def environment_of(settings: dict[str, str]) -> dict[str, str]:
    return os.environ | {f"MOORAGE_{key}": value for key, value in settings.items()}


def admin(server: Server, *arguments: str, stdin: str = "") -> str:
    """Run `moorage admin ...` on the server's database; what it printed."""
    return run_command(server, "admin", *arguments, stdin=stdin)


def run_command(server: Server, *arguments: str, stdin: str = "") -> str:
    """Run `moorage ...` with the server's settings; what it printed."""
    done = subprocess.run(
        [MOORAGE, *arguments, "--data", server.data],
        env=environment_of(server.settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@contextmanager
def running_server(
    data: Path,
    settings: dict[str, str] | None = None,
    *,
    workers: int = 1,
    log: Path | None = None,
    within: tuple[str, ...] = (),
    tls: Path | None = None,
) -> Iterator[Server]:
    server = start_server(data, settings, workers=workers, log=log, within=within, tls=tls)
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
        try:
            # The workers inherit the listener: it may take connections before one can answer.
            with socket.create_connection((server.host, server.port), timeout=5) as probe:
                probe.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if probe.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"moorage did not answer within {START_SECONDS} seconds")
