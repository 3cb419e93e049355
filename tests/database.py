"""The database of a running server, for what no request can bring about: age, and quantity."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, select

from moorage.db import schema
from moorage.db.engine import open_database
from tests.server import Server

T = TypeVar("T")


def staged(server: Server) -> set[str]:
    """The uploads that have a row, a file, or both."""
    rows = write_rows(server, lambda tx: set(tx.execute(select(schema.uploads.c.id)).scalars()))
    folder = server.data / "uploads"
    return rows | (set(os.listdir(folder)) if folder.is_dir() else set())


def write_rows(server: Server, query: Callable[[Connection], T]) -> T:
    """Run a query function in one transaction of its own."""
    return write_in(server.database_url, query)


def write_in(database_url: str, query: Callable[[Connection], T]) -> T:
    """The same where no server runs."""

    async def run() -> T:
        database = open_database(database_url)
        try:
            return await database.write(query)
        finally:
            await database.close()

    return asyncio.run(run())
