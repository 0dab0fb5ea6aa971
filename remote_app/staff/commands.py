"""`av1-app admin-link` and `av1-app staff`: accounts, whether the service runs or not."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from protocol.errors import SettingsError
from remote_app.settings import AppSettings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from remote_app.store.chain import Entry

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    Work = Callable[[AsyncSession], Awaitable[tuple[str, list[Entry]]]]

FIRST_PATH: Final = "/login#first="  # behind `#` no server and no proxy sees the token
ROLES: Final = ("leader", "coordinator", "administrator")
DEEDS: Final = ("list", "add", "change", "link", "remove")
NAMES: Final = frozenset(("admin-link", "staff"))


def add_commands(commands: Commands) -> tuple[argparse.ArgumentParser, ...]:
    """Adds the parsers of these commands."""
    admin = commands.add_parser(
        "admin-link", help="print a link that makes the administrator's account, once (where there is none yet)"
    )
    staff = commands.add_parser("staff", help="who may log in: list, add, change or remove them")
    staff.add_argument("deed", choices=DEEDS, metavar="|".join(DEEDS))
    staff.add_argument(
        "id", nargs="?", help="whom to change or remove, or who needs a new link: `list` prints it first"
    )
    staff.add_argument("--name", help="the name that the others see")
    staff.add_argument("--role", choices=ROLES, help="what they may do")
    staff.add_argument("--site", action="append", default=[], metavar="SITE", help="a leader's site; more than once")
    return admin, staff


def run(settings: AppSettings, options: argparse.Namespace, base: str) -> str:
    """Carries one of the commands out; what to print. Raises SettingsError in words."""
    from remote_app.store.errors import StoreError  # not above: SQLAlchemy takes half a second to import

    try:
        return asyncio.run(_run(settings, _work(options, base)))
    except StoreError as error:
        raise SettingsError(str(error)) from error


async def _run(settings: AppSettings, work: Work) -> str:
    from remote_app.store.access_log import append
    from remote_app.store.service import open_store

    store = await open_store(settings)
    try:
        async with store.write() as session:
            said, entries = await work(session)
            await append(session, store.key, entries)
        return said
    finally:
        await store.close()


def _work(options: argparse.Namespace, base: str) -> Work:
    if options.command == "admin-link":
        return lambda session: _administrator(session, base)
    match options.deed:
        case "list":
            return _list
        case "add":
            if options.name is None or options.role is None:
                raise SettingsError("staff add needs --name and --role")
            return lambda session: _add(session, options, base)
    if options.id is None:
        raise SettingsError(f"staff {options.deed} needs an id; av1-app staff list prints them")
    if options.deed == "change" and options.role is None:
        raise SettingsError("staff change needs --role, and for a leader --site for each site")
    return lambda session: _one(session, options, base)


async def _administrator(session: AsyncSession, base: str) -> tuple[str, list[Entry]]:
    from remote_app.store import staff

    if await staff.has_administrator(session):
        raise SettingsError("there is an administrator already; av1-app staff adds others")
    return f"{base}{FIRST_PATH}{await staff.new_link(session, None, datetime.now(UTC))}", []


async def _list(session: AsyncSession) -> tuple[str, list[Entry]]:
    from remote_app.store import people, staff

    lines = []
    for person in await staff.staff_people(session):
        sites = " ".join(sorted(await people.sites_of(session, person.id)))
        lines.append(f"{person.id} {person.role.value} {person.display_name} {sites}".rstrip())
    return "\n".join(lines) or "nobody may log in yet; av1-app admin-link", []


async def _add(session: AsyncSession, options: argparse.Namespace, base: str) -> tuple[str, list[Entry]]:
    from remote_app.store import people, staff
    from remote_app.store.models import PersonRole

    person = await people.add_staff(session, options.name, PersonRole(options.role), options.site)
    token = await staff.new_link(session, person.id, datetime.now(UTC))
    return f"{person.id}\n{base}{FIRST_PATH}{token}", [_entry(person.id, options.role, "added")]


async def _one(session: AsyncSession, options: argparse.Namespace, base: str) -> tuple[str, list[Entry]]:
    from remote_app.store import staff
    from remote_app.store.models import Person, PersonRole

    now, person = datetime.now(UTC), await session.get(Person, options.id)
    known = {one.id for one in await staff.staff_people(session)}
    if person is None or person.id not in known:
        raise SettingsError(f"nobody of the staff has the id {options.id!r}; av1-app staff list prints them")
    if options.deed == "link":
        return f"{base}{FIRST_PATH}{await staff.new_link(session, person.id, now)}", []
    if options.deed == "remove":
        await staff.withdraw_staff(session, person.id, now)
        return f"removed: {person.display_name}", [_entry(person.id, person.role.value, "withdrawn")]
    await staff.change_staff(session, person.id, PersonRole(options.role), options.site)
    return f"changed: {person.display_name}, {options.role}", [_entry(person.id, options.role, "changed")]


def _entry(person: str, role: str, what: str) -> Entry:
    from remote_app.store.chain import Deed, Entry

    return Entry(datetime.now(UTC), Deed.ROLE_CHANGED, role=role, link=person, detail=what)
