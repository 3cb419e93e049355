"""Signatures and attestations: cosign, notation, sigstore bundles, in-toto statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: who, over what, and whether it holds."""

    format: Literal["cosign", "sigstore", "notation", "dsse", "unknown"]
    state: Literal["verified", "unknown_key", "failed", "unchecked"]
    reason: str
    """Why it is not verified, as a sentence; for a verified one by which key."""
    signed_digest: str
    """The digest that the signed text names."""
    identity: str
    """Who: the certificate's subject alternative name, or its subject."""
    issuer: str
    """Who vouches for the identity: the certificate's OIDC issuer, or its issuer."""
    fingerprint: str
    signed_at: str
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """An in-toto statement."""

    predicate_type: str
    subjects: tuple[str, ...]
    builder: str


@dataclass(frozen=True, slots=True)
class SignatureDetails:
    subject_digest: str
    signatures: tuple[Signature, ...]
    statements: tuple[Statement, ...]
    problems: tuple[str, ...]
