"""Logging in and out: what is counted, what is written to the access log, how long a session lasts."""

from __future__ import annotations

import logging
import time
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncSession

from protocol.staff import AccountOffer, OwnSession, OwnSessions
from remote_app.access import EVERY_ROBOT, StaffRole, hash_of
from remote_app.journal import Journal
from remote_app.misses import Misses
from remote_app.policy import staff_may
from remote_app.staff.oidc import Identity
from remote_app.staff.passkeys import PasskeyDesk
from remote_app.staff.passwords import Passwords, fault_of
from remote_app.staff.tries import Tries
from remote_app.staff.who import LoggedIn, LoginRefused, Staff, StaffLeader
from remote_app.staff_settings import StaffSettings
from remote_app.store import people, staff
from remote_app.store.engine import Store
from remote_app.store.errors import StoreValueError
from remote_app.store.models import Person, PersonRole
from remote_app.store.staff_tables import LOGIN_CHARS, StaffAccount, StaffLink, StaffSession

log = logging.getLogger(__name__)

FRESH: Final = timedelta(minutes=15)  # whoever finds a computer unlocked later makes no way in of their own there
TOUCH_EVERY: Final = timedelta(minutes=1)  # so exact is "idle", and so seldom is it written


class StaffDesk:
    """The accounts and sessions of staff. Every coroutine raises StoreError when the database does not answer."""

    def __init__(self, store: Store, journal: Journal, settings: StaffSettings, misses: Misses | None = None) -> None:
        self._store = store
        self._journal = journal
        self._settings = settings
        self._passwords = Passwords()
        self._tries = Tries(misses or Misses())
        self.passkeys = PasskeyDesk(store, journal, settings, self._tries, self.begin)

    async def find(self, token: str) -> Staff | None:
        """Whose session this is; None when it is over, or was nobody's."""
        kept = hash_of(token)
        return (await self._find((kept,))).get(kept)

    async def leader(self, kept: str) -> StaffLeader | None:
        """Who leads which robots by the session of which `kept` is the hash; None when it is over."""
        return (await self.leaders((kept,))).get(kept)

    async def leaders(self, kept: Collection[str]) -> dict[str, StaffLeader]:
        """The same for many sessions at once; those that are over, or may not lead, are not among them."""
        found = {one: who for one, who in (await self._find(kept)).items() if staff_may(who.role, "lead")}
        sites = {site for who in found.values() for site in who.sites if who.role == "leader"}
        robots: dict[str, frozenset[str]] = {}
        if sites:
            async with self._store.read() as session:
                robots = await staff.robots_at(session, sites)
        return {one: StaffLeader(who, _robots_of(who, robots), one) for one, who in found.items()}

    async def _find(self, kept: Collection[str]) -> dict[str, Staff]:
        now = datetime.now(UTC)
        async with self._store.read() as session:
            found = await staff.people_of_sessions(session, kept, now, self._settings.idle, self._settings.longest)
            sites = await staff.sites_of(session, {person.id for person, _ in found.values()}) if found else {}
        late = [one for one, (_, seen_at) in found.items() if now - seen_at > TOUCH_EVERY]
        if late:
            async with self._store.write(quiet=True) as session:
                await staff.touch_sessions(session, late, datetime.now(UTC))
        return {
            one: Staff(person.id, person.display_name, _role(person), sites.get(person.id, frozenset()))
            for one, (person, _) in found.items()
        }

    async def log_in(self, name: str, password: str, address: str) -> LoggedIn | LoginRefused:
        """By local account, asked for from `address`. Takes as long for a name that nobody has."""
        now, login = time.monotonic(), login_name(name)
        if (wait_s := self._tries.take(address, login)) > 0:
            self._journal.login_refused("", "too_many", now)
            log.warning("login: too many wrong ones")
            return LoginRefused("too_many", wait_s)
        async with self._store.read() as session:
            account = await staff.account_of(session, login)
        kept = account.password_hash if account is not None else None
        if not await self._passwords.check(kept, password) or account is None:
            self._journal.login_refused(account.person_id if account is not None else "", "wrong", now)
            self._tries.wrong(address, login)
            return LoginRefused("wrong")
        self._tries.right(address, login)
        return await self.begin(account.person_id, "password")

    async def begin(self, person: str, how: str) -> LoggedIn | LoginRefused:
        """A session for somebody whose identity is sure."""
        async with self._store.write() as session:
            row = await session.get(Person, person)
            if row is None or row.left_at is not None:
                return LoginRefused("wrong")
            token = await staff.begin_session(session, person, datetime.now(UTC))
            who = await _staff(session, row)
        self._journal.logged_in(person, who.role, how)
        return LoggedIn(who, token)

    async def log_in_by(self, identity: Identity, token: str, *, maps_roles: bool) -> LoggedIn | LoginRefused:
        """By the word of an OpenID provider; `token` is that of a one-time link, empty for none.

        Where the provider's claims say who is what (`maps_roles`), they say so at every login.
        """
        now = datetime.now(UTC)
        async with self._store.write() as session:
            if await staff.is_kept_out(session, identity.issuer, identity.subject):
                return self._refused("unknown")
            person = await staff.person_of_identity(session, identity.issuer, identity.subject)
            if token:
                link = await staff.use_link(session, token, now)
                if link is None:
                    return self._refused("link")
                person = await self._of_link(session, link, identity.name)
            elif maps_roles:
                person = await self._as_claimed(session, person, identity)
            if person is None:
                return self._refused("unknown")
            await staff.set_identity(session, person.id, identity.issuer, identity.subject)
        return await self.begin(person.id, "oidc")

    async def _of_link(self, session: AsyncSession, link: StaffLink, name: str) -> Person | None:
        if link.person_id is not None:
            return await session.get(Person, link.person_id)
        person = await people.add_staff(session, name or "Administrator", PersonRole.ADMINISTRATOR)
        self._journal.role_changed(person.id, "administrator", person.id, "added")
        return person

    async def _as_claimed(self, session: AsyncSession, person: Person | None, identity: Identity) -> Person | None:
        """The person with role and sites as the provider says now; None, and logged out, for whom has no role."""
        if identity.role is None:
            if person is not None:
                await staff.end_sessions(session, person.id)
            return None
        role = PersonRole(identity.role)
        sites = await staff.known_sites(session, identity.sites) if identity.sites is not None else None
        if person is None:
            person = await people.add_staff(session, identity.name or identity.role, role, sorted(sites or ()))
            self._journal.role_changed(person.id, identity.role, "", "added")
            return person
        had = await people.sites_of(session, person.id)
        if person.role is not role or (sites is not None and sites != had):
            await staff.change_staff(session, person.id, role, had if sites is None else sites)
            self._journal.role_changed(person.id, identity.role, "", "changed")
        return person

    def _refused(self, why: str) -> LoginRefused:
        self._journal.login_refused("", why, time.monotonic())
        return LoginRefused(why)

    def provider_refused(self, why: str) -> None:
        """Somebody came back from the OpenID provider, or did not, without being logged in."""
        self._refused(why)

    async def log_out(self, token: str) -> None:
        """The session is over, here and at every node."""
        async with self._store.write() as session:
            person = await staff.end_session(session, token)
        if person is not None:
            self._journal.logged_out(person)

    async def is_fresh(self, token: str) -> bool:
        """Whether somebody has logged in just now by this session, and not hours ago."""
        async with self._store.read() as session:
            row = await session.get(StaffSession, hash_of(token))
        return row is not None and row.began_at > datetime.now(UTC) - FRESH

    async def own_sessions(self, person: str, token: str) -> OwnSessions:
        """Where somebody is logged in; `token` is that of the session that asks."""
        async with self._store.read() as session:
            rows = await staff.sessions_of(session, person)
            account = await session.get(StaffAccount, person)
        now, kept = datetime.now(UTC), hash_of(token)
        good = [
            OwnSession(began_at=row.began_at, seen_at=row.seen_at, here=row.token_hash == kept)
            for row in rows
            if row.seen_at > now - self._settings.idle and row.began_at > now - self._settings.longest
        ]
        return OwnSessions(password=account is not None, sessions=tuple(good))

    async def log_out_elsewhere(self, person: str, token: str) -> None:
        """Every session of theirs but that of `token` is over, here and at every node."""
        async with self._store.write() as session:
            await staff.end_other_sessions(session, person, hash_of(token))
        self._journal.logged_out(person)

    async def log_out_everywhere(self, person: str) -> None:
        """Every session of theirs is over, here and at every node; the one that asks, too."""
        async with self._store.write() as session:
            await staff.end_sessions(session, person)
        self._journal.logged_out(person)

    async def change_password(self, who: Staff, token: str, old: str, new: str, address: str) -> LoginRefused | None:
        """Another password for whoever knows the one before; every other session of theirs ends. None: it is done."""
        async with self._store.read() as session:
            account = await session.get(StaffAccount, who.id)
        login = account.login if account is not None else ""
        if (wait_s := self._tries.take(address, login)) > 0:
            return LoginRefused("too_many", wait_s)
        if account is None or not await self._passwords.check(account.password_hash, old):
            self._journal.login_refused(who.id, "wrong", time.monotonic())
            self._tries.wrong(address, login)
            return LoginRefused("wrong")
        self._tries.right(address, login)
        if (fault := fault_of(new, login)) is not None:
            return LoginRefused(fault)
        kept = await self._passwords.hash(new)
        async with self._store.write() as session:
            await staff.set_account(session, who.id, login, kept, datetime.now(UTC))
            await staff.end_other_sessions(session, who.id, hash_of(token))
        return None

    async def look(self, token: str) -> AccountOffer | None:
        """What a one-time link is for; None when it is not good."""
        async with self._store.read() as session:
            link = await staff.look_at_link(session, token, datetime.now(UTC))
            if link is None:
                return None
            person = await session.get(Person, link.person_id) if link.person_id is not None else None
        if person is None:
            return AccountOffer(name="", role="administrator")
        return AccountOffer(name=person.display_name, role=_role(person))

    async def make_account(
        self, token: str, name: str, login: str, password: str, address: str
    ) -> LoggedIn | LoginRefused:
        """An account with a one-time link; whoever made it is logged in. A refusal leaves the link as it was."""
        login = login_name(login)
        if (wait_s := self._tries.take(address)) > 0:
            return LoginRefused("too_many", wait_s)
        if not 1 <= len(login) <= LOGIN_CHARS:
            return LoginRefused("login")
        if (fault := fault_of(password, login)) is not None:
            return LoginRefused(fault)
        if await self.look(token) is None:
            self._journal.login_refused("", "link", time.monotonic())
            self._tries.wrong(address)
            return LoginRefused("link")
        self._tries.right(address)
        kept = await self._passwords.hash(password)
        try:
            async with self._store.write() as session:
                link = await staff.use_link(session, token, datetime.now(UTC))
                if link is None:
                    return LoginRefused("link")
                person = link.person_id
                if person is None:
                    person = (await people.add_staff(session, name, PersonRole.ADMINISTRATOR)).id
                    self._journal.role_changed(person, "administrator", person, "added")
                await staff.end_sessions(session, person)
                await staff.set_account(session, person, login, kept, datetime.now(UTC))
        except StoreValueError as error:
            return LoginRefused("taken" if error.key == "staff_accounts.login" else "name")
        return await self.begin(person, "link")

    async def administrator_link(self) -> str | None:
        """The token of a link that makes the administrator; None where there is one already."""
        async with self._store.write() as session:
            if await staff.has_administrator(session):
                return None
            return await staff.new_link(session, None, datetime.now(UTC))


def login_name(text: str) -> str:
    """A login name in the one spelling under which it is kept."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _robots_of(who: Staff, at: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The robots that somebody leads; `at` says which stand at which site."""
    if who.role != "leader":
        return frozenset((EVERY_ROBOT,))
    return frozenset().union(*(at.get(site, frozenset()) for site in who.sites))


async def _staff(session: AsyncSession, person: Person) -> Staff:
    return Staff(person.id, person.display_name, _role(person), await people.sites_of(session, person.id))


def _role(person: Person) -> StaffRole:
    return cast("StaffRole", person.role.value)
