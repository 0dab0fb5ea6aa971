"""Passwords of local accounts: what one must be, and its hash (Argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS: Final = 12  # length is what protects; NIST SP 800-63B asks for no mixture of kinds
MAX_CHARS: Final = 128
MIN_DIFFERENT: Final = 5
AT_ONCE: Final = 2  # each takes 64 MiB and 50 ms of several cores
# Of a password that nobody has, with the hasher's own parameters: a wrong name takes as long as a wrong password.
NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$fPpfXrPo1mtWw63r+mVvAQ$9chzm2EARpxj/3XAOlobCdovjvguu4XRDcjnP3TjfZ0"

HASHER: Final = PasswordHasher()


def fault_of(password: str, login: str) -> str | None:
    """Why a password is not taken (`short`, `long`, `simple`); None for a good one."""
    password = plain(password)
    if len(password) < MIN_CHARS:
        return "short"
    if len(password) > MAX_CHARS:
        return "long"
    if len(set(password)) < MIN_DIFFERENT or plain(password).casefold() in (login, login * 2):
        return "simple"
    return None


def plain(password: str) -> str:
    """One spelling for what looks alike, whichever keyboard wrote it (NFKC)."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Hashes and checks beside the event loop, a few at once."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        async with self._turn:
            return await asyncio.to_thread(HASHER.hash, plain(password))

    async def check(self, kept: str | None, password: str) -> bool:
        """Whether it is the password that this hash was made of; False, after the same time, for None."""
        async with self._turn:
            fits = await asyncio.to_thread(_fits, kept or NOBODYS, plain(password))
        return fits and kept is not None


def _fits(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
