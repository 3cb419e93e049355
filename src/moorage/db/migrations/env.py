"""Run by Alembic: migrate on the connection that `moorage.db.migrate` hands over."""

from alembic import context

from moorage.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
