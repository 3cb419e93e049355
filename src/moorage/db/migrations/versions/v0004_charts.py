"""Charts of the classic repository. Only adds: release 0.1 runs on it.

What was pushed before, or by a replica of the release before, is read in the background.
(registry/charts.py)

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column(
        "repositories",
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    is_chart = sa.text("artifact_type = 'application/vnd.cncf.helm.config.v1+json'")
    op.create_index(
        "ix_manifests_charts",
        "manifests",
        ["id"],
        unique=False,
        sqlite_where=is_chart,
        postgresql_where=is_chart,
    )
    op.create_table(
        "charts",
        sa.Column("manifest_id", ID, nullable=False),
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("name", NAME, nullable=True),
        sa.Column("version", NAME, nullable=True),
        sa.Column("version_key", NAME, nullable=True),
        sa.Column("file_name", NAME, nullable=True),
        sa.Column("archive_digest", NAME, nullable=True),
        sa.Column("archive_bytes", sa.BigInteger(), nullable=True),
        sa.Column("provenance_digest", NAME, nullable=True),
        sa.Column("legacy_digest", NAME, nullable=True),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manifest_id"],
            ["manifests.id"],
            name=op.f("fk_charts_manifest_id_manifests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("manifest_id", name=op.f("pk_charts")),
    )
    op.create_index("ix_charts_legacy", "charts", ["repository_id", "legacy_digest"], unique=False)
    op.create_index("ix_charts_file_name", "charts", ["file_name", "repository_id"], unique=False)
    op.create_index(
        "ix_charts_archive", "charts", ["archive_digest", "repository_id"], unique=False
    )
