"""Leases: which of many processes does a periodic work. They save work, nothing rests on them."""

from __future__ import annotations

from sqlalchemy import Connection, or_, update

from moorage.db import schema
from moorage.db.engine import insert_new

_c = schema.leases.c


def take(tx: Connection, name: str, holder: str, now_ms: int, until_ms: int) -> bool:
    """Take or renew a lease; False while another holder has it."""
    if insert_new(tx, schema.leases, name=name, holder=holder, until_ms=until_ms):
        return True
    taken = tx.execute(
        update(schema.leases)
        .where(_c.name == name, or_(_c.holder == holder, _c.until_ms <= now_ms))
        .values(holder=holder, until_ms=until_ms)
    )
    return taken.rowcount == 1
