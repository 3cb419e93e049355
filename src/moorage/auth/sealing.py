"""Secrets that must be shown again, encrypted at rest; and what is derived from the other key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from moorage.storage.layout import sync_folder


class SealBroken(Exception):
    """A stored secret cannot be opened with the configured key."""


class Sealer:
    """`seal_key` is DATABASE_SECRET_KEY and `sign_key` SECRET_KEY: any text, better a long one.

    Where one is absent, `use_kept` brings the key that is kept instead, before the first request.
    Beside a configured key, the kept one still opens what it sealed.
    """

    def __init__(self, seal_key: str | None, sign_key: str | None) -> None:
        self._sign_key = sign_key or seal_key
        self._fernets = [_fernet(seal_key)] if seal_key else []

    def use_kept(self, key: str) -> None:
        self._fernets.append(_fernet(key))
        self._sign_key = self._sign_key or key

    def seal(self, secret: str) -> str:
        return MultiFernet(self._fernets).encrypt(secret.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Raises SealBroken."""
        try:
            return MultiFernet(self._fernets).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealBroken(
                "a stored token cannot be read: DATABASE_SECRET_KEY is not the key it was written "
                "with. Set the old key again, or make the token anew"
            ) from None

    def mark(self, purpose: str, text: str) -> str:
        """A short proof that this registry wrote `text` for `purpose`."""
        message = f"{purpose}\0{text}".encode()
        assert self._sign_key is not None
        return hmac.digest(self._sign_key.encode(), message, hashlib.sha256).hex()


def new_key() -> str:
    return secrets.token_urlsafe(48)


def find_key(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def kept_key(path: Path) -> str:
    """The key in a file that only we may read; made at the first start."""
    if (known := find_key(path)) is not None:
        return known
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(new_key() + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        # Of several processes that start at once, the first one's key is everybody's.
        os.link(fresh, path)
        sync_folder(str(path.parent))
    except FileExistsError:
        pass
    finally:
        os.unlink(fresh)
    return path.read_text(encoding="ascii").strip()


def _fernet(key: str) -> Fernet:
    derived = hmac.digest(key.encode(), b"moorage seal 1", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(derived))
