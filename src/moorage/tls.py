"""Making a private CA and a server certificate. (RFC 5280)"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)
"""Apple's clients refuse server certificates that live longer than 398 days."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """A new CA and a server certificate of it, as PEM."""

    ca: bytes
    ca_key: bytes
    server: bytes
    """With the CA behind it."""
    server_key: bytes


def new_certificates(hosts: list[str]) -> Certificates:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate_authority(ca_key)
    server = _server_certificate(ca, ca_key, key, hosts)
    ca_pem = ca.public_bytes(serialization.Encoding.PEM)
    server_pem = server.public_bytes(serialization.Encoding.PEM) + ca_pem
    return Certificates(ca_pem, _pem(ca_key), server_pem, _pem(key))


def make_certificates(folder: Path, hosts: list[str]) -> None:
    """Write rootCA.pem, rootCA.key, ssl.cert (with the CA behind it) and ssl.key."""
    folder.mkdir(parents=True, exist_ok=True)
    made = new_certificates(hosts)
    _write(folder / "rootCA.pem", made.ca, 0o644)
    _write(folder / "rootCA.key", made.ca_key, 0o600)
    _write(folder / "ssl.cert", made.server, 0o644)
    _write(folder / "ssl.key", made.server_key, 0o600)


def _certificate_authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "moorage root CA")])
    return (
        _dated(name, name, key, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )


def _server_certificate(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    hosts: list[str],
) -> x509.Certificate:
    # A common name holds 64 characters; clients read the alternative names alone.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    return (
        _dated(name, ca.subject, key, SERVER_LIFE)
        .add_extension(x509.SubjectAlternativeName([_general(h) for h in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )


def _dated(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(time.time(), UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as target:
        target.write(content)
