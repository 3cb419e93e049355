"""A real S3 server for the tests: versitygw on a folder, from `tools/install.py`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.server import free_port

PROGRAM = Path(os.environ.get("MOORAGE_TOOLS", Path.home() / ".cache/moorage/tools/")) / "bin"
ACCESS, SECRET, BUCKET = "moorage", "moorage-secret", "registry"
START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class S3Server:
    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    is_secure: bool = False

    def settings(self, storage_path: str = "") -> dict[str, str]:
        """For moorage's environment; each `storage_path` is a store of its own."""
        arguments = {
            "s3_bucket": BUCKET,
            "s3_access_key": ACCESS,
            "s3_secret_key": SECRET,
            "host": "127.0.0.1",
            "port": self.port,
            "is_secure": self.is_secure,
            "storage_path": storage_path,
        }
        config = {"default": ["S3Storage", arguments]}
        return {"DISTRIBUTED_STORAGE_CONFIG": json.dumps(config)}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(START_SECONDS)


def can_start() -> bool:
    return (PROGRAM / "versitygw").is_file()


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    server = start_s3(folder)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def start_s3(folder: Path, port: int = 0, tls: Path | None = None) -> S3Server:
    """The bucket is a folder; starting again on the same one finds what was there.

    `tls` is the folder of ssl.cert and ssl.key.
    """
    port = port or free_port()
    (folder / BUCKET).mkdir(parents=True, exist_ok=True)
    command = [str(PROGRAM / "versitygw"), "--access", ACCESS, "--secret", SECRET]
    if tls is not None:
        command += ["--cert", str(tls / "ssl.cert"), "--key", str(tls / "ssl.key")]
    process = subprocess.Popen(
        [*command, "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait(port, process)
    return S3Server(port, folder, process, tls is not None)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"versitygw ended with {process.returncode} at its start")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("versitygw did not answer")
