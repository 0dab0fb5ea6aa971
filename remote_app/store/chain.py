"""The access log's hash chain. Pure.

Every entry carries HMAC-SHA256 (RFC 2104) over itself, its number and the code of the entry before it; the head says
where the log begins and ends and is sealed with the same key. So an entry that was changed, removed, added or moved is
found, and so is a log that was cut at either end. The key lies beside the database, not in it.

What is not found: a database that was put back to an earlier state as a whole. For that, keep what `Head.fingerprint`
said, outside.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from remote_app.store.errors import StoreValueError

KEY_BYTES: Final = 32
NOTHING: Final = "0" * 64  # what stands before the first entry
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{0,43}")


class Deed(StrEnum):
    """What is logged. Never what was said or seen."""

    ENTERED = "entered"
    REFUSED = "refused"
    ADMITTED = "admitted"
    TURNED_DOWN = "turned_down"
    HANDED_OVER = "handed_over"
    LEFT = "left"
    ENDED = "ended"
    PRIVATE_ON = "private_on"
    PRIVATE_OFF = "private_off"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    """A link that was withdrawn is good again: a coordinator has undone it."""
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_REFUSED = "login_refused"
    PASSKEY_ADDED = "passkey_added"
    """`link` is the passkey's id, as in `passkey_removed`."""
    PASSKEY_REMOVED = "passkey_removed"
    ROLE_CHANGED = "role_changed"
    """Somebody of the staff was added, got another role or other sites, or left: `detail` says which."""
    DELETED = "deleted"
    """The deletion job: `detail` is the kind of personal data and how many rows."""
    LOST = "lost"
    """Entries that the database did not take: `detail` is how many."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. People are named by their link's id alone, staff who log in by the person's id.

    `by` is that of whoever did it.

    `detail` is one word of a fixed vocabulary, such as why somebody was refused. Raises StoreValueError for anything
    that could be a text.
    """

    at: datetime
    deed: Deed
    robot: str = ""
    seat: str = ""
    role: str = ""
    link: str = ""
    by: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise StoreValueError("access_log.at", f"is {self.at}: give the time with its zone")
        for key in ("robot", "seat", "role", "link", "by", "detail"):
            if _WORD.fullmatch(getattr(self, key)) is None:
                raise StoreValueError(f"access_log.{key}", "must be one word of letters, digits, _ . and -")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it stands in the log."""

    seq: int
    entry: Entry
    mac: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log begins (what came before it was deleted in time) and where it ends. `last_seq` 0: empty."""

    first_seq: int = 1
    first_mac: str = NOTHING
    last_seq: int = 0
    last_mac: str = NOTHING

    @property
    def fingerprint(self) -> str:
        """How far the log had come, to be kept outside: `17:3f…`."""
        return f"{self.last_seq}:{self.last_mac}"

    def after(self, sealed: Sealed) -> Head:
        """The head when this entry has been added."""
        return Head(self.first_seq, self.first_mac, sealed.seq, sealed.mac)

    def without(self, sealed: Sealed) -> Head:
        """The head when everything up to this entry, and it too, has been deleted."""
        return Head(sealed.seq + 1, sealed.mac, self.last_seq, self.last_mac)


class ChainKey:
    """The secret under which entries and head are sealed."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the log's key has {len(key)} bytes, not {KEY_BYTES}")
        self._key = key

    def add(self, head: Head, entry: Entry) -> Sealed:
        """The entry as the next one of the log."""
        return Sealed(head.last_seq + 1, entry, self._mac(head.last_seq + 1, entry, head.last_mac))

    def fits(self, sealed: Sealed, before: str) -> bool:
        """Whether the entry is as it was written, after the entry whose code is `before`."""
        return hmac.compare_digest(sealed.mac, self._mac(sealed.seq, sealed.entry, before))

    def seal(self, head: Head) -> str:
        """What stands beside the head."""
        return self._code("head", head.first_seq, head.first_mac, head.last_seq, head.last_mac)

    def sealed(self, head: Head, seal: str) -> bool:
        """Whether the head is as it was written."""
        return hmac.compare_digest(seal, self.seal(head))

    def _mac(self, seq: int, entry: Entry, before: str) -> str:
        at_us = (entry.at - _EPOCH) // timedelta(microseconds=1)
        words = (entry.deed.value, entry.robot, entry.seat, entry.role, entry.link, entry.by, entry.detail)
        return self._code("entry", before, seq, at_us, *words)

    def _code(self, *parts: str | int) -> str:
        return hmac.new(self._key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()


class Check:
    """Goes through a log from its first entry to its last. `take` each entry, then `end`; the first fault counts."""

    def __init__(self, key: ChainKey, head: Head, seal: str) -> None:
        self._key = key
        self._head = head
        self._next = head.first_seq
        self._before = head.first_mac
        self.fault = "" if key.sealed(head, seal) else "the log's head is not as it was written, or the key is another"

    def take(self, sealed: Sealed) -> None:
        """The next entry as it stands in the database."""
        if self.fault:
            return
        if sealed.seq > self._next:
            self.fault = f"entry {self._next} is missing"
        elif sealed.seq < self._next:
            self.fault = f"entry {sealed.seq} stands where {self._next} should"
        elif sealed.seq > self._head.last_seq:
            self.fault = f"entry {sealed.seq} was added by somebody else; the log ends at {self._head.last_seq}"
        elif not self._key.fits(sealed, self._before):
            self.fault = f"entry {sealed.seq} is not as it was written"
        self._next, self._before = sealed.seq + 1, sealed.mac

    def end(self) -> str:
        """What is wrong with the log, in words; empty when nothing is."""
        if not self.fault and self._next != self._head.last_seq + 1:
            self.fault = f"entry {self._next} is missing; the log ends at {self._head.last_seq}"
        if not self.fault and self._before != self._head.last_mac:  # of another branch of a log that was restored
            self.fault = f"entry {self._head.last_seq} is not as it was written"
        return self.fault


def check(key: ChainKey, head: Head, seal: str, entries: Iterable[Sealed]) -> str:
    """What is wrong with a whole log, in words; empty when nothing is."""
    going = Check(key, head, seal)
    for sealed in entries:
        going.take(sealed)
    return going.end()
