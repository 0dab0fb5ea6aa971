"""`av1-app backup`, `av1-app restore` and `av1-app log`."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from protocol.errors import SettingsError
from remote_app.access import EVERY_ROBOT, Claim
from remote_app.settings import AppSettings

if TYPE_CHECKING:
    from remote_app.store.chain import Entry, Sealed

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

NAMES: Final = frozenset(("backup", "restore", "log"))
MOST_SHOWN: Final = 10_000


def add_commands(commands: Commands) -> tuple[argparse.ArgumentParser, ...]:
    """Adds the parsers of these commands."""
    backup = commands.add_parser("backup", help="write everything that is kept, secrets too, into one file")
    backup.add_argument("file", type=Path, metavar="FILE", help="such as av1.zip; must not be there yet")
    restore = commands.add_parser("restore", help="put a backup back, into either database; the service must not run")
    restore.add_argument("file", type=Path, metavar="FILE", help="what `av1-app backup` has written")
    restore.add_argument(
        "--replace", action="store_true", help="take the place of what is there, after a backup of it beside FILE"
    )
    log = commands.add_parser("log", help="show the newest entries of the access log, the newest first")
    log.add_argument("--limit", type=int, default=50, metavar="N", help="how many (default 50)")
    log.add_argument("--check", action="store_true", help="say instead whether anybody has changed it")
    return backup, restore, log


def run(settings: AppSettings, options: argparse.Namespace) -> str:
    """Carries one of the commands out; what to print. Raises SettingsError in words."""
    from remote_app.store.errors import StoreError  # not above: SQLAlchemy takes half a second to import

    try:
        match options.command:
            case "backup":
                return asyncio.run(_backup(settings, options.file))
            case "restore":
                return asyncio.run(_restore(settings, options.file, replace=options.replace))
            case _:
                return asyncio.run(_log(settings, options.limit, check=options.check))
    except StoreError as error:
        raise SettingsError(str(error)) from error


def note_withdrawal(settings: AppSettings, claim: Claim) -> str:
    """Puts a withdrawal that has been made into the access log; what to add to the answer when that cannot be done."""
    from remote_app.store.chain import Deed, Entry

    robot = claim.robot.strip(EVERY_ROBOT)
    entry = Entry(datetime.now(UTC), Deed.WITHDRAWN, robot=robot, seat=claim.seat, role=claim.role, link=claim.id)
    try:
        asyncio.run(_note(settings, entry))
    except SettingsError as error:
        return f" (not in the access log: {error})"
    return ""


async def _note(settings: AppSettings, entry: Entry) -> None:
    from remote_app.store.access_log import append
    from remote_app.store.errors import StoreError
    from remote_app.store.service import open_store

    store = await open_store(settings)
    try:
        async with store.write() as session:
            await append(session, store.key, [entry])
    except StoreError as error:
        raise SettingsError(str(error)) from error
    finally:
        await store.close()


async def _backup(settings: AppSettings, file: Path) -> str:
    from remote_app.store.backup import backup
    from remote_app.store.service import open_store

    store = await open_store(settings)
    try:
        manifest = await backup(store, settings.data.directory, file, datetime.now(UTC))
    finally:
        await store.close()
    return (
        f"{file}: {manifest.rows} rows of {len(manifest.tables)} tables and {len(manifest.files)} secret files, "
        "as secret as they are; try it with av1-app restore on another machine"
    )


async def _restore(settings: AppSettings, file: Path, *, replace: bool) -> str:
    from remote_app.store.restore import restore
    from remote_app.store.service import in_use

    directory = settings.data.directory
    address = settings.store.address()
    with in_use(directory, alone=True):
        done = await restore(directory, address, file, datetime.now(UTC), replace=replace)
    lines = [
        f"restored {done.manifest.rows} rows and {len(done.manifest.files)} secret files, as of {done.manifest.made}"
    ]
    if done.kept is not None:
        lines.append(f"what was there before is in {done.kept}; delete it when you do not need it")
    lines.append(f"access log: {done.fault}" if done.fault else "access log: unbroken")
    return "\n".join(lines)


async def _log(settings: AppSettings, limit: int, *, check: bool) -> str:
    from remote_app.store.access_log import check_log, newest
    from remote_app.store.service import open_store

    if not 1 <= limit <= MOST_SHOWN:
        raise SettingsError(f"--limit is {limit}: it must be 1 to {MOST_SHOWN}")
    store = await open_store(settings)
    try:
        async with store.read() as session:
            if not check:
                return "\n".join(map(line, await newest(session, limit))) or "nothing is logged yet"
            found = await check_log(session, store.key)
    finally:
        await store.close()
    if found.fault:
        raise SettingsError(f"the access log was changed by somebody else: {found.fault}")
    return f"unbroken, {found.entries} entries; keep this elsewhere to know it again: {found.head.fingerprint}"


def line(sealed: Sealed) -> str:
    """One entry as a line: number, time in UTC, what, and whom it is about."""
    entry = sealed.entry
    words = {"robot": entry.robot, "seat": entry.seat, "role": entry.role, "link": entry.link, "by": entry.by}
    rest = " ".join(f"{key}={value}" for key, value in {**words, "detail": entry.detail}.items() if value)
    return f"{sealed.seq} {entry.at:%Y-%m-%dT%H:%M:%SZ} {entry.deed.value} {rest}".rstrip()
