"""Passwords: argon2id, checked off the event loop, a few at a time. Quay's bcrypt hashes count."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

PASSWORD_LENGTH = 400
"""Longer passwords are refused, never cut: hashing a megabyte is an attack."""

PASSWORD_LENGTH_AT_LEAST = 8
BCRYPT_BYTES = 72

# OWASP's first choice for argon2id; a check takes about 25 ms and 19 MiB, two at a time at most.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1),))
_CHECKERS = ThreadPoolExecutor(2, "moorage-password")
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9i$"
    "0mLLDQmbHJzKAaXGzSbyTjp8cL0Hqz4vVXkE0hC8y2M"
)
"""A hash that no password has: of accounts that do not sign in by password."""


def hashed(password: str) -> str:
    return _HASHER.hash(password)


async def hashed_aside(password: str) -> str:
    """As `hashed`, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_CHECKERS, hashed, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is right; for an unknown user (None) it takes as long to say no."""
    if len(password) > PASSWORD_LENGTH:
        return False
    loop = asyncio.get_running_loop()
    is_right = await loop.run_in_executor(_CHECKERS, _verify, password, password_hash or NOBODY)
    return is_right and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it is to be replaced at the next sign-in, when the password is at hand."""
    return _is_bcrypt(password_hash)


def _verify(password: str, password_hash: str) -> bool:
    if _is_bcrypt(password_hash):
        import bcrypt

        # Quay's bcrypt looked at the first 72 bytes only; today's library refuses longer ones.
        return bcrypt.checkpw(password.encode()[:BCRYPT_BYTES], password_hash.encode())
    try:
        return _HASHER.verify(password, password_hash)
    except UnknownHashError:
        return False


def _is_bcrypt(password_hash: str) -> bool:
    return password_hash.startswith(("$2a$", "$2b$", "$2y$"))
