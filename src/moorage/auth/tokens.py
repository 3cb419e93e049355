"""Registry tokens: signed JWTs (ES256), verified once and then looked up.

(distribution token specification: jwt.md, oauth.md)
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from moorage.db.accounts import SigningKey
from moorage.model.accounts import Actor, Credential, CredentialKind, Grant, Scope

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
            **_account_claims(actor),
            "access": [
                {"type": a.kind, "name": a.name, "actions": sorted(a.granted)}
                for a in access
                if a.granted
            ],
            "asked": {a.name: sorted(a.asked) for a in access if a.kind == "repository"},
        }
        return self._sign(claims)

    def issue_refresh(self, actor: Actor, now_s: float) -> str:
        """A token for new tokens; it dies with the credential it was got with."""
        return self._sign(
            {
                "iss": ISSUER,
                "aud": self.service,
                "sub": actor.name,
                "iat": int(now_s),
                "exp": int(now_s) + REFRESH_SECONDS,
                "typ": "refresh",
                **_account_claims(actor),
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

    def verify_refresh(self, token: str, now_s: float) -> Actor | None:
        """The actor that a refresh token names; its credential may be gone by now."""
        claims = self._claims(token, "refresh")
        return _account_of(claims) if claims is not None and claims["exp"] > now_s else None

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
        issued_s=float(claims["iat"]),
        expires_s=float(claims["exp"]),
    )
    return replace(_account_of(claims), grant=grant)


def _account_claims(actor: Actor) -> dict[str, Any]:
    """The account and its credential, short: a token travels with every request."""
    claims: dict[str, Any] = {"uid": actor.user_id}
    if actor.is_superuser:
        claims["su"] = True
    if actor.has_full_access:
        claims["all"] = True
    if actor.reads_everything:
        claims["ro"] = True
    if actor.is_robot:
        claims["bot"] = True
    if actor.scopes is not None:
        claims["sc"] = sorted(actor.scopes)
    if actor.credential is not None:
        shown = actor.credential
        claims["cred"] = [shown.kind, shown.id, shown.label, shown.fingerprint]
    return claims


def _account_of(claims: dict[str, Any]) -> Actor:
    scopes, shown = claims.get("sc"), claims.get("cred")
    return Actor(
        claims.get("uid"),
        str(claims["sub"]),
        is_superuser=bool(claims.get("su")),
        is_robot=bool(claims.get("bot")),
        has_full_access=bool(claims.get("all")),
        reads_everything=bool(claims.get("ro")),
        scopes=None if scopes is None else frozenset(Scope(scope) for scope in scopes),
        credential=Credential(CredentialKind(shown[0]), *shown[1:]) if shown else None,
    )
