"""Passkeys of staff: made, used, named and removed. What is counted and written down is as for passwords."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.passkeys import MOST_PASSKEYS, FirstPasskey, OwnPasskey, PasskeyLogIn, PasskeyMade
from remote_app.access import hash_of
from remote_app.journal import Journal
from remote_app.staff import ceremony
from remote_app.staff.ceremony import CeremonyError, Challenge, NewPasskey, Place, Purpose
from remote_app.staff.tries import Tries
from remote_app.staff.who import LoggedIn, LoginRefused, Staff
from remote_app.staff_settings import StaffSettings
from remote_app.store import passkeys as store
from remote_app.store import people, staff
from remote_app.store.engine import Store
from remote_app.store.models import Person, PersonRole, new_id
from remote_app.store.staff_tables import StaffAccount, StaffPasskey

log = logging.getLogger(__name__)

Begin = Callable[[str, str], Awaitable[LoggedIn | LoginRefused]]


class _RefusedError(Exception):
    """Why not, in one word; `person` is whose passkey it is, as far as that is known."""

    def __init__(self, why: str, person: str = "", retry_s: float = 0.0) -> None:
        super().__init__(why)
        self.answer = LoginRefused(why, retry_s)
        self.person = person


class PasskeyDesk:
    """What is kept of passkeys. Every coroutine raises StoreError when the database does not answer.

    `asked` is what the browser kept of its challenge, which is good for one answer, right or wrong, at all nodes
    together; `address` is where the answer came from.
    """

    def __init__(self, kept: Store, journal: Journal, settings: StaffSettings, tries: Tries, begin: Begin) -> None:
        self._store = kept
        self._journal = journal
        self._issuer = settings.oidc.issuer
        self._tries = tries
        self._begin = begin

    async def log_in(
        self, said: PasskeyLogIn, asked: Challenge | None, place: Place, address: str
    ) -> LoggedIn | LoginRefused:
        """By a passkey."""
        try:
            self._take(address, said.id)
            person = await self._whose(said, asked, place)
        except _RefusedError as refused:
            return self._note(refused, address, said.id)
        self._tries.right(address, said.id)
        return await self._begin(person, "passkey")

    async def _whose(self, said: PasskeyLogIn, asked: Challenge | None, place: Place) -> str:
        """Who has signed the challenge; the passkey's new count is written down."""
        challenge = await self._answered(asked, "log_in")
        async with self._store.read() as session:
            known = await store.known_passkey(session, said.id)
        if known is None or known.rp_id != place.rp_id:
            raise _RefusedError("passkey_unknown")
        person = known.person_id
        if said.user not in ("", ceremony.user_handle(person)):
            raise _RefusedError("passkey_wrong", person)
        try:
            count = await asyncio.to_thread(ceremony.check_login, said, known.public_key, challenge, place)
        except CeremonyError as error:
            log.warning("a passkey is refused: %r", str(error))
            raise _RefusedError("passkey_wrong", person) from error
        async with self._store.write(quiet=True) as session:
            if not await store.count_use(session, known.id, count, datetime.now(UTC)):
                raise _RefusedError("passkey_copied", person)
        return person

    async def _answered(self, asked: Challenge | None, purpose: Purpose, person: str = "") -> str:
        """The challenge, which nobody can answer again."""
        if (
            asked is None
            or asked.purpose != purpose
            or asked.expires <= time.time()
            or person not in ("", asked.person)
        ):
            raise _RefusedError("too_late", person)
        try:
            async with self._store.write(quiet=True) as session:
                await store.burn_challenge(session, asked.value, datetime.fromtimestamp(asked.expires, UTC))
        except IntegrityError:
            raise _RefusedError("replayed", person) from None
        return asked.value

    async def own(self, person: str, place: Place | None) -> tuple[OwnPasskey, ...]:
        """Somebody's passkeys."""
        rows = await self._rows(person)
        return tuple(
            OwnPasskey(
                id=row.id,
                name=row.name,
                made_at=row.made_at,
                used_at=row.used_at,
                usable=place is not None and row.rp_id == place.rp_id,
            )
            for row in rows
        )

    async def known(self, person: str) -> tuple[str, ...]:
        """The credential ids of somebody's passkeys, which no authenticator is to make a second time."""
        return tuple(row.credential_id for row in await self._rows(person))

    async def login_of(self, person: str) -> str:
        """The name of somebody's local account; empty for none."""
        async with self._store.read() as session:
            account = await session.get(StaffAccount, person)
        return account.login if account is not None else ""

    async def add(
        self, who: Staff, made: PasskeyMade, asked: Challenge | None, place: Place, address: str
    ) -> LoginRefused | None:
        """One more passkey of whoever is logged in. None: it is kept."""
        try:
            self._take(address)
            new = await self._checked(made, await self._answered(asked, "add", who.id), place)
            if len(await self._rows(who.id)) >= MOST_PASSKEYS:
                raise _RefusedError("passkey_most", who.id)
            row = _row(who.id, made.name, new, place)
            async with self._adding() as session:
                await store.add_passkey(session, row)
        except _RefusedError as refused:
            return self._note(refused, address)
        self._tries.right(address)
        self._journal.passkey_added(who.id, row.id)
        return None

    async def first_for(self, token: str) -> tuple[str, str] | None:
        """For whom a one-time link is: the person's id, made now for the administrator, and the name, or empty."""
        async with self._store.read() as session:
            link = await staff.look_at_link(session, token, datetime.now(UTC))
            if link is None:
                return None
            person = await session.get(Person, link.person_id) if link.person_id is not None else None
        return (person.id, person.display_name) if person is not None else (new_id(), "")

    async def make_account(
        self, first: FirstPasskey, asked: Challenge | None, place: Place, address: str
    ) -> LoggedIn | LoginRefused:
        """An account without a password, with a one-time link; whoever made it is logged in."""
        try:
            self._take(address)
            new = await self._checked(first.made, await self._answered(asked, "first"), place)
            person = asked.person if asked is not None else ""
            row = _row(person, first.made.name, new, place)
            async with self._adding() as session:
                link = await staff.use_link(session, first.token, datetime.now(UTC))
                if link is None or link.person_id not in (None, person):
                    raise _RefusedError("link")
                if link.person_id is None:
                    await people.add_staff(session, first.name, PersonRole.ADMINISTRATOR, known_as=person)
                await staff.end_sessions(session, person)
                await store.add_passkey(session, row)
        except _RefusedError as refused:
            return self._note(refused, address)
        self._tries.right(address)
        if link.person_id is None:
            self._journal.role_changed(person, "administrator", person, "added")
        self._journal.passkey_added(person, row.id)
        return await self._begin(person, "link")

    @asynccontextmanager
    async def _adding(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._store.write() as session:
                yield session
        except IntegrityError:
            raise _RefusedError("passkey_taken") from None

    async def _checked(self, made: PasskeyMade, challenge: str, place: Place) -> NewPasskey:
        """The new passkey as the authenticator made it for this challenge."""
        try:
            return await asyncio.to_thread(ceremony.check_new, made, challenge, place)
        except CeremonyError as error:
            log.warning("a new passkey is refused: %r", str(error))
            raise _RefusedError("passkey_wrong") from error

    async def rename(self, person: str, passkey: str, name: str) -> bool:
        """Another name for one of their own; False where it is none of theirs."""
        async with self._store.write() as session:
            return await store.rename_passkey(session, person, passkey, name)

    async def remove(self, person: str, passkey: str, token: str, place: Place | None) -> LoginRefused | None:
        """One of their own works no longer, and everywhere but at `token` they are logged out. None: it is done."""
        rp_id = place.rp_id if place is not None else ""
        try:
            async with self._store.write() as session:
                if not await store.remove_passkey(session, person, passkey):
                    raise _RefusedError("passkey_none")
                if not await store.can_log_in(session, person, rp_id, self._issuer):
                    raise _RefusedError("passkey_last")
                await staff.end_other_sessions(session, person, hash_of(token))
        except _RefusedError as refused:
            return refused.answer
        self._journal.passkey_removed(person, passkey)
        return None

    async def _rows(self, person: str) -> Sequence[StaffPasskey]:
        async with self._store.read() as session:
            return await store.passkeys_of(session, person)

    def _take(self, address: str, account: str = "") -> None:
        if (wait_s := self._tries.take(address, account)) > 0:
            raise _RefusedError("too_many", retry_s=wait_s)

    def _note(self, refused: _RefusedError, address: str, account: str = "") -> LoginRefused:
        if refused.answer.why != "too_many":
            self._tries.wrong(address, account)
        self._journal.login_refused(refused.person, refused.answer.why, time.monotonic())
        return refused.answer


def _row(person: str, name: str, new: NewPasskey, place: Place) -> StaffPasskey:
    return StaffPasskey(
        id=new_id(),
        person_id=person,
        credential_id=new.credential_id,
        public_key=new.public_key,
        rp_id=place.rp_id,
        sign_count=new.count,
        name=name,
        made_at=datetime.now(UTC),
    )
