"""Public repositories in the order of names. Only adds: the release before runs on it.

Revision ID: 0007
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_repositories_visibility", "repositories", ["visibility", "name"])
