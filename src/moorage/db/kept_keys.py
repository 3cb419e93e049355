"""The key that replicas share when the configuration has none."""

from __future__ import annotations

from sqlalchemy import Connection, select

from moorage.db.accounts_schema import kept_keys
from moorage.db.engine import insert_new

_SEAL = "seal"


def keep_seal_key(tx: Connection, key: str) -> None:
    """The first one that is brought is everybody's."""
    insert_new(tx, kept_keys, name=_SEAL, value=key)


def find_seal_key(tx: Connection) -> str | None:
    return tx.scalar(select(kept_keys.c.value).where(kept_keys.c.name == _SEAL))
