"""How often somebody may be wrong when they log in: from one address, about one account, and all together."""

from __future__ import annotations

import time
from typing import Final

from remote_app.limits import ClientBuckets, KeyedBuckets
from remote_app.misses import Misses

# One address: somebody who mistypes, and a whole town hall behind one address.
OWN_TRIES: Final = 10
OWN_EVERY_S: Final = 30.0
# One account, from everywhere: 1,440 guesses a day at a password of twelve characters or more.
ACCOUNT_TRIES: Final = 20
ACCOUNT_EVERY_S: Final = 60.0
MOST_ACCOUNTS: Final = 10_000
# All addresses together; each try takes 50 ms of the processor.
ALL_TRIES: Final = 100
ALL_EVERY_S: Final = 1.0


class Tries:
    """A try is taken first, and given back where it was right. `account` is empty where none is meant."""

    def __init__(self, misses: Misses) -> None:
        self._misses = misses
        self._addresses = ClientBuckets((1 / OWN_EVERY_S, OWN_TRIES), (1 / ALL_EVERY_S, ALL_TRIES), time.monotonic())
        self._accounts = KeyedBuckets(1 / ACCOUNT_EVERY_S, ACCOUNT_TRIES, MOST_ACCOUNTS)
        misses.counted_by("login", self._count)

    def take(self, address: str, account: str = "") -> float:
        """Takes one try; seconds to wait where there is none left, and then nothing is taken."""
        now, (who, alias) = time.monotonic(), self._aliases(address, account)
        wait_s = self._addresses.wait_s(who, now)
        if alias:
            wait_s = max(wait_s, self._accounts.of(alias, now).wait_s(now))
        if wait_s <= 0:
            self._count(who, alias, now)
        return wait_s

    def right(self, address: str, account: str = "") -> None:
        """What was taken last was right, and does not count."""
        now, (who, alias) = time.monotonic(), self._aliases(address, account)
        self._addresses.give_back(who, now)
        if alias:
            self._accounts.of(alias, now).give_back()

    def wrong(self, address: str, account: str = "") -> None:
        """What was taken last was wrong, and counts at every node."""
        self._misses.missed("login", *self._aliases(address, account))

    def _aliases(self, address: str, account: str) -> tuple[str, str]:
        return self._misses.who(address), self._misses.who(account)

    def _count(self, who: str, account: str, now: float) -> None:
        self._addresses.take(who, now)
        if account:
            self._accounts.of(account, now).take(now)
