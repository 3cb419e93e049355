"""From an Authorization header to an actor."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from moorage.auth import passwords
from moorage.auth.tokens import Tokens
from moorage.db import accounts
from moorage.db.engine import Database
from moorage.model.accounts import ANONYMOUS, Actor, User
from moorage.oci.errors import RequestInvalid, Unauthorized

REMEMBERED_SECONDS = 60
REMEMBERED_PASSWORDS = 10_000


@dataclass(slots=True)
class Authenticator:
    """Checks credentials; right passwords are remembered, hashed, for a minute.

    A changed password or a disabled account is therefore noticed within 60 seconds for HTTP
    Basic, and within a token's lifetime for Bearer.
    """

    db: Database
    tokens: Tokens
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _remembered: dict[bytes, tuple[float, User]] = field(default_factory=dict)

    async def actor_of(self, authorization: str | None, now_s: float) -> Actor:
        """The caller. A credential that fails gives an anonymous actor with `rejected` set."""
        if not authorization:
            return ANONYMOUS
        scheme, _, credential = authorization.partition(" ")
        match scheme.lower():
            case "bearer":
                actor = self.tokens.verify(credential.strip(), now_s)
                return actor or Actor(None, "", rejected="the token is invalid or has expired")
            case "basic":
                return await self._basic(credential.strip(), now_s)
        return Actor(None, "", rejected=f"{scheme[:20]} is not supported: use Bearer or Basic")

    async def _basic(self, credential: str, now_s: float) -> Actor:
        pair = basic_credentials(credential)
        if pair is None:
            return ANONYMOUS
        user = await self.user_of(*pair, now_s)
        if user is None:
            return Actor(None, "", rejected="Invalid Username or Password")
        return Actor(user.id, user.name, user.is_superuser)

    async def user_of(self, name: str, password: str, now_s: float) -> User | None:
        """The user with this password, or None. Raises RequestInvalid for an absurd password."""
        if len(password) > passwords.PASSWORD_LENGTH or len(name) > 255:
            raise RequestInvalid(
                f"user names have at most 255 and passwords at most {passwords.PASSWORD_LENGTH} "
                "characters"
            )
        key = hmac.digest(self._secret, f"{name}\0{password}".encode(), hashlib.sha256)
        known = self._remembered.get(key)
        if known is not None and known[0] > now_s:
            return known[1]
        if "\0" in name or "\0" in password:
            return None
        user = await self.db.read(lambda tx: accounts.find_user(tx, name))
        if not await passwords.matches(password, user.password_hash if user else None):
            return None
        assert user is not None
        if len(self._remembered) >= REMEMBERED_PASSWORDS:
            self._remembered.clear()
        self._remembered[key] = (now_s + REMEMBERED_SECONDS, user)
        return user

    async def user_of_refresh(self, token: str) -> User | None:
        user_id = self.tokens.refresh_user(token)
        if user_id is None:
            return None
        user = await self.db.read(lambda tx: accounts.find_user_by_id(tx, user_id))
        return user if user is not None and self.tokens.is_current(token, user) else None


def basic_credentials(credential: str) -> tuple[str, str] | None:
    """User and password of a Basic credential; None for the empty pair, which means nobody.

    Raises Unauthorized when it cannot be read.
    """
    try:
        text = base64.b64decode(credential, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Unauthorized("the Basic credential is not base64 of user:password") from None
    name, _, password = text.partition(":")
    return (name, password) if name or password else None
