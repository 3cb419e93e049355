"""Robot logins, app tokens, OAuth applications and tokens, sessions, as rows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from moorage.db import schema
from moorage.db.accounts import USER, user_of_row
from moorage.db.accounts_schema import (
    app_tokens,
    oauth_applications,
    oauth_tokens,
    robots,
    sessions,
)
from moorage.db.engine import insert_new
from moorage.model.accounts import User

_a, _o, _s, _app = app_tokens.c, oauth_tokens.c, sessions.c, oauth_applications.c

BOOTSTRAP = "bootstrap"
"""The id of the token that the configuration gives."""


@dataclass(frozen=True, slots=True)
class AppToken:
    id: str
    title: str
    token_sealed: str
    created_ms: int
    expires_ms: int | None
    last_accessed_ms: int | None


@dataclass(frozen=True, slots=True)
class OauthToken:
    id: str
    name: str
    scope: str
    created_ms: int
    expires_ms: int | None
    last_accessed_ms: int | None
    created_by: str


@dataclass(frozen=True, slots=True)
class Application:
    client_id: str
    namespace_id: int
    name: str
    description: str
    application_uri: str
    redirect_uri: str
    avatar_email: str | None
    secret_sealed: str


@dataclass(frozen=True, slots=True)
class Session:
    user: User
    signed_in_ms: int


def find_robot_login(tx: Connection, name: str) -> tuple[User, str] | None:
    """An enabled robot, whose owner is enabled, with the hash of its token."""
    owner = schema.users.alias("owner")
    row = tx.execute(
        USER.add_columns(robots.c.token_hash)
        .outerjoin(owner, owner.c.id == robots.c.namespace_id)
        .where(
            schema.namespaces.c.name == name,
            robots.c.id.is_not(None),
            or_(owner.c.id.is_(None), owner.c.is_enabled),
        )
    ).first()
    return (user_of_row(row), row.token_hash) if row is not None else None


def find_app_token_login(
    tx: Connection, token_hash: str, now_ms: int
) -> tuple[User, str, str] | None:
    """The user of an app token, with the token's id and title."""
    row = tx.execute(
        USER.add_columns(_a.id.label("token_id"), _a.title)
        .join(app_tokens, _a.user_id == schema.users.c.id)
        .where(_a.token_hash == token_hash, _is_current(_a.expires_ms, now_ms))
    ).first()
    return (user_of_row(row), row.token_id, row.title) if row is not None else None


def find_oauth_login(
    tx: Connection, token_hash: str, now_ms: int
) -> tuple[User, str, str, str] | None:
    """The user of an OAuth token, with the token's id, scope and application or own name."""
    row = tx.execute(
        USER.add_columns(
            _o.id.label("token_id"), _o.scope, _o.name.label("token_name"), _app.name.label("app")
        )
        .join(oauth_tokens, _o.user_id == schema.users.c.id)
        .outerjoin(oauth_applications, _app.client_id == _o.client_id)
        .where(_o.token_hash == token_hash, _is_current(_o.expires_ms, now_ms))
    ).first()
    if row is None:
        return None
    return user_of_row(row), row.token_id, row.scope, row.app or row.token_name


def app_token_is_valid(tx: Connection, token_id: str, now_ms: int) -> bool:
    query = select(_a.id).where(_a.id == token_id, _is_current(_a.expires_ms, now_ms))
    return tx.execute(query).first() is not None


def oauth_token_is_valid(tx: Connection, token_id: str, now_ms: int) -> bool:
    query = select(_o.id).where(_o.id == token_id, _is_current(_o.expires_ms, now_ms))
    return tx.execute(query).first() is not None


def add_app_token(tx: Connection, user_id: int, token: AppToken, token_hash: str) -> None:
    tx.execute(
        insert(app_tokens).values(
            id=token.id,
            user_id=user_id,
            title=token.title,
            token_hash=token_hash,
            token_sealed=token.token_sealed,
            created_ms=token.created_ms,
            expires_ms=token.expires_ms,
        )
    )


def list_app_tokens(tx: Connection, user_id: int, limit: int) -> list[AppToken]:
    query = _APP_TOKEN.where(_a.user_id == user_id).order_by(_a.created_ms, _a.id).limit(limit)
    return [AppToken(*row) for row in tx.execute(query)]


def find_app_token(tx: Connection, user_id: int, token_id: str) -> AppToken | None:
    row = tx.execute(_APP_TOKEN.where(_a.user_id == user_id, _a.id == token_id)).first()
    return AppToken(*row) if row else None


def remove_app_token(tx: Connection, token_id: str) -> None:
    tx.execute(delete(app_tokens).where(_a.id == token_id))


def add_application(tx: Connection, application: Application, now_ms: int) -> None:
    tx.execute(
        insert(oauth_applications).values(
            **{name: getattr(application, name) for name in Application.__slots__},
            created_ms=now_ms,
        )
    )


def update_application(tx: Connection, application: Application) -> None:
    values = {name: getattr(application, name) for name in Application.__slots__}
    tx.execute(
        update(oauth_applications).where(_app.client_id == application.client_id).values(**values)
    )


def list_applications(
    tx: Connection, namespace_id: int, last: str, limit: int
) -> list[Application]:
    query = (
        _APPLICATION.where(_app.namespace_id == namespace_id, _app.client_id > last)
        .order_by(_app.client_id)
        .limit(limit)
    )
    return [Application(*row) for row in tx.execute(query)]


def find_application(tx: Connection, client_id: str) -> Application | None:
    row = tx.execute(_APPLICATION.where(_app.client_id == client_id)).first()
    return Application(*row) if row else None


def remove_application(tx: Connection, client_id: str) -> None:
    tx.execute(delete(oauth_applications).where(_app.client_id == client_id))


def add_oauth_token(
    tx: Connection, token: OauthToken, token_hash: str, user_id: int, client_id: str | None
) -> None:
    tx.execute(
        insert(oauth_tokens).values(
            id=token.id,
            client_id=client_id,
            user_id=user_id,
            name=token.name,
            scope=token.scope,
            token_hash=token_hash,
            created_ms=token.created_ms,
            expires_ms=token.expires_ms,
        )
    )


def keep_bootstrap_token(
    tx: Connection, token_hash: str, user_id: int, scope: str, now_ms: int, life_ms: int | None
) -> None:
    """Make the configuration's token, or change it; its life begins when it is another one."""
    values = {"token_hash": token_hash, "user_id": user_id, "scope": scope}
    fixed = {"id": BOOTSTRAP, "name": BOOTSTRAP, "created_ms": now_ms}
    insert_new(tx, oauth_tokens, **fixed, **values)
    is_ours = _o.id == BOOTSTRAP
    another = update(oauth_tokens).where(is_ours, _o.token_hash != token_hash)
    tx.execute(another.values(created_ms=now_ms))
    expires_ms = None if life_ms is None else _o.created_ms + life_ms
    tx.execute(update(oauth_tokens).where(is_ours).values(**values, expires_ms=expires_ms))


def list_oauth_tokens(tx: Connection, client_id: str, last: str, limit: int) -> list[OauthToken]:
    query = _OAUTH_TOKEN.where(_o.client_id == client_id, _o.id > last).order_by(_o.id)
    return [OauthToken(*row) for row in tx.execute(query.limit(limit))]


def oauth_tokens_of(tx: Connection, user: str) -> list[OauthToken]:
    """Every token that acts as a user, of whatever application."""
    query = _OAUTH_TOKEN.where(schema.namespaces.c.name == user).order_by(_o.created_ms)
    return [OauthToken(*row) for row in tx.execute(query)]


def revoke_oauth_token(tx: Connection, token_id: str) -> bool:
    return tx.execute(delete(oauth_tokens).where(_o.id == token_id)).rowcount == 1


def remove_oauth_token(tx: Connection, client_id: str, token_id: str) -> bool:
    gone = tx.execute(delete(oauth_tokens).where(_o.client_id == client_id, _o.id == token_id))
    return gone.rowcount == 1


def add_session(
    tx: Connection, token_hash: str, user_id: int, now_ms: int, expires_ms: int
) -> None:
    tx.execute(delete(sessions).where(_s.expires_ms <= now_ms))
    tx.execute(
        insert(sessions).values(
            token_hash=token_hash, user_id=user_id, signed_in_ms=now_ms, expires_ms=expires_ms
        )
    )


def find_session(tx: Connection, token_hash: str, now_ms: int) -> Session | None:
    row = tx.execute(
        USER.add_columns(_s.signed_in_ms)
        .join(sessions, _s.user_id == schema.users.c.id)
        .where(_s.token_hash == token_hash, _s.expires_ms > now_ms)
    ).first()
    return Session(user_of_row(row), row.signed_in_ms) if row is not None else None


def remove_session(tx: Connection, token_hash: str) -> None:
    tx.execute(delete(sessions).where(_s.token_hash == token_hash))


def remove_sessions(tx: Connection, user_id: int) -> None:
    tx.execute(delete(sessions).where(_s.user_id == user_id))


_OAUTH_TOKEN = select(
    _o.id,
    _o.name,
    _o.scope,
    _o.created_ms,
    _o.expires_ms,
    _o.last_accessed_ms,
    schema.namespaces.c.name,
).join(schema.namespaces, schema.namespaces.c.id == _o.user_id)
_APP_TOKEN = select(
    _a.id, _a.title, _a.token_sealed, _a.created_ms, _a.expires_ms, _a.last_accessed_ms
)
_APPLICATION = select(*(_app[name] for name in Application.__slots__))


def _is_current(expires_ms: ColumnElement[int | None], now_ms: int) -> ColumnElement[bool]:
    return or_(expires_ms.is_(None), and_(expires_ms > now_ms))
