"""Locations of blobs, parts of uploads, and what the collector looks at next.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COLLECTED = ("manifests", "repository_blobs", "blobs")


def upgrade() -> None:
    op.add_column("blobs", sa.Column("location", sa.String(), nullable=False, server_default=""))
    # Both algorithms' names have six letters: blobs/sha256/ab/abcdef...
    op.execute(
        "UPDATE blobs SET location = 'blobs/' || substr(digest, 1, 6) || '/' || "
        "substr(digest, 8, 2) || '/' || substr(digest, 8)"
    )
    op.create_index("ix_blobs_location", "blobs", ["location"])
    for table in COLLECTED:
        op.add_column(table, sa.Column("due_ms", sa.BigInteger()))
        # Everything that is there already is looked at once.
        op.execute(f"UPDATE {table} SET due_ms = created_ms")
        where = sa.text("due_ms IS NOT NULL")
        op.create_index(
            f"ix_{table}_due", table, ["due_ms"], sqlite_where=where, postgresql_where=where
        )
    ended = sa.text("ended_ms IS NOT NULL")
    op.create_index(
        "ix_tags_ended", "tags", ["ended_ms"], sqlite_where=ended, postgresql_where=ended
    )
    op.add_column("uploads", sa.Column("touched_ms", sa.BigInteger()))
    op.execute("UPDATE uploads SET touched_ms = created_ms")
    op.create_index("ix_uploads_touched", "uploads", ["touched_ms"])
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", sa.String(), nullable=False),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["uploads.id"],
            name=op.f("fk_upload_parts_upload_id_uploads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upload_id", "offset_bytes", name=op.f("pk_upload_parts")),
        sa.UniqueConstraint("location", name=op.f("uq_upload_parts_location")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
