"""Six digits in place of a link: made with it, good as long as it is, and guarded against guessing.

A million codes can be tried one after the other, so that what protects a link is how seldom anybody may be wrong: see
docs/decisions for the figures. A right code costs nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Final

from protocol.codes import CODE_DIGITS, CodeFault, CodeFound, CodeRefused
from protocol.errors import SettingsError
from protocol.web import LinkFault
from remote_app.access import Claim, LinkKey
from remote_app.data_directory import DataDirectory
from remote_app.limits import ClientBuckets
from remote_app.misses import Misses

log = logging.getLogger(__name__)

# One address: somebody who mistypes, and a whole municipality behind one address.
OWN_TRIES: Final = 10
OWN_EVERY_S: Final = 30.0
# All addresses together: a guesser with many of them gets 4,320 tries a day.
ALL_TRIES: Final = 30
ALL_EVERY_S: Final = 20.0
REMEMBERED_S: Final = 7 * 24 * 3600.0  # after the link's end: until then it is said that the code is too old
DRAWS: Final = 100

Check = Callable[[str], Claim | LinkFault]

_FAULTS: Final = {LinkFault.EXPIRED: CodeFault.EXPIRED, LinkFault.WITHDRAWN: CodeFault.WITHDRAWN}


def new_code(data: DataDirectory, key: LinkKey, token: str, now_s: float) -> str:
    """A code for this link; those whose links ended long ago are forgotten. `now_s` is seconds since 1970.

    Raises SettingsError when the disk says no, or when no free code was found.
    """
    for code, old in data.codes().items():
        claim = key.claim_of(old)
        if claim is None or now_s >= claim.expires + REMEMBERED_S:
            data.drop_code(code)
    for _ in range(DRAWS):
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        if not is_guessed_first(code) and data.keep_code(code, token):
            return code
    raise SettingsError("no six digits are free; withdraw links that are not needed, or give them fewer hours")


def is_guessed_first(code: str) -> bool:
    """Whether it is one that a person tries first: 111111, 121212, 123456, 654321."""
    return len(set(code)) < 3 or code in "01234567890" or code in "09876543210"


class CodeDesk:
    """Exchanges codes for the paths of pages, and counts who was wrong."""

    def __init__(self, data: DataDirectory, now: float, misses: Misses | None = None) -> None:
        self._data = data
        self._misses = misses or Misses()
        self._misses.counted_by("code", lambda who, _, at: self.missed_elsewhere(who, at))
        self._tries = ClientBuckets((1 / OWN_EVERY_S, OWN_TRIES), (1 / ALL_EVERY_S, ALL_TRIES), now)

    async def exchange(
        self, code: str, address: str, check: Check, now: float, kept: Callable[[str], str | None] = lambda _: None
    ) -> CodeFound | CodeRefused:
        """The page of this code, asked for from `address`. `check` says what a link is good for, `now` is monotonic,
        `kept` is the link that the store has for a code.

        A link that is too early has a page too. Raises SettingsError when the codes cannot be read.
        """
        who = self._misses.who(address)
        wait_s = self._tries.wait_s(who, now)
        if not self._tries.take(who, now):
            log.warning("code: too many wrong ones")
            return CodeRefused(fault=CodeFault.TOO_MANY, retry_s=wait_s)
        token, other = _find(await asyncio.to_thread(self._data.codes), code), kept(code)
        if token is not None and other is not None:
            log.error("code: two links have the same six digits, and open nothing; make new ones for either")
            self._misses.missed("code", who)
            return CodeRefused(fault=CodeFault.WRONG)
        token = token or other
        answer: Claim | LinkFault = LinkFault.INVALID if token is None else check(token)
        if isinstance(answer, Claim) or answer is LinkFault.NOT_YET:
            self._tries.give_back(who, now)
            return CodeFound(path=f"/j/{token}")
        self._misses.missed("code", who)
        fault = _FAULTS.get(answer, CodeFault.WRONG)
        log.info("code: %s", fault.value)
        return CodeRefused(fault=fault)

    def missed_elsewhere(self, who: str, now: float) -> None:
        """Somebody was wrong at another node, which counts here too."""
        self._tries.take(who, now)


def _find(tokens: Mapping[str, str], code: str) -> str | None:
    """The token of the code. Takes as long for a wrong one as for a right one."""
    found = None
    for kept, token in tokens.items():
        if hmac.compare_digest(kept, code):
            found = token
    return found
