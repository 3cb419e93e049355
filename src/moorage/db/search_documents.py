"""The search documents: for each kind in a repository the words of its newest version.

A document is written anew by the worker whenever the repository's tags change or one of its
manifests has been described; `repositories.is_indexed` says that this has been done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, text, update

from moorage.artifacts.description import ArtifactKind
from moorage.db import schema
from moorage.db.artifact_tags import is_signed
from moorage.db.artifacts_schema import artifacts, search_documents
from moorage.db.manifests import is_live

_r, _m, _t = schema.repositories.c, schema.manifests.c, schema.tags.c
_a, _d = artifacts.c, search_documents.c
SUMMARY_LENGTH = 500
VERSIONS = 200
"""Versions of a repository whose own words (version, application version) are searched."""
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_WORD_LENGTH = 64
_WORDS = 400


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a document, by what finding them is worth."""

    name: str
    title: str
    keywords: str
    versions: str
    summary: str


def words_of(value: str) -> list[str]:
    """Lower-case words; one with dots is a word and so are its parts."""
    found: list[str] = []
    for word in _WORD.findall(value.lower()):
        found.append(word[:_WORD_LENGTH])
        if "." in word:
            found += [part[:_WORD_LENGTH] for part in word.split(".") if not part.isdigit()]
        if len(found) >= _WORDS:
            break
    return found


def title_in(tx: Connection, repository_id: int, kind: ArtifactKind) -> str | None:
    return tx.scalar(select(_d.title).where(_d.repository_id == repository_id, _d.kind == kind))


def list_unindexed(tx: Connection, limit: int) -> list[tuple[int, str]]:
    """Id and name of repositories whose documents are behind."""
    query = select(_r.id, _r.name).where(text("NOT is_indexed")).limit(limit)
    return [(row[0], row[1]) for row in tx.execute(query)]


def index_repository(tx: Connection, repository_id: int, name: str, now_ms: int) -> None:
    """Write the documents of a repository anew."""
    # First, and with its lock: a push that commits later makes it false again.
    tx.execute(update(schema.repositories).where(_r.id == repository_id).values(is_indexed=True))
    newest: dict[str, Row[Any]] = {}
    versions: dict[str, list[str]] = {}
    for row in tx.execute(_tagged(repository_id, now_ms)):
        kind = row.kind or ArtifactKind.GENERIC
        newest.setdefault(kind, row)
        versions.setdefault(kind, []).extend((row.name, row.version or "", row.app_version or ""))
    kept = {
        row.kind: row.id
        for row in tx.execute(select(_d.id, _d.kind).where(_d.repository_id == repository_id))
    }
    for kind, document_id in kept.items():
        if kind not in newest:
            tx.execute(delete(search_documents).where(_d.id == document_id))
    for kind, row in newest.items():
        words = _words(name, row, versions[kind])
        _write(tx, kept.get(kind), _values(repository_id, kind, name, row), words)


def _tagged(repository_id: int, now_ms: int) -> Select[Any]:
    """Live tags, the best first: releases by version, then pre-releases, then other names."""
    is_prerelease = func.coalesce(_t.version_key, "").contains("-")
    return (
        select(
            _t.name,
            _t.started_ms,
            _m.kind,
            _m.digest,
            _a.title,
            _a.version,
            _a.app_version,
            _a.summary,
            _a.keywords,
            _a.is_deprecated,
            is_signed().label("is_signed"),
        )
        .select_from(schema.tags)
        .join(schema.manifests, _m.id == _t.manifest_id)
        .outerjoin(artifacts, _a.manifest_id == _m.id)
        .where(_t.repository_id == repository_id, is_live(now_ms))
        .order_by(is_prerelease, func.coalesce(_t.version_key, "").desc(), _t.started_ms.desc())
        .limit(VERSIONS)
    )


def _values(repository_id: int, kind: str, name: str, row: Row[Any]) -> dict[str, Any]:
    return {
        "repository_id": repository_id,
        "kind": kind,
        "digest": row.digest,
        "tag": row.name,
        "title": row.title or name.rpartition("/")[2],
        "version": row.version or "",
        "app_version": row.app_version or "",
        "summary": (row.summary or "")[:SUMMARY_LENGTH],
        "keywords": row.keywords or "[]",
        "is_deprecated": bool(row.is_deprecated),
        "is_signed": bool(row.is_signed),
        "modified_ms": row.started_ms,
    }


def _words(name: str, row: Row[Any], versions: Iterable[str]) -> Words:
    return Words(
        name=_joined([name]),
        title=_joined([row.title or ""]),
        keywords=_joined(json.loads(row.keywords or "[]")),
        versions=_joined(dict.fromkeys(versions)),
        summary=_joined([row.summary or ""]),
    )


def _joined(values: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(word for value in values for word in words_of(value)))


def _write(tx: Connection, document_id: int | None, values: dict[str, Any], words: Words) -> None:
    if document_id is None:
        document_id = tx.execute(
            insert(search_documents).values(**values).returning(_d.id)
        ).scalar_one()
    else:
        tx.execute(update(search_documents).where(_d.id == document_id).values(**values))
    columns = {"id": document_id, **asdict(words)}
    if tx.dialect.name == "postgresql":
        vector = "".join(
            f"{_lexeme(word)}:1{weight} "
            for text_, weight in (
                (words.name, "A"),
                (words.title, "A"),
                (words.keywords, "B"),
                (words.versions, "C"),
                (words.summary, "D"),
            )
            for word in text_.split()
        )
        tx.execute(_POSTGRES_WORDS, {"id": document_id, "words": vector})
        return
    tx.execute(_SQLITE_GONE, columns)
    tx.execute(_SQLITE_WORDS, columns)


def _lexeme(word: str) -> str:
    """As tsvector's own syntax quotes it. Words hold no quotes and no backslashes."""
    return f"'{word}'"


_POSTGRES_WORDS = text(
    "UPDATE search_documents SET words = CAST(CAST(:words AS text) AS tsvector) WHERE id = :id"
)
_SQLITE_GONE = text("DELETE FROM search_words WHERE rowid = :id")
_SQLITE_WORDS = text(
    "INSERT INTO search_words (rowid, name, title, keywords, versions, summary) "
    "VALUES (:id, :name, :title, :keywords, :versions, :summary)"
)
