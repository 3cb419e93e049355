"""What those who run the registry ask the database."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text

from moorage.db import schema


def schema_version(tx: Connection) -> str:
    return str(tx.scalar(text("SELECT version_num FROM alembic_version")))


def count_open_uploads(tx: Connection) -> int:
    """All users' uploads that were begun and neither finished nor cancelled."""
    return tx.scalar(select(func.count()).select_from(schema.uploads)) or 0
