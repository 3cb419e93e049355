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
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def can_start() -> bool:
    """Whether a server is given, or its programs are installed."""
    return "MOORAGE_TEST_POSTGRES" in os.environ or bool(BINARIES)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a running server, without a database of ours."""
    given = os.environ.get("MOORAGE_TEST_POSTGRES")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="moorage-postgres-"))
    cluster = folder / "cluster"
    if os.getuid() == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(folder, "postgres")
    try:
        _run(["initdb", "-D", str(cluster), "-U", "moorage", "-A", "trust", "-E", "UTF8"])
        port = _free_port()
        options = f"-p {port} -k {folder} -h 127.0.0.1 -F -c max_connections=200"
        _run(["pg_ctl", "-D", str(cluster), "-w", "-o", options, "-l", f"{folder}/log", "start"])
        try:
            yield f"postgresql://moorage@127.0.0.1:{port}/postgres"
        finally:
            _run(["pg_ctl", "-D", str(cluster), "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
