"""Passwords and secrets: hashed with Argon2id in a thread, compared in constant time, judged by length alone."""

import asyncio
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")
Args = TypeVarTuple("Args")

TOKEN_PREFIX = "fernamt_"  # noqa: S105
"""Lets secret scanners recognise a leaked token."""


def new_secret() -> str:
    """256 bits of randomness of the operating system, URL-safe."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """SHA-256 in hex: enough for a secret of 256 random bits, and quick to look up by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Compares in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def normalised(password: str) -> str:
    """NFKC, so that the same keys on two keyboards give the same password (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Hashes and verifies off the event loop, at most `at_once` at a time: each takes 64 MiB and tens of milliseconds."""

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = 2) -> None:
        self._hasher = hasher or PasswordHasher()
        self._pool = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="passwords")
        self._stand_in: str | None = None

    async def hash(self, password: str) -> str:
        """The Argon2id hash, with its parameters and salt."""
        return await self._away(self._hasher.hash, normalised(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether it is that password. Without a hash the same work is done, and the answer is False."""
        return await self._away(self._verify, normalised(password), password_hash)

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """The threads are gone."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _verify(self, password: str, password_hash: str | None) -> bool:
        if self._stand_in is None:
            self._stand_in = self._hasher.hash(secrets.token_urlsafe(32))
        try:
            self._hasher.verify(password_hash or self._stand_in, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    async def _away(self, work: Callable[[*Args], T], *args: *Args) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
