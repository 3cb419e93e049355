"""Tables of what pushed things are.

manifests ─┬─ artifacts          what was read of a manifest, once; without a row: not read yet
           ├─ artifact_texts     long texts by role, compressed
           └─ artifact_links     charts and images that it names
repositories ── search_documents   one for each kind in a repository: its newest version's words

`manifests.kind` and `manifests.size_bytes` are written by the push; `manifests.described_ms` by the
worker, once. `tags.version_key` sorts tags by semantic version. `repositories.is_indexed` is false
while the search documents are behind.

The words of a document are in `search_words` (SQLite: an FTS5 table, its rows numbered as the
documents) or in `search_documents.words` (PostgreSQL: a tsvector); see `artifact_search`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from moorage.db.schema import Id, Name, metadata

artifacts = Table(
    "artifacts",
    metadata,
    Column("manifest_id", Id, ForeignKey("manifests.id", ondelete="CASCADE"), primary_key=True),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("title", String, nullable=False, server_default=""),
    Column("version", String, nullable=False, server_default=""),
    Column("app_version", String, nullable=False, server_default=""),
    Column("summary", Text, nullable=False, server_default=""),
    # A JSON list.
    Column("keywords", Text, nullable=False, server_default="[]"),
    Column("is_deprecated", Boolean, nullable=False, server_default=text("false")),
    # A signature that came with it: a chart's provenance, a signed policy bundle.
    Column("is_signed", Boolean, nullable=False, server_default=text("false")),
    # The kind's own dataclass as compressed JSON.
    Column("details", LargeBinary),
)

artifact_texts = Table(
    "artifact_texts",
    metadata,
    Column("manifest_id", Id, ForeignKey("manifests.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

artifact_links = Table(
    "artifact_links",
    metadata,
    Column("id", Id, primary_key=True),
    Column("manifest_id", Id, ForeignKey("manifests.id", ondelete="CASCADE"), nullable=False),
    Column("relation", String, nullable=False),
    Column("name", Name, nullable=False),
    Column("wanted", String, nullable=False, server_default=""),
    Column("source", String, nullable=False, server_default=""),
    Index("ix_artifact_links_manifest_id", "manifest_id"),
    Index("ix_artifact_links_name", "relation", "name", "manifest_id"),
)

search_documents = Table(
    "search_documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("digest", Name, nullable=False),
    Column("tag", Name, nullable=False),
    Column("title", Name, nullable=False),
    Column("version", String, nullable=False),
    Column("app_version", String, nullable=False),
    Column("summary", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("is_deprecated", Boolean, nullable=False),
    Column("is_signed", Boolean, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
    UniqueConstraint("repository_id", "kind"),
    Index("ix_search_documents_title", "title", "kind"),
    Index("ix_search_documents_modified_ms", "modified_ms"),
)
