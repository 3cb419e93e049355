"""Search: all words must be in a document, the last ones of which may be cut short; ranked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Row,
    Select,
    Subquery,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)

from moorage.artifacts.description import ArtifactKind
from moorage.db import schema
from moorage.db.artifacts_schema import search_documents
from moorage.db.permissions import visible_to
from moorage.db.search_documents import words_of
from moorage.model.accounts import Actor
from moorage.model.content import Visibility

_r, _n, _d = schema.repositories.c, schema.namespaces.c, search_documents.c
_fts = table("search_words", column("rowid"))
WEIGHTS = "8.0, 8.0, 4.0, 3.0, 1.0"
"""Of name, title, keywords, versions, summary."""
QUERY_WORDS = 32
"""Each word of a query is a match by prefix of its own."""
CANDIDATES = 5_000
"""Documents that are counted and ranked: a word that nearly all have tells nothing apart."""
SIGNATURES = (ArtifactKind.SIGNATURE, ArtifactKind.ATTESTATION, ArtifactKind.SBOM)
"""Found only by who asks for their kind: they stand beside nearly everything."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Words and facets."""

    text: str = ""
    kind: ArtifactKind | None = None
    namespace: str | None = None
    signed: bool | None = None
    deprecated: bool | None = None


@dataclass(frozen=True, slots=True)
class FoundDocument:
    repository_id: int
    repository: str
    is_public: bool
    kind: ArtifactKind
    title: str
    tag: str
    digest: str
    version: str
    app_version: str
    summary: str
    keywords: tuple[str, ...]
    is_deprecated: bool
    is_signed: bool
    modified_ms: int
    score: float


@dataclass(frozen=True, slots=True)
class FoundPage:
    results: list[FoundDocument]
    total: int
    kinds: list[tuple[str, int]]
    organizations: list[tuple[str, int]]
    signed: int
    unsigned: int


def find_documents(
    tx: Connection, actor: Actor, wanted: SearchQuery, offset: int, limit: int
) -> FoundPage:
    """A page of what the caller may see, the best first, and the facets of all of it."""
    words = list(dict.fromkeys(words_of(wanted.text)))[:QUERY_WORDS]
    matches = _matches(tx, actor, wanted, words)
    named = _d.title == wanted.text.strip()
    first = tx.execute(_listed(matches.where(named).limit(limit), 1000.0)).all() if words else []
    start = max(0, offset - len(first))
    taken = first[offset : offset + limit]
    others = _candidates(tx, matches.where(~named) if words else matches, words)
    rows = tx.execute(_ranked(others, start, limit - len(taken))).all()
    counts = tx.execute(_facets(matches)).all()
    return FoundPage(
        [_found(row) for row in (*taken, *rows)],
        sum(row.found for row in counts),
        _summed(counts, 0),
        _summed(counts, 1),
        sum(row.found for row in counts if row.is_signed),
        sum(row.found for row in counts if not row.is_signed),
    )


def _matches(
    tx: Connection, actor: Actor, wanted: SearchQuery, words: Sequence[str]
) -> Select[tuple[int]]:
    """Documents that hold the words, have the facets, and that the caller may see."""
    conditions: list[ColumnElement[bool]] = [visible_to(actor)]
    if words and tx.dialect.name == "postgresql":
        conditions.append(_postgres_match(words))
    if wanted.kind is not None:
        conditions.append(_d.kind == wanted.kind)
    else:
        conditions.append(_d.kind.not_in(SIGNATURES))
    if wanted.namespace is not None:
        conditions.append(_n.name == wanted.namespace)
    if wanted.signed is not None:
        conditions.append(_d.is_signed.is_(wanted.signed))
    if wanted.deprecated is not None:
        conditions.append(_d.is_deprecated.is_(wanted.deprecated))
    source = search_documents.join(schema.repositories, _r.id == _d.repository_id).join(
        schema.namespaces, _n.id == _r.namespace_id
    )
    if words and tx.dialect.name == "sqlite":
        source = source.join(_fts, _fts.c.rowid == _d.id)
        conditions.append(_sqlite_match(words))
    return select(_d.id).select_from(source).where(*conditions)


def _candidates(tx: Connection, matches: Select[tuple[int]], words: Sequence[str]) -> Subquery:
    """Documents with what they are worth; the newest where there are no words to rank by."""
    query = matches.with_only_columns(_d.id.label("id"), _score(tx, words).label("score"))
    if not words:
        query = query.order_by(_d.modified_ms.desc())
    return query.limit(CANDIDATES).subquery("candidates")


def _listed(matches: Select[tuple[int]], score: float) -> Select[Any]:
    """Things of exactly that name stand first, whatever else speaks of it."""
    columns = (*_SHOWN, literal(score).label("score"))
    return matches.with_only_columns(*columns).order_by(_r.name)


def _ranked(candidates: Subquery, offset: int, limit: int) -> Select[Any]:
    source = candidates.join(search_documents, _d.id == candidates.c.id).join(
        schema.repositories, _r.id == _d.repository_id
    )
    return (
        select(*_SHOWN, candidates.c.score)
        .select_from(source)
        .order_by(candidates.c.score.desc(), _d.modified_ms.desc(), _d.id)
        .offset(offset)
        .limit(limit)
    )


def _facets(matches: Select[tuple[int]]) -> Select[Any]:
    found = matches.with_only_columns(_d.kind, _n.name.label("namespace"), _d.is_signed).limit(
        CANDIDATES
    )
    c = found.subquery("found").c
    return select(c.kind, c.namespace, c.is_signed, func.count().label("found")).group_by(
        c.kind, c.namespace, c.is_signed
    )


def _score(tx: Connection, words: Sequence[str]) -> ColumnElement[float]:
    if not words:
        return literal(0.0)
    if tx.dialect.name == "sqlite":
        return -literal_column(f"bm25(search_words, {WEIGHTS})", Float)
    return cast(
        func.ts_rank(literal_column("search_documents.words"), _postgres_query(words)), Float
    )


def _sqlite_match(words: Sequence[str]) -> ColumnElement[bool]:
    query = " ".join(f'"{word}"*' for word in words)
    return text("search_words MATCH :words").bindparams(words=query)  # type: ignore[return-value]


def _postgres_match(words: Sequence[str]) -> ColumnElement[bool]:
    return literal_column("search_documents.words").op("@@")(_postgres_query(words))


def _postgres_query(words: Sequence[str]) -> ColumnElement[object]:
    query = " & ".join(f"'{word}':*" for word in words)
    return text("CAST(CAST(:words AS text) AS tsquery)").bindparams(words=query)  # type: ignore[return-value]


def _summed(counts: Sequence[Row[Any]], place: int) -> list[tuple[str, int]]:
    sums: dict[str, int] = {}
    for row in counts:
        sums[str(row[place])] = sums.get(str(row[place]), 0) + row.found
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


def _found(row: Row[Any]) -> FoundDocument:
    return FoundDocument(
        repository_id=row.repository_id,
        repository=row.name,
        is_public=row.visibility == Visibility.PUBLIC,
        kind=ArtifactKind(row.kind),
        title=row.title,
        tag=row.tag,
        digest=row.digest,
        version=row.version,
        app_version=row.app_version,
        summary=row.summary,
        keywords=tuple(json.loads(row.keywords)),
        is_deprecated=bool(row.is_deprecated),
        is_signed=bool(row.is_signed),
        modified_ms=row.modified_ms,
        score=round(float(row.score), 4),
    )


_SHOWN = (
    _d.repository_id,
    _r.name,
    _r.visibility,
    _d.kind,
    _d.title,
    _d.tag,
    _d.digest,
    _d.version,
    _d.app_version,
    _d.summary,
    _d.keywords,
    _d.is_deprecated,
    _d.is_signed,
    _d.modified_ms,
)
