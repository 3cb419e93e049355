"""The Secret `configBundleSecret`, and the certificate of a kubernetes.io/tls Secret.

config.yaml           Quay's keys
ssl.cert, ssl.key     the registry's certificate
extra_ca_cert_NAME    a CA that the registry trusts: conf/stack/extra_ca_certs/NAME
anything else         a file in conf/stack
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from moorage.operator.errors import ConfigInvalid
from moorage.settings import SettingsError, parse_document

CONFIG = "config.yaml"
CERTIFICATE, KEY = "ssl.cert", "ssl.key"
EXTRA_CA = "extra_ca_cert_"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate (with its chain) and its key, as PEM."""

    certificate: bytes
    key: bytes = field(repr=False)

    def covers(self, host: str) -> bool:
        """Whether one of its names is `host`, which may have a port."""
        leaf = x509.load_pem_x509_certificates(self.certificate)[0]
        try:
            names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return False
        wanted = host.partition(":")[0].lower()
        wildcard = "*." + wanted.partition(".")[2]
        known = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        known |= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
        return wanted in known or wildcard in known


@dataclass(frozen=True, slots=True)
class Bundle:
    document: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """config.yaml as it was written, for line numbers."""
    pair: Pair | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    """Other files of conf/stack, extra CAs among them."""


def content_of(secret: dict[str, Any]) -> dict[str, bytes]:
    return {key: b64decode(value or "") for key, value in (secret.get("data") or {}).items()}


def read_bundle(name: str, secret: dict[str, Any] | None) -> Bundle:
    """Raises ConfigInvalid."""
    if secret is None:
        raise ConfigInvalid(
            f'unable to get `configBundleSecret`: Secret "{name}" is not there; '
            "the rollout goes on as soon as it is"
        )
    content = content_of(secret)
    raw = content.pop(CONFIG, None)
    if raw is None:
        raise ConfigInvalid(f'Secret "{name}" has no key {CONFIG}')
    try:
        text = raw.decode("utf-8")
        document = parse_document(text, CONFIG)
    except UnicodeDecodeError:
        raise ConfigInvalid(f"{CONFIG} is not UTF-8") from None
    except SettingsError as error:
        raise ConfigInvalid(str(error)) from None
    given = {key: content.pop(key) for key in (CERTIFICATE, KEY) if key in content}
    if len(given) == 1:
        there, missing = (CERTIFICATE, KEY) if CERTIFICATE in given else (KEY, CERTIFICATE)
        raise ConfigInvalid(f'Secret "{name}" has {there} without {missing}: they go together')
    for key, value in content.items():
        if key.startswith(EXTRA_CA):
            _require_certificates(f"{key} of Secret {name}", value)
    pair = checked_pair(f'Secret "{name}"', *given.values()) if given else None
    return Bundle(document, text, pair, content)


def read_tls_secret(name: str, secret: dict[str, Any] | None) -> Pair:
    """Raises ConfigInvalid."""
    if secret is None:
        raise ConfigInvalid(
            f'components[tls].secretRef: Secret "{name}" is not there; '
            "the rollout goes on as soon as it is"
        )
    content = content_of(secret)
    if "tls.crt" not in content or "tls.key" not in content:
        raise ConfigInvalid(
            f'Secret "{name}" has no tls.crt and tls.key: expected kubernetes.io/tls'
        )
    return checked_pair(f'Secret "{name}"', content["tls.crt"], content["tls.key"])


def checked_pair(place: str, certificate: bytes, key: bytes) -> Pair:
    _require_certificates(f"the certificate in {place}", certificate)
    leaf = x509.load_pem_x509_certificates(certificate)[0]
    try:
        public = load_pem_private_key(key, password=None).public_key()
    except (ValueError, TypeError):
        raise ConfigInvalid(f"the key in {place} is not an unencrypted PEM key") from None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if public.public_bytes(*form) != leaf.public_key().public_bytes(*form):
        raise ConfigInvalid(f"the key in {place} is not that of the certificate")
    return Pair(certificate, key)


def _require_certificates(what: str, pem: bytes) -> None:
    try:
        x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ConfigInvalid(f"{what} is not a PEM certificate") from None
