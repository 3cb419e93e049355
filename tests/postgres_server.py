"""A PostgreSQL for the tests: the one in MOORAGE_TEST_POSTGRES, or a throw-away cluster."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def can_start() -> bool:
    """Whether a server is given, or its programs are installed."""
    return "MOORAGE_TEST_POSTGRES" in os.environ or bool(BINARIES)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A throw-away PostgreSQL that a test may stop and start."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://moorage@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 -F -c max_connections=200"
        self._pg_ctl("-w", "-o", options, "-l", f"{self.folder}/log", "start")

    def stop(self) -> None:
        self._pg_ctl("-m", "immediate", "stop")

    def processes(self) -> list[int]:
        """The server and the processes it has started."""
        main = int((self.folder / "cluster" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def _pg_ctl(self, *arguments: str) -> None:
        _run(["pg_ctl", "-D", str(self.folder / "cluster"), *arguments])


@contextmanager
def new_cluster() -> Iterator[Cluster]:
    """A running cluster, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="moorage-postgres-"))
    if os.getuid() == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(folder, "postgres")
    cluster = Cluster(folder, _free_port())
    try:
        where = str(folder / "cluster")
        _run(["initdb", "-D", where, "-U", "moorage", "-A", "trust", "-E", "UTF8"])
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a running server, without a database of ours."""
    given = os.environ.get("MOORAGE_TEST_POSTGRES")
    if given:
        yield given
        return
    with new_cluster() as cluster:
        yield cluster.url


def new_database(server: str) -> str:
    """The URL of a fresh, empty database."""
    name = f"moorage_{secrets.token_hex(6)}"

    async def create() -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()

    asyncio.run(create())
    return server.rpartition("/")[0] + "/" + name


def by_socket(url: str) -> str:
    """The same database by the server's socket file, which also a network namespace can reach."""

    async def folder() -> str:
        connection = await asyncpg.connect(url)
        try:
            return str(await connection.fetchval("SHOW unix_socket_directories"))
        finally:
            await connection.close()

    parts = urlsplit(url)
    place = f"host={asyncio.run(folder())}&port={parts.port}"
    return f"postgresql://{parts.username}@{parts.path}?{place}"


def _run(command: list[str]) -> None:
    command = [str(BINARIES[0] / command[0]), *command[1:]]
    if os.getuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command} failed: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
