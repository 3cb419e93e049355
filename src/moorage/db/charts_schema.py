"""Charts, read once from their config blobs when they are pushed.

manifests ── charts     one row a manifest with Helm's config type

Which of them an index shows is asked of the live tags: nothing has to be kept in step with them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from moorage.db.schema import Id, Milliseconds, Name, metadata

charts = Table(
    "charts",
    metadata,
    Column("manifest_id", Id, ForeignKey("manifests.id", ondelete="CASCADE"), primary_key=True),
    Column("repository_id", Id, nullable=False),
    # Why it is in no index; everything below is absent then.
    Column("problem", Text),
    Column("name", Name),
    Column("version", Name),
    # Sorts byte by byte as versions do. (charts/version.py)
    Column("version_key", Name),
    Column("file_name", Name),
    Column("archive_digest", Name),
    Column("archive_bytes", BigInteger),
    Column("provenance_digest", Name),
    # The digest of the manifest that old clients are shown in its place. (charts/manifest.py)
    Column("legacy_digest", Name),
    # The keys of Chart.yaml as one JSON object.
    Column("entry", Text),
    Column("created_ms", Milliseconds, nullable=False),
    Index("ix_charts_legacy", "repository_id", "legacy_digest"),
    Index("ix_charts_file_name", "file_name", "repository_id"),
    Index("ix_charts_archive", "archive_digest", "repository_id"),
)
