"""From an Authorization header to an actor."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from moorage.auth import credentials, passwords
from moorage.auth.credentials import APP_TOKEN_USER, OAUTH_TOKEN_USER, fingerprint_of, hash_of
from moorage.auth.revocation import Revocations
from moorage.auth.throttle import Throttle
from moorage.auth.tokens import Tokens
from moorage.db import accounts
from moorage.db import credentials as rows
from moorage.db.engine import Database
from moorage.model.accounts import ANONYMOUS, Actor, Credential, CredentialKind, Scope, User
from moorage.oci.errors import RequestInvalid, Unauthorized

REMEMBERED_SECONDS = 60
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Powers:
    """Who is more than a user, by configuration."""

    superusers: frozenset[str] = frozenset()
    readonly_superusers: frozenset[str] = frozenset()
    full_access: bool = False
    direct_login: bool = True
    app_tokens: bool = True
    robots_allowed: frozenset[str] | None = None


@dataclass(slots=True)
class Authenticator:
    """Checks credentials; right ones are remembered, hashed, for a minute.

    A changed password or a revoked token is noticed at once in this replica, in others within
    60 seconds for HTTP Basic, and within a token's lifetime for Bearer.
    """

    db: Database
    tokens: Tokens
    revocations: Revocations
    powers: Powers
    succeeded: Callable[[Actor, str], None]
    """Told of every sign-in that was checked, with the address."""
    failed: Callable[[str, str], None]
    """Told of the name and the address of every sign-in that was refused."""
    throttle: Throttle = field(default_factory=Throttle)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _remembered: dict[bytes, tuple[float, float, Actor]] = field(default_factory=dict)

    async def actor_of(self, authorization: str | None, now_s: float, address: str = "") -> Actor:
        """The caller. A credential that fails gives an anonymous actor with `rejected` set."""
        if not authorization:
            return ANONYMOUS
        scheme, _, credential = authorization.partition(" ")
        match scheme.lower():
            case "bearer":
                actor = self.tokens.verify(credential.strip(), now_s)
                return actor or Actor(None, "", rejected="the token is invalid or has expired")
            case "basic":
                pair = basic_credentials(credential.strip())
                if pair is None:
                    return ANONYMOUS
                actor = await self.sign_in(*pair, now_s, address)
                return actor or Actor(None, "", rejected="Invalid Username or Password")
        return Actor(None, "", rejected=f"{scheme[:20]} is not supported: use Bearer or Basic")

    async def sign_in(
        self, name: str, password: str, now_s: float, address: str = ""
    ) -> Actor | None:
        """The actor with this password or token, or None.

        Raises RequestInvalid for an absurd password, TooManyRequests for a guesser.
        """
        if len(password) > passwords.PASSWORD_LENGTH or len(name) > 255:
            raise RequestInvalid(
                f"user names have at most 255 and passwords at most {passwords.PASSWORD_LENGTH} "
                "characters"
            )
        key = hmac.digest(self._secret, f"{name}\0{password}".encode(), hashlib.sha256)
        last_s = self.revocations.last_s()
        known = self._remembered.get(key)
        if known is not None and known[0] == last_s and known[1] > now_s:
            return known[2]
        # What was right before is checked again without waiting: nobody is locked out by a guesser.
        account = name if _is_guessable(name) else ""
        if known is None:
            self.throttle.require_patience(account, address)
        actor = None
        if "\0" not in name and "\0" not in password:
            actor = await self._check(name, password, now_s)
        if actor is None:
            self._remembered.pop(key, None)
            self.throttle.count_wrong(account, address)
            self.failed(name, address)
            return None
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = (last_s, now_s + REMEMBERED_SECONDS, actor)
        self.throttle.note_right(account, address)
        self.succeeded(actor, address)
        return actor

    async def oauth_actor(self, token: str, now_s: float, address: str = "") -> Actor | None:
        """The actor of an OAuth access token, as the management API takes it."""
        return await self.sign_in(OAUTH_TOKEN_USER, token, now_s, address)

    async def actor_of_refresh(self, token: str, now_s: float) -> Actor | None:
        """The actor of a refresh token whose credential still holds."""
        actor = self.tokens.verify_refresh(token, now_s)
        if actor is None:
            return None

        def read(tx: Connection) -> Actor | None:
            user = accounts.find_user_by_id(tx, actor.user_id or 0)
            if user is None or not credentials.holds(tx, actor, now_s):
                return None
            return self.actor_for(user, actor.credential, actor.scopes)

        return await self.db.read(read)

    def actor_for(
        self,
        user: User,
        credential: Credential | None,
        scopes: frozenset[Scope] | None = None,
    ) -> Actor:
        """A user as an actor, with what the configuration makes of it."""
        is_super = (user.is_superuser or user.name in self.powers.superusers) and not user.is_robot
        has_full_access = is_super and self.powers.full_access
        return Actor(
            user.id,
            user.name,
            is_superuser=is_super,
            is_robot=user.is_robot,
            has_full_access=has_full_access,
            reads_everything=has_full_access or user.name in self.powers.readonly_superusers,
            scopes=scopes,
            credential=credential,
        )

    async def _check(self, name: str, password: str, now_s: float) -> Actor | None:
        now_ms = int(now_s * 1000)
        if name == OAUTH_TOKEN_USER:
            oauth = await self.db.read(
                lambda tx: rows.find_oauth_login(tx, hash_of(password), now_ms)
            )
            return self._oauth_actor(*oauth) if oauth is not None else None
        if name == APP_TOKEN_USER:
            if not self.powers.app_tokens:
                return None
            app = await self.db.read(
                lambda tx: rows.find_app_token_login(tx, hash_of(password), now_ms)
            )
            if app is None:
                return None
            return self.actor_for(app[0], Credential(CredentialKind.APP_TOKEN, app[1], app[2]))
        if "+" in name:
            return await self._check_robot(name, password)
        return await self._check_password(name, password)

    def _oauth_actor(self, user: User, token_id: str, scope: str, label: str) -> Actor:
        credential = Credential(CredentialKind.OAUTH, token_id, label)
        return self.actor_for(user, credential, scopes_of(scope))

    async def _check_robot(self, name: str, token: str) -> Actor | None:
        allowed = self.powers.robots_allowed
        if allowed is not None and name not in allowed:
            return None
        found = await self.db.read(lambda tx: rows.find_robot_login(tx, name))
        # An unknown robot costs a comparison too, and says the same.
        expected = found[1] if found is not None else hash_of("")
        if not hmac.compare_digest(expected, hash_of(token)) or found is None:
            return None
        credential = Credential(CredentialKind.ROBOT, "", name, fingerprint_of(found[1]))
        return self.actor_for(found[0], credential)

    async def _check_password(self, name: str, password: str) -> Actor | None:
        if not self.powers.direct_login:
            return None
        user = await self.db.read(lambda tx: accounts.find_user(tx, name))
        if not await passwords.matches(password, user.password_hash if user else None):
            return None
        assert user is not None
        if passwords.is_outdated(user.password_hash):
            user_id, fresh = user.id, await passwords.hashed_aside(password)
            await self.db.write(lambda tx: accounts.set_password(tx, user_id, fresh))
            found = await self.db.read(lambda tx: accounts.find_user_by_id(tx, user_id))
            user = found or user
        return self.actor_for(user, credentials.password_credential(user))


def _is_guessable(name: str) -> bool:
    """A person's password may be guessed; tokens are random, and many share a user name."""
    return "+" not in name and name not in (APP_TOKEN_USER, OAUTH_TOKEN_USER)


def scopes_of(scope: str) -> frozenset[Scope]:
    """Scopes parted by blanks or commas; unknown ones grant nothing."""
    known = {str(one): one for one in Scope}
    return frozenset(known[part] for part in scope.replace(",", " ").split() if part in known)


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
