"""Manifests that name another one as their subject."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from moorage.db import schema
from moorage.oci.digest import Digest

_m = schema.manifests.c


@dataclass(frozen=True, slots=True)
class Referrer:
    digest: Digest
    media_type: str
    artifact_type: str | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class PageLimits:
    rows: int
    size_bytes: int


def list_referrers(
    tx: Connection,
    repository_id: int,
    subject: Digest,
    artifact_type: str | None,
    last: str,
    limits: PageLimits,
) -> tuple[list[Referrer], str | None]:
    """Manifests whose subject is `subject`, in digest order after `last`, and the next `last`.

    Sizes are looked at first: a page never loads more than its limit, or one manifest.
    """
    query = (
        select(_m.digest, func.length(_m.raw))
        .where(
            _m.repository_id == repository_id,
            _m.subject_digest == subject,
            _m.deleted_ms.is_(None),
            _m.digest > last,
        )
        .order_by(_m.digest)
        .limit(limits.rows + 1)
    )
    if artifact_type is not None:
        query = query.where(_m.artifact_type == artifact_type)
    found = tx.execute(query).all()
    wanted: list[str] = []
    size = 0
    for digest, length in found[: limits.rows]:
        size += length
        if wanted and size > limits.size_bytes:
            break
        wanted.append(digest)
    if not wanted:
        return [], None
    rows = tx.execute(
        select(_m.digest, _m.media_type, _m.artifact_type, _m.raw)
        .where(_m.repository_id == repository_id, _m.digest.in_(wanted))
        .order_by(_m.digest)
    )
    referrers = [Referrer(Digest(row.digest), *row[1:]) for row in rows]
    return referrers, wanted[-1] if len(wanted) < len(found) else None


def are_referrers(
    tx: Connection, repository_id: int, subject: Digest, digests: list[str]
) -> set[str]:
    """Which of `digests` are manifests of the repository that name `subject`."""
    found: set[str] = set()
    for start in range(0, len(digests), 500):
        found.update(
            tx.execute(
                select(_m.digest).where(
                    _m.repository_id == repository_id,
                    _m.subject_digest == subject,
                    _m.deleted_ms.is_(None),
                    _m.digest.in_(digests[start : start + 500]),
                )
            ).scalars()
        )
    return found
