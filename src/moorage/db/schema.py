"""All tables.

namespaces ─┬─ users              a person signs in; password hash
            ├─ teams ── team_members    an organization's teams; role member, creator or admin
            └─ repositories ─┬─ repository_blobs ── blobs     what a repository may serve
                             ├─ manifests ── manifest_references
                             ├─ tags         one live row per name; ended rows are the history
                             └─ uploads ── upload_parts
leases                            which process does the periodic work
signing_keys                      keys of registry tokens, newest first

`due_ms` is when the collector looks whether the row is still needed; absent: when something that
needs it goes away, it becomes due. (registry/collect.py)

Times are milliseconds since 1970 (UTC). Names compare byte by byte on both databases.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)


def _due_index(table: str) -> Index:
    """Only rows that wait for the collector are in it, so that it stays small."""
    condition = text("due_ms IS NOT NULL")
    return Index(f"ix_{table}_due", "due_ms", sqlite_where=condition, postgresql_where=condition)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only for INTEGER; PostgreSQL needs 64 bits for the large tables.
Id = BigInteger().with_variant(Integer, "sqlite")
# Byte order, as the specification sorts tags; PostgreSQL would use the locale's.
Name = String().with_variant(String(collation="C"), "postgresql")
Milliseconds = BigInteger

namespaces = Table(
    "namespaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Name, nullable=False, unique=True),
    Column("is_organization", Boolean, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), primary_key=True),
    Column("email", String, nullable=False, server_default=""),
    Column("password_hash", String, nullable=False),
    Column("is_superuser", Boolean, nullable=False),
    Column("is_enabled", Boolean, nullable=False, server_default=text("true")),
)

teams = Table(
    "teams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", Name, nullable=False),
    Column("role", String, nullable=False),
    UniqueConstraint("organization_id", "name"),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", Id, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_team_members_user_id", "user_id"),
)

repositories = Table(
    "repositories",
    metadata,
    Column("id", Id, primary_key=True),
    Column("namespace_id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", Name, nullable=False, unique=True),
    Column("visibility", String, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
    Index("ix_repositories_namespace_id", "namespace_id"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Name, nullable=False, unique=True),
    Column("size_bytes", BigInteger, nullable=False),
    # Where the bytes lie. (storage/layout.py)
    Column("location", String, nullable=False, server_default=""),
    Column("created_ms", Milliseconds, nullable=False),
    Column("due_ms", Milliseconds),
    _due_index("blobs"),
    Index("ix_blobs_location", "location"),
)

repository_blobs = Table(
    "repository_blobs",
    metadata,
    Column(
        "repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("blob_id", Id, ForeignKey("blobs.id"), primary_key=True),
    Column("created_ms", Milliseconds, nullable=False),
    Column("due_ms", Milliseconds),
    _due_index("repository_blobs"),
    Index("ix_repository_blobs_blob_id", "blob_id"),
)

manifests = Table(
    "manifests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
    Column("digest", Name, nullable=False),
    Column("media_type", String, nullable=False),
    Column("artifact_type", String),
    Column("subject_digest", Name),
    Column("raw", LargeBinary, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
    # A deleted manifest stays for the time machine; pushing it again brings it back.
    Column("deleted_ms", Milliseconds),
    Column("due_ms", Milliseconds),
    _due_index("manifests"),
    UniqueConstraint("repository_id", "digest"),
    Index("ix_manifests_subject", "repository_id", "subject_digest", "digest"),
)

manifest_references = Table(
    "manifest_references",
    metadata,
    Column("manifest_id", Id, ForeignKey("manifests.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", Name, primary_key=True),
    Column("repository_id", Id, nullable=False),
    Column("is_blob", Boolean, nullable=False),
    Index("ix_manifest_references_digest", "repository_id", "digest"),
)

tags = Table(
    "tags",
    metadata,
    Column("id", Id, primary_key=True),
    Column("repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
    Column("name", Name, nullable=False),
    Column("manifest_id", Id, ForeignKey("manifests.id", ondelete="CASCADE"), nullable=False),
    Column("started_ms", Milliseconds, nullable=False),
    Column("ended_ms", Milliseconds),
    Index(
        "uq_tags_live",
        "repository_id",
        "name",
        unique=True,
        sqlite_where=text("ended_ms IS NULL"),
        postgresql_where=text("ended_ms IS NULL"),
    ),
    Index("ix_tags_manifest_id", "manifest_id"),
    Index(
        "ix_tags_ended",
        "ended_ms",
        sqlite_where=text("ended_ms IS NOT NULL"),
        postgresql_where=text("ended_ms IS NOT NULL"),
    ),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String, primary_key=True),
    Column("repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Id, nullable=False),
    Column("received_bytes", BigInteger, nullable=False),
    Column("algorithm", String, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
    # The last request of the upload.
    Column("touched_ms", Milliseconds),
    Index("ix_uploads_user_id", "user_id"),
    Index("ix_uploads_touched", "touched_ms"),
)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("upload_id", String, ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("offset_bytes", BigInteger, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("location", String, nullable=False, unique=True),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until_ms", Milliseconds, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String, primary_key=True),
    Column("private_pem", Text, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
)
