"""Provenance: who vouches for an archive. (NAME-VERSION.tgz.prov)

-----BEGIN PGP SIGNED MESSAGE-----
Chart.yaml, keys sorted

...
files:
  NAME-VERSION.tgz: sha256:HEX
-----BEGIN PGP SIGNATURE-----
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moorage.charts.chart import Metadata
from moorage.charts.errors import ChartError, ProvenanceInvalid, quoted
from moorage.charts.helm_yaml import dump, load_text

if TYPE_CHECKING:
    from pysequoia import Cert

SUFFIX = ".prov"
BYTES = 4 * 1024 * 1024
"""Longest .prov or keyring that is looked at."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A signature that holds, over a file list that has the archive."""

    signed_by: tuple[str, ...]
    """The key's identities, as `Name <mail>`."""
    fingerprint: str
    archive_digest: str
    file_name: str
    """The name under which the archive was signed; archives may be renamed."""

    def lines(self) -> list[str]:
        return [
            *(f"Signed by: {name}" for name in self.signed_by),
            f"Using Key With Fingerprint: {self.fingerprint.upper()}",
            f"Chart Hash Verified: {self.archive_digest}",
        ]


def read_keyring(raw: bytes) -> list[Cert]:
    """The keys of a keyring, binary or armoured. Raises ProvenanceInvalid."""
    from pysequoia import Cert

    if not raw:
        raise ProvenanceInvalid("the keyring is empty", "export one with: gpg --export > FILE")
    try:
        return list(Cert.split_bytes(raw[:BYTES]))
    except RuntimeError as error:
        raise ProvenanceInvalid(
            f"the keyring cannot be read: {_reason(error)}",
            "export one with: gpg --export > FILE",
        ) from None


def verify(provenance: bytes, archive_digest: str, named: str, keyring: list[Cert]) -> Verification:
    """Check a .prov against an archive with this digest (`sha256:HEX`). Raises ProvenanceInvalid.

    The archive is looked for by its digest among all signed files: pulled from a registry it is
    named by its tag, and a name proves nothing. `named` is for messages.
    """
    body, certificate = _signed_body(provenance, keyring)
    files = _signed_files(body)
    for name, digest in files.items():
        if digest == archive_digest:
            holder = next((c for c in keyring if c.fingerprint == certificate), None)
            names = tuple(str(user) for user in holder.user_ids) if holder else ()
            return Verification(names, certificate, archive_digest, name)
    if named in files:
        raise ProvenanceInvalid(
            f'sha256 sum does not match for {named}: "{files[named]}" != "{archive_digest}"',
            "the archive is not the one that was signed: pull it again",
        )
    raise ProvenanceInvalid(
        f'provenance does not contain a SHA for a file named "{quoted(named)}"',
        f"it speaks of {quoted(', '.join(files)) or 'no file'}",
    )


def stated_files(provenance: bytes) -> dict[str, str]:
    """Which archives a .prov says it is about, by name, with their digests.

    Nobody's signature is checked: that is for those who have the keys. Raises ProvenanceInvalid.
    """
    begin, end = b"-----BEGIN PGP SIGNED MESSAGE-----", b"-----BEGIN PGP SIGNATURE-----"
    text = provenance.replace(b"\r\n", b"\n")
    _, has_begin, rest = text.partition(begin)
    body, has_end, _ = rest.partition(end)
    if not has_begin or not has_end or len(provenance) > BYTES:
        raise ProvenanceInvalid("signature block not found", "a .prov is a clear-signed message")
    lines = body.partition(b"\n\n")[2].split(b"\n")
    return _signed_files(b"\n".join(line.removeprefix(b"- ") for line in lines))


def signers_of(provenance: bytes) -> list[str]:
    """Fingerprints or key ids that a .prov says it was signed with; nothing is checked.

    Raises ProvenanceInvalid for what is no clear-signed message.
    """
    from pysequoia import verify

    _require_clear_signed(provenance)
    asked: list[str] = []

    def none_known(ids: list[str]) -> list[Cert]:
        asked.extend(ids)
        return []

    try:
        verify(provenance, none_known)
    except RuntimeError:
        return [one.upper() for one in asked]
    return []


def sign(metadata: Metadata, file_name: str, archive_digest: str, signer: Any) -> bytes:
    """A .prov for an archive. `signer` is what `signer_of` gives."""
    from pysequoia import SignatureMode, sign

    files = dump({"files": {file_name: archive_digest}})
    message = f"{metadata.as_yaml()}\n...\n{files}"
    return bytes(sign(signer, message.encode(), mode=SignatureMode.CLEAR))


def signer_of(keyring: bytes, key: str, passphrase: str | None) -> Any:
    """The secret key whose identity holds `key`; the only one where `key` is empty.

    Raises ProvenanceInvalid; its message has the word passphrase where one is needed.
    """
    with warnings.catch_warnings():
        # pysequoia's Tsk reads a single key, a keyring may hold several.
        warnings.simplefilter("ignore", DeprecationWarning)
        secret = [cert for cert in read_keyring(keyring) if cert.has_secret_keys]
        fitting = [cert for cert in secret if _is_named(cert, key)]
        if not fitting:
            raise ProvenanceInvalid(
                f'no secret key in the keyring matches "{quoted(key)}"',
                "export one with: gpg --export-secret-keys NAME > FILE",
            )
        if len(fitting) > 1:
            found = ", ".join(str(user) for cert in fitting for user in cert.user_ids)
            raise ProvenanceInvalid(f'more than one secret key matches "{key}": {quoted(found)}')
        try:
            secrets = fitting[0].secrets
            assert secrets is not None
            return secrets.signer(passphrase)
        except RuntimeError as error:
            if "encrypted" in str(error):
                raise ProvenanceInvalid(
                    "the secret key needs a passphrase", "name a file with --passphrase-file"
                ) from None
            raise ProvenanceInvalid(
                "the passphrase does not fit the secret key, or the key cannot sign"
            ) from None


def _is_named(cert: Cert, key: str) -> bool:
    return any(key in str(user) for user in cert.user_ids) or (
        len(key) >= 8 and cert.fingerprint.lower().endswith(key.lower())
    )


def _signed_body(provenance: bytes, keyring: list[Cert]) -> tuple[bytes, str]:
    """The text that a key of the keyring signed, and that key's fingerprint."""
    from pysequoia import verify

    _require_clear_signed(provenance)
    asked: list[str] = []

    def keys_for(ids: list[str]) -> list[Cert]:
        asked.extend(ids)
        return keyring

    try:
        verified = verify(provenance, keys_for)
    except RuntimeError as error:
        if not any(_has_key(cert, wanted) for cert in keyring for wanted in asked):
            raise ProvenanceInvalid(
                "openpgp: signature made by unknown entity",
                "the keyring lacks the signer's public key: add it, if you trust it, "
                "and name the file with --keyring",
            ) from None
        raise ProvenanceInvalid(
            f"openpgp: invalid signature: {_reason(error)}", "the .prov was changed after signing"
        ) from None
    return verified.bytes or b"", str(verified.valid_sigs[0].certificate)


def _require_clear_signed(provenance: bytes) -> None:
    if b"-----BEGIN PGP SIGNED MESSAGE-----" not in provenance or len(provenance) > BYTES:
        raise ProvenanceInvalid("signature block not found", "a .prov is a clear-signed message")


def _has_key(cert: Cert, wanted: str) -> bool:
    """Whether a fingerprint or key id is that of the primary key or of a subkey."""
    from pysequoia.packet import PacketPile

    prints = {cert.fingerprint.lower()}
    for packet in PacketPile.from_bytes(cert.__bytes__()):
        found = getattr(packet, "fingerprint", None)
        prints |= {str(found).lower()} if found else set()
    return any(known.endswith(wanted.lower()) for known in prints)


def _signed_files(body: bytes) -> dict[str, str]:
    _, separator, listed = (
        body.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n...\n")
    )
    if not separator:
        raise ProvenanceInvalid("message block must have at least two parts")
    try:
        document = load_text(listed, "the signed file list")
    except ChartError as error:
        raise ProvenanceInvalid(error.message) from None
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, dict):
        raise ProvenanceInvalid("the signed message lists no files")
    return {str(name): str(digest) for name, digest in files.items()}


def _reason(error: RuntimeError) -> str:
    """The first line: what follows is a stack trace of the library."""
    return quoted(str(error).partition("\n")[0])
