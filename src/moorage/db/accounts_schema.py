"""The tables of who may do what, and how one signs in.

users ─┬─ robots                a robot's token; its account is the row in `users`
       ├─ app_tokens            passwords for one machine each, user name `$app`
       ├─ oauth_tokens          bearer tokens with scopes, user name `$oauthtoken`
       ├─ sessions              browsers that are signed in
       └─ stars
namespaces ─┬─ oauth_applications ── oauth_tokens
            └─ prototypes       what a new repository grants by itself
repositories ── repository_permissions      the role of a user, robot or team
messages                        what superusers tell everybody
kept_keys                       the key of a PostgreSQL database, where the configuration has none

`_hash` is the SHA-256 of a random token; `_sealed` is encrypted with DATABASE_SECRET_KEY.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from moorage.db.schema import Id, Milliseconds, Name, metadata

robots = Table(
    "robots",
    metadata,
    Column("id", Id, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("namespace_id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), nullable=False),
    Column("short_name", Name, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("metadata_json", Text, nullable=False, server_default="{}"),
    Column("token_hash", String, nullable=False),
    Column("token_sealed", Text, nullable=False),
    UniqueConstraint("namespace_id", "short_name"),
)

repository_permissions = Table(
    "repository_permissions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
    # Exactly one of the two.
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE")),
    Column("team_id", Id, ForeignKey("teams.id", ondelete="CASCADE")),
    Column("role", String, nullable=False),
    UniqueConstraint("repository_id", "user_id", name="uq_repository_permissions_user"),
    UniqueConstraint("repository_id", "team_id", name="uq_repository_permissions_team"),
    Index("ix_repository_permissions_user_id", "user_id", "repository_id"),
    Index("ix_repository_permissions_team_id", "team_id", "repository_id"),
)

prototypes = Table(
    "prototypes",
    metadata,
    Column("id", String, primary_key=True),
    Column("namespace_id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), nullable=False),
    Column("activating_user_id", Id, ForeignKey("users.id", ondelete="CASCADE")),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE")),
    Column("team_id", Id, ForeignKey("teams.id", ondelete="CASCADE")),
    Column("role", String, nullable=False),
    Index("ix_prototypes_namespace_id", "namespace_id", "id"),
)

stars = Table(
    "stars",
    metadata,
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "repository_id", Id, ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True
    ),
    Index("ix_stars_repository_id", "repository_id"),
)

app_tokens = Table(
    "app_tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("title", String, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("token_sealed", Text, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
    Column("expires_ms", Milliseconds),
    Column("last_accessed_ms", Milliseconds),
    Index("ix_app_tokens_user_id", "user_id", "id"),
)

oauth_applications = Table(
    "oauth_applications",
    metadata,
    Column("client_id", String, primary_key=True),
    Column("namespace_id", Id, ForeignKey("namespaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("application_uri", String, nullable=False, server_default=""),
    Column("redirect_uri", String, nullable=False, server_default=""),
    Column("avatar_email", String),
    Column("secret_sealed", Text, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
    Index("ix_oauth_applications_namespace_id", "namespace_id", "client_id"),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    Column("id", String, primary_key=True),
    # Absent: made on the command line or by the first-user request.
    Column("client_id", String, ForeignKey("oauth_applications.client_id", ondelete="CASCADE")),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False, server_default=""),
    Column("scope", String, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("created_ms", Milliseconds, nullable=False),
    Column("expires_ms", Milliseconds),
    Column("last_accessed_ms", Milliseconds),
    Index("ix_oauth_tokens_client_id", "client_id", "id"),
    Index("ix_oauth_tokens_user_id", "user_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("signed_in_ms", Milliseconds, nullable=False),
    Column("expires_ms", Milliseconds, nullable=False),
    Index("ix_sessions_user_id", "user_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String, primary_key=True),
    Column("media_type", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("created_ms", Milliseconds, nullable=False),
)

kept_keys = Table(
    "kept_keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
