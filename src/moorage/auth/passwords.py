"""Passwords: argon2id, checked off the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

PASSWORD_LENGTH = 400
"""Longer passwords are refused, never cut: hashing a megabyte is an attack."""

# OWASP's first choice for argon2id; a check takes about 25 ms and 19 MiB, two at a time at most.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1),))
_CHECKERS = ThreadPoolExecutor(2, "moorage-password")
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9i$"
    "0mLLDQmbHJzKAaXGzSbyTjp8cL0Hqz4vVXkE0hC8y2M"
)


def hashed(password: str) -> str:
    return _HASHER.hash(password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is right; for an unknown user (None) it takes as long to say no."""
    if len(password) > PASSWORD_LENGTH:
        return False
    loop = asyncio.get_running_loop()
    is_right = await loop.run_in_executor(
        _CHECKERS, _HASHER.verify, password, password_hash or _NOBODY
    )
    return is_right and password_hash is not None
