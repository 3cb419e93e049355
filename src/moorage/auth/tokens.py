"""Registry tokens: signed JWTs (ES256), verified once and then looked up.

(distribution token specification: jwt.md, oauth.md)
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from moorage.db.accounts import SigningKey
from moorage.model.accounts import Actor, Grant, User

ALGORITHM = "ES256"
ISSUER = "moorage"
LEEWAY_SECONDS = 30
REFRESH_SECONDS = 30 * 24 * 3600
VERIFIED_TOKENS = 10_000
KEPT_KEYS = 3
"""Rotation keeps tokens of this many keys valid; refresh tokens live a month."""


@dataclass(frozen=True, slots=True)
class Access:
    """One scope of a token: what was granted of what was asked."""

    name: str
    granted: frozenset[str]
    asked: frozenset[str]
    kind: str = "repository"


@dataclass(slots=True)
class Tokens:
    """Issues and verifies tokens for one service."""

    keys: list[SigningKey]
    service: str
    lifetime_seconds: int
    _verified: dict[str, tuple[float, Actor]] = field(default_factory=dict)

    def issue(self, actor: Actor, access: list[Access], now_s: float) -> str:
        claims = {
            "iss": ISSUER,
            "aud": self.service,
            "sub": actor.name,
            "iat": int(now_s),
            "nbf": int(now_s),
            "exp": int(now_s) + self.lifetime_seconds,
            "jti": secrets.token_hex(8),
            "typ": "access",
            "uid": actor.user_id,
            "su": actor.is_superuser,
            "access": [
                {"type": a.kind, "name": a.name, "actions": sorted(a.granted)}
                for a in access
                if a.granted
            ],
            "asked": {a.name: sorted(a.asked) for a in access if a.kind == "repository"},
        }
        return self._sign(claims)

    def issue_refresh(self, user: User, now_s: float) -> str:
        """A token for new tokens; it dies with the password it was got with."""
        return self._sign(
            {
                "iss": ISSUER,
                "aud": self.service,
                "sub": user.name,
                "uid": user.id,
                "iat": int(now_s),
                "exp": int(now_s) + REFRESH_SECONDS,
                "typ": "refresh",
                "pwd": _fingerprint(user),
            }
        )

    def verify(self, token: str, now_s: float) -> Actor | None:
        """The actor of an access token, or None for one that is bad, foreign or expired."""
        known = self._verified.get(token)
        if known is not None:
            if known[0] > now_s:
                return known[1]
            del self._verified[token]
            return None
        claims = self._claims(token, "access")
        if claims is None:
            return None
        actor = _actor_of(claims)
        if len(self._verified) >= VERIFIED_TOKENS:
            self._verified.clear()
        self._verified[token] = (float(claims["exp"]) + LEEWAY_SECONDS, actor)
        return actor

    def refresh_user(self, token: str) -> int | None:
        """The user id that a refresh token names; check it with `is_current`."""
        claims = self._claims(token, "refresh")
        return int(claims["uid"]) if claims else None

    def is_current(self, token: str, user: User) -> bool:
        claims = self._claims(token, "refresh")
        return claims is not None and claims.get("pwd") == _fingerprint(user)

    def _sign(self, claims: dict[str, Any]) -> str:
        key = self.keys[0]
        return jwt.encode(claims, key.private_pem, ALGORITHM, headers={"kid": key.kid})

    def _claims(self, token: str, kind: str) -> dict[str, Any] | None:
        try:
            # The key comes from our own set by kid; jwk, jku and x5c in a token are never read.
            kid = jwt.get_unverified_header(token).get("kid")
            key = next((k for k in self.keys if k.kid == kid), None)
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                _public(key),
                algorithms=[ALGORITHM],
                audience=self.service,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "aud", "iss", "sub"]},
            )
        except (jwt.InvalidTokenError, ValueError):
            return None
        return claims if claims.get("typ") == kind else None


def new_signing_key() -> SigningKey:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey(secrets.token_hex(8), pem.decode("ascii"))


def _public(key: SigningKey) -> ec.EllipticCurvePublicKey:
    private = serialization.load_pem_private_key(key.private_pem.encode("ascii"), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return private.public_key()


def _actor_of(claims: dict[str, Any]) -> Actor:
    access = claims.get("access", [])
    grant = Grant(
        granted={a["name"]: frozenset(a["actions"]) for a in access if a["type"] == "repository"},
        asked={name: frozenset(actions) for name, actions in claims.get("asked", {}).items()},
        catalog=any(a["type"] == "registry" and a["name"] == "catalog" for a in access),
        expires_s=float(claims["exp"]),
    )
    return Actor(claims.get("uid"), str(claims["sub"]), bool(claims.get("su")), grant)


def _fingerprint(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]
