"""Run by Alembic: migrate on the connection that `moorage.db.migrate` hands over."""

from alembic import context

from moorage.db import accounts_schema, artifacts_schema, charts_schema
from moorage.db.schema import metadata

assert accounts_schema.robots.metadata is metadata
assert artifacts_schema.artifacts.metadata is metadata
assert charts_schema.charts.metadata is metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
