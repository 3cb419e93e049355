"""Alembic's environment and the versions, oldest first. Each works with the previous release."""
