"""Public keys and certificates: whether one of them made a signature. The crypto is the library's.

Raises nothing for a signature that does not hold: that is an answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

from moorage.artifacts.description import Unreadable, short

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
_OIDC_ISSUERS = ("1.3.6.1.4.1.57264.1.8", "1.3.6.1.4.1.57264.1.1")
"""Fulcio's certificate extensions, the newer one (DER text) first."""
_HASHES: dict[int, hashes.HashAlgorithm] = {384: hashes.SHA384(), 521: hashes.SHA512()}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names."""

    identity: str
    issuer: str
    fingerprint: str


def read_keys(pems: Mapping[str, str]) -> dict[str, PublicKey]:
    """Name -> key; what is no key of a known sort is left out."""
    found: dict[str, PublicKey] = {}
    for name, pem in pems.items():
        key = _key(pem.encode())
        if key is not None:
            found[name] = key
    return found


def read_certificate(raw: bytes) -> x509.Certificate:
    """PEM or DER. Raises Unreadable."""
    try:
        if b"-----BEGIN" in raw:
            return x509.load_pem_x509_certificate(raw)
        return x509.load_der_x509_certificate(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise Unreadable("the signature's certificate cannot be read") from None


def holder_of(certificate: x509.Certificate) -> Holder:
    print_ = certificate.fingerprint(hashes.SHA256()).hex()
    try:
        return Holder(_identity(certificate), _issuer(certificate), print_)
    except ValueError:
        raise Unreadable("the signature's certificate cannot be read") from None


def key_of(certificate: x509.Certificate) -> PublicKey:
    """Raises Unreadable for a key of a sort that is not known."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Unreadable("the certificate's key cannot be read") from None
    if isinstance(key, PublicKey):
        return key
    raise Unreadable("the certificate's key is of a sort that is not known")


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def holds(key: PublicKey, signature: bytes, text: bytes) -> bool:
    """Whether `key` signed `text`, with the hash that goes with the key."""
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, text, ec.ECDSA(_HASHES.get(key.key_size, hashes.SHA256())))
            case rsa.RSAPublicKey():
                key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
            case ed25519.Ed25519PublicKey():
                key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def jws_holds(key: PublicKey, algorithm: str, signature: bytes, text: bytes) -> bool:
    """As `holds`, by a JWS algorithm: PS256 and its like, ES256 and its like. (RFC 7518)"""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and algorithm.startswith("ES"):
            half = len(signature) // 2
            numbers = [int.from_bytes(part) for part in (signature[:half], signature[half:])]
            return holds(key, encode_dss_signature(*numbers), text)
        if isinstance(key, rsa.RSAPublicKey) and algorithm.startswith("PS"):
            sizes = {"PS256": hashes.SHA256(), "PS384": hashes.SHA384(), "PS512": hashes.SHA512()}
            hashing = sizes[algorithm]
            pss = padding.PSS(padding.MGF1(hashing), salt_length=hashing.digest_size)
            key.verify(signature, text, pss, hashing)
            return True
    except (InvalidSignature, KeyError, ValueError):
        return False
    return False


def from_base64(value: object, *, is_url: bool = False) -> bytes:
    """Bytes; empty for what is no base64."""
    if not isinstance(value, str):
        return b""
    try:
        padded = value + "=" * (-len(value) % 4)
        return base64.urlsafe_b64decode(padded) if is_url else base64.b64decode(padded)
    except (binascii.Error, ValueError):
        return b""


def _key(pem: bytes) -> PublicKey | None:
    try:
        if b"CERTIFICATE" in pem:
            key = x509.load_pem_x509_certificate(pem).public_key()
        else:
            key = serialization.load_pem_public_key(pem)  # type: ignore[assignment]
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, PublicKey) else None


def _identity(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = []  # type: ignore[assignment]
    for name in names:
        if isinstance(name.value, str):
            return short(name.value, 500)
    return short(certificate.subject.rfc4514_string(), 500)


def _issuer(certificate: x509.Certificate) -> str:
    for oid in _OIDC_ISSUERS:
        try:
            found = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid)).value
        except x509.ExtensionNotFound:
            continue
        raw = found.value if isinstance(found, x509.UnrecognizedExtension) else b""
        text = raw[2:] if raw[:1] == b"\x0c" and len(raw) == raw[1] + 2 else raw
        return short(text.decode("utf-8", "replace"), 500)
    common = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return short(str(common[0].value) if common else certificate.issuer.rfc4514_string(), 500)
