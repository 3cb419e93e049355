"""All tables.

namespaces ─┬─ users              who signs in; a robot is a user named namespace+short
            ├─ teams ── team_members    an organization's teams; role member, creator or admin
            └─ repositories ─┬─ repository_blobs ── blobs     what a repository may serve
                             ├─ manifests ─┬─ manifest_references
                             │             └─ labels
                             ├─ tags         one live row per name; ended rows are the history
                             ├─ repository_pulls              counted by day
                             └─ uploads ── upload_parts
logs                              the usage log; outlives what its lines are about
leases                            which process does the periodic work
signing_keys                      keys of registry tokens, newest first

Credentials, robots and permissions are in `accounts_schema`, charts in `charts_schema`, what was
read of manifests in `artifacts_schema`.

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

from moorage.oci import media


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

IS_CHART = text(f"artifact_type = '{media.HELM_CONFIG}'")

namespaces = Table(
    "namespaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Name, nullable=False, unique=True),
    Column("is_organization", Boolean, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
    # An organization's; a user's are in `users`.
    Column("email", String, nullable=False, server_default=""),
    Column("contact_email", String),
    # How long an ended tag can be restored; absent: DEFAULT_TAG_EXPIRATION.
    Column("tag_expiration_seconds", Integer),
    # Of repositories made by a push; absent: CREATE_PRIVATE_REPO_ON_PUSH.
    Column("default_visibility", String),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), primary_key=True),
    Column("email", String, nullable=False, server_default=""),
    Column("password_hash", String, nullable=False),
    Column("is_superuser", Boolean, nullable=False),
    Column("is_enabled", Boolean, nullable=False, server_default=text("true")),
    Column("company", String),
    Column("family_name", String),
    Column("given_name", String),
    Column("location", String),
    Column("last_accessed_ms", Milliseconds),
)

teams = Table(
    "teams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", Name, nullable=False),
    Column("role", String, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
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
    Column("description", Text),
    Column("state", String, nullable=False, server_default="NORMAL"),
    Column("modified_ms", Milliseconds),
    # Counts the changes of its tags: what was made of them is fresh while the count is the same.
    Column("revision", BigInteger, nullable=False, server_default=text("0")),
    # False while its search documents are behind.
    Column("is_indexed", Boolean, nullable=False, server_default=text("false")),
    Index("ix_repositories_namespace_id", "namespace_id"),
    Index(
        "ix_repositories_unindexed",
        "id",
        sqlite_where=text("NOT is_indexed"),
        postgresql_where=text("NOT is_indexed"),
    ),
    Index("ix_repositories_visibility", "visibility", "name"),
)

repository_pulls = Table(
    "repository_pulls",
    metadata,
    Column(
        "repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True
    ),
    # Days since 1970 (UTC).
    Column("day", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
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
    # What it is, by the manifest alone until it has been described; what its layers weigh.
    Column("kind", String),
    Column("size_bytes", BigInteger),
    # When its content was read; absent: it waits for that.
    Column("described_ms", Milliseconds),
    _due_index("manifests"),
    Index(
        "ix_manifests_undescribed",
        "id",
        sqlite_where=text("described_ms IS NULL"),
        postgresql_where=text("described_ms IS NULL"),
    ),
    UniqueConstraint("repository_id", "digest"),
    Index("ix_manifests_subject", "repository_id", "subject_digest", "digest"),
    Index("ix_manifests_charts", "id", sqlite_where=IS_CHART, postgresql_where=IS_CHART),
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
    # A live tag is dead from here on, whoever ends its row.
    Column("expires_ms", Milliseconds),
    Column("is_reversion", Boolean, nullable=False, server_default=text("false")),
    # Sorts as the semantic version that the name is, "" for none; absent: not known yet.
    Column("version_key", Name),
    Index(
        "ix_tags_unsorted",
        "id",
        sqlite_where=text("version_key IS NULL"),
        postgresql_where=text("version_key IS NULL"),
    ),
    Index(
        "uq_tags_live",
        "repository_id",
        "name",
        unique=True,
        sqlite_where=text("ended_ms IS NULL"),
        postgresql_where=text("ended_ms IS NULL"),
    ),
    Index("ix_tags_manifest_id", "manifest_id"),
    Index("ix_tags_history", "repository_id", "started_ms", "id"),
    Index(
        "ix_tags_ended",
        "ended_ms",
        sqlite_where=text("ended_ms IS NOT NULL"),
        postgresql_where=text("ended_ms IS NOT NULL"),
    ),
    Index(
        "ix_tags_expires",
        "expires_ms",
        sqlite_where=text("expires_ms IS NOT NULL AND ended_ms IS NULL"),
        postgresql_where=text("expires_ms IS NOT NULL AND ended_ms IS NULL"),
    ),
)

labels = Table(
    "labels",
    metadata,
    Column("id", String, primary_key=True),
    Column("manifest_id", Id, ForeignKey("manifests.id", ondelete="CASCADE"), nullable=False),
    Column("key", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("media_type", String, nullable=False),
    Index("ix_labels_manifest_id", "manifest_id"),
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

logs = Table(
    "logs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("created_ms", Milliseconds, nullable=False),
    Column("kind", String, nullable=False),
    Column("namespace_id", Id),
    Column("namespace", String),
    Column("repository_id", Id),
    Column("performer_id", Id),
    Column("performer", String),
    Column("address", String, nullable=False, server_default=""),
    Column("metadata_json", Text, nullable=False, server_default="{}"),
    Index("ix_logs_created_ms", "created_ms", "id"),
    Index("ix_logs_namespace_id", "namespace_id", "created_ms", "id"),
    Index("ix_logs_repository_id", "repository_id", "created_ms", "id"),
)
