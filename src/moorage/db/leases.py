"""Leases: which of many processes does a periodic work. They save work, nothing rests on them."""

from __future__ import annotations

from sqlalchemy import Connection, delete, or_, select, update

from moorage.db import schema
from moorage.db.engine import insert_new

_c = schema.leases.c


def is_free(tx: Connection, name: str, holder: str, now_ms: int) -> bool:
    """Whether `take` would succeed; asked first, a lease that is not free costs no write."""
    row = tx.execute(select(_c.holder, _c.until_ms).where(_c.name == name)).first()
    return row is None or row.holder == holder or row.until_ms <= now_ms


def give_back(tx: Connection, name: str, holder: str) -> None:
    """Leave the work to the next who asks, at once."""
    tx.execute(delete(schema.leases).where(_c.name == name, _c.holder == holder))


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
