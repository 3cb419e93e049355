"""What SQLite opened for reading only is not kept for writing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from moorage.db.engine import SqliteDatabase
from moorage.db.outage import DatabaseUnavailable

NOBODY = 65534


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """The file cannot be opened for writing, not by root either."""
    path.chmod(0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.chmod(0o644)


def test_writes_go_on_once_the_file_can_be_written_again() -> None:
    def add(tx: Connection) -> int:
        return tx.execute(text("INSERT INTO things VALUES (1)")).rowcount

    async def use(path: Path) -> int:
        database = SqliteDatabase(str(path))
        with read_only(path):
            await database.open()
            for _ in range(3):
                await database.read(lambda tx: tx.scalar(text("SELECT count(*) FROM things")))
                with pytest.raises(DatabaseUnavailable):
                    await database.write(add)
        try:
            return await database.write(add)
        finally:
            await database.close()

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        path = Path(folder, "moorage.db")
        made = sqlite3.connect(path)
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE things (x)")
        made.close()
        assert asyncio.run(use(path)) == 1
