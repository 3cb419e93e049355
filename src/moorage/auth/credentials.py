"""Robot tokens, app tokens, OAuth tokens: how they look, what they say, whether they still hold."""

from __future__ import annotations

import hashlib
import secrets
import string

from sqlalchemy import Connection

from moorage.db import accounts
from moorage.db import credentials as rows
from moorage.model.accounts import Actor, Credential, CredentialKind, User

ROBOT_TOKEN_LENGTH = 64
APP_TOKEN_LENGTH = 120
OAUTH_TOKEN_LENGTH = 40

APP_TOKEN_USER = "$app"
OAUTH_TOKEN_USER = "$oauthtoken"

_ALPHABET = string.ascii_uppercase + string.digits


def new_token(length: int) -> str:
    """A random token of capitals and digits, as Quay's: 5 bits a character."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def hash_of(token: str) -> str:
    """What is stored of a token. Plain SHA-256: the token is random, there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def fingerprint_of(token_hash: str) -> str:
    """A part of a hash that says whether it is still the same, and nothing more."""
    return hashlib.sha256(token_hash.encode()).hexdigest()[:16]


def password_credential(user: User) -> Credential:
    return Credential(CredentialKind.PASSWORD, "", "", fingerprint_of(user.password_hash))


def holds(tx: Connection, actor: Actor, now_s: float) -> bool:
    """Whether the caller's credential is still good, and its account still enabled."""
    credential, now_ms = actor.credential, int(now_s * 1000)
    if credential is None or actor.user_id is None:
        return False
    user = accounts.find_user_by_id(tx, actor.user_id)
    if user is None:
        return False
    match credential.kind:
        case CredentialKind.PASSWORD:
            return fingerprint_of(user.password_hash) == credential.fingerprint
        case CredentialKind.ROBOT:
            login = rows.find_robot_login(tx, user.name)
            return login is not None and fingerprint_of(login[1]) == credential.fingerprint
        case CredentialKind.APP_TOKEN:
            return rows.app_token_is_valid(tx, credential.id, now_ms)
        case CredentialKind.OAUTH:
            return rows.oauth_token_is_valid(tx, credential.id, now_ms)
        case CredentialKind.SESSION:
            return rows.find_session(tx, credential.id, now_ms) is not None
        case CredentialKind.CLI:
            return True
