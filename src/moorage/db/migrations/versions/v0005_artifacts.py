"""What pushed things are: kinds, descriptions, search. Only adds: release 0.1 runs on it.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Name = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("manifests", sa.Column("kind", sa.String()))
    op.add_column("manifests", sa.Column("size_bytes", sa.BigInteger()))
    op.add_column("manifests", sa.Column("described_ms", sa.BigInteger()))
    op.add_column("tags", sa.Column("version_key", Name))
    op.add_column(
        "repositories",
        sa.Column("is_indexed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    _partial_index("ix_manifests_undescribed", "manifests", ["id"], "described_ms IS NULL")
    _partial_index("ix_tags_unsorted", "tags", ["id"], "version_key IS NULL")
    _partial_index("ix_repositories_unindexed", "repositories", ["id"], "NOT is_indexed")
    _descriptions()
    _documents()


def _partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _of_manifest(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["manifest_id"],
        ["manifests.id"],
        name=op.f(f"fk_{table}_manifest_id_manifests"),
        ondelete="CASCADE",
    )


def _descriptions() -> None:
    op.create_table(
        "artifacts",
        sa.Column("manifest_id", Id, nullable=False, autoincrement=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("title", sa.String(), nullable=False, server_default=""),
        sa.Column("version", sa.String(), nullable=False, server_default=""),
        sa.Column("app_version", sa.String(), nullable=False, server_default=""),
        sa.Column("summary", sa.Text(), nullable=False, server_default=""),
        sa.Column("keywords", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("is_deprecated", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("is_signed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("details", sa.LargeBinary()),
        _of_manifest("artifacts"),
        sa.PrimaryKeyConstraint("manifest_id", name=op.f("pk_artifacts")),
    )
    op.create_table(
        "artifact_texts",
        sa.Column("manifest_id", Id, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _of_manifest("artifact_texts"),
        sa.PrimaryKeyConstraint("manifest_id", "role", name=op.f("pk_artifact_texts")),
    )
    op.create_table(
        "artifact_links",
        sa.Column("id", Id, nullable=False),
        sa.Column("manifest_id", Id, nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("name", Name, nullable=False),
        sa.Column("wanted", sa.String(), nullable=False, server_default=""),
        sa.Column("source", sa.String(), nullable=False, server_default=""),
        _of_manifest("artifact_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifact_links")),
    )
    op.create_index("ix_artifact_links_manifest_id", "artifact_links", ["manifest_id"])
    op.create_index("ix_artifact_links_name", "artifact_links", ["relation", "name", "manifest_id"])


def _documents() -> None:
    op.create_table(
        "search_documents",
        sa.Column("id", Id, nullable=False),
        sa.Column("repository_id", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", Name, nullable=False),
        sa.Column("tag", Name, nullable=False),
        sa.Column("title", Name, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("app_version", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("is_deprecated", sa.Boolean(), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("modified_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name=op.f("fk_search_documents_repository_id_repositories"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_documents")),
        sa.UniqueConstraint(
            "repository_id", "kind", name=op.f("uq_search_documents_repository_id")
        ),
    )
    op.create_index("ix_search_documents_title", "search_documents", ["title", "kind"])
    op.create_index("ix_search_documents_modified_ms", "search_documents", ["modified_ms"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE search_documents ADD COLUMN words tsvector NOT NULL DEFAULT ''")
        op.execute("CREATE INDEX ix_search_documents_words ON search_documents USING gin (words)")
        return
    # Words come in separated by blanks; a dot belongs to its word, as in 1.27.3.
    op.execute(
        "CREATE VIRTUAL TABLE search_words USING fts5("
        "name, title, keywords, versions, summary, "
        "tokenize = \"unicode61 remove_diacritics 0 tokenchars '.'\", prefix = '2 3')"
    )
    op.execute(
        "CREATE TRIGGER search_documents_gone AFTER DELETE ON search_documents "
        "BEGIN DELETE FROM search_words WHERE rowid = old.id; END"
    )
