"""Backup and restore: between both databases, whole or not at all, and never over anything unasked."""

from __future__ import annotations

import os
import stat
import zipfile
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from remote_app.store import backup as backups
from remote_app.store import evaluation, passkeys
from remote_app.store.access_log import append, check_log
from remote_app.store.backup import MANIFEST, backup, secret_files
from remote_app.store.chain import Deed, Entry
from remote_app.store.columns import Base
from remote_app.store.engine import FILE, Store, engine_for
from remote_app.store.errors import BackupError
from remote_app.store.migrate import migrate
from remote_app.store.migrations import HEAD, REVISIONS
from remote_app.store.models import Moment
from remote_app.store.quality import keep_visits
from remote_app.store.restore import Restored, restore
from tests.app.lines import visit
from tests.store.conftest import KEY, SECRET, Databases, Place
from tests.store.filled import END, NOW, fill
from tests.store.test_passkeys import passkey


async def full(place: Place) -> dict[str, list[dict[str, object]]]:
    """Something in every table but one, and a secret file; all rows as they then stand."""
    store = await place.open()
    filled = await fill(store)
    async with store.write() as session:
        form = await evaluation.add_form(session, "Før", Moment.BEFORE, (evaluation.Scale(id="a", text="Æ?"),))
        await evaluation.add_sheet(session, form, filled.course, {"a": 3}, date(2026, 11, 28))
        await passkeys.add_passkey(session, passkey(filled.leader, "key"))
        await passkeys.burn_challenge(session, "challenge", END)
        await append(session, KEY, [Entry(NOW, Deed.ENTERED, robot="vefsn"), Entry(END, Deed.LEFT, robot="vefsn")])
    assert await keep_visits(store, [visit(NOW, END)]) == 1
    (place.directory / "link-key").write_text("the links' key")
    await store.close()
    return await rows(place)


async def rows(place: Place) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, alike for both databases."""
    store = await place.open()
    async with store.read() as session:
        found = {
            table.name: [
                dict(row) for row in (await session.execute(table.select().order_by(*table.primary_key))).mappings()
            ]
            for table in Base.metadata.sorted_tables
        }
    await store.close()
    return found


async def save(place: Place, file: Path) -> None:
    store = await place.open()
    try:
        await backup(store, place.directory, file, NOW)
    finally:
        await store.close()


async def put_back(place: Place, file: Path, *, replace: bool = False) -> Restored:
    return await restore(place.directory, place.address, file, NOW, replace=replace)


async def test_a_backup_of_one_database_is_restored_into_the_other(
    place: Place, databases: Databases, kind: str, tmp_path: Path
) -> None:
    before = await full(place)
    file = tmp_path / "av1.zip"
    await save(place, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = await databases.empty("postgresql" if kind == "sqlite" else "sqlite")
    done = await put_back(other, file)
    assert (done.kept, done.fault, done.manifest.revision) == (None, "", HEAD)
    assert await rows(other) == before
    assert (other.directory / "link-key").read_text() == "the links' key"
    assert stat.S_IMODE((other.directory / "link-key").stat().st_mode) == 0o600
    store = await other.open()
    async with store.write() as session:  # the log goes on where it was
        await append(session, KEY, [Entry(END, Deed.LEFT)])
        assert (await check_log(session, KEY)).fault == ""
    await store.close()


async def test_a_service_that_was_only_started_is_no_obstacle(databases: Databases, tmp_path: Path) -> None:
    source = await databases.with_tables("sqlite")
    before = await full(source)
    await save(source, tmp_path / "av1.zip")
    other = await databases.with_tables("sqlite")
    await put_back(other, tmp_path / "av1.zip")
    assert await rows(other) == before


async def test_nothing_is_overwritten_unasked_and_what_was_there_is_kept(
    place: Place, databases: Databases, kind: str, tmp_path: Path
) -> None:
    before = await full(place)
    file = tmp_path / "av1.zip"
    await save(place, file)
    other = await databases.with_tables(kind)
    store = await other.open()
    async with store.write() as session:
        await append(session, KEY, [Entry(NOW, Deed.REFUSED)])
    await store.close()
    (other.directory / "code-123456").write_text("a link")
    was = await rows(other)
    with pytest.raises(BackupError, match=r"already \(2 rows\).*--replace"):
        await put_back(other, file)
    assert await rows(other) == was
    done = await put_back(other, file, replace=True)
    assert await rows(other) == before
    assert [path.name for path in secret_files(other.directory)] == ["link-key", "log-key"]
    assert done.kept == tmp_path / "av1.zip.before-20261128T100000Z"
    third = await databases.empty(kind)
    await put_back(third, done.kept)
    assert await rows(third) == was
    assert (third.directory / "code-123456").read_text() == "a link"


async def test_another_secret_is_not_overwritten_unasked(databases: Databases, tmp_path: Path) -> None:
    source = await databases.with_tables("sqlite")
    (source.directory / "link-key").write_text("the links' key")
    await save(source, tmp_path / "av1.zip")
    other = await databases.empty("sqlite")
    (other.directory / "link-key").write_text("another")
    with pytest.raises(BackupError, match=r"link-key is another one than in the backup"):
        await put_back(other, tmp_path / "av1.zip")
    assert (other.directory / "link-key").read_text() == "another"


async def test_a_backup_does_not_overwrite_and_leaves_no_half(databases: Databases, tmp_path: Path) -> None:
    place = await databases.with_tables("sqlite")
    (tmp_path / "there.zip").write_text("mine")
    with pytest.raises(BackupError, match=r"there\.zip is there already"):
        await save(place, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_text() == "mine"
    with pytest.raises(BackupError, match="cannot be written: No such file"):
        await save(place, tmp_path / "no" / "dir.zip")
    (place.directory / "film.bin").write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(BackupError, match=r"film\.bin has 1048577 bytes and is no file of this service"):
        await save(place, tmp_path / "new.zip")
    assert os.listdir(tmp_path) == ["there.zip"]


def rewritten(source: Path, target: Path, **parts: bytes | None) -> Path:
    """A copy with other parts; None leaves one out. Keys are names with __ for / and no ending."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            key = name.replace("/", "__").partition(".")[0].replace("-", "_")
            data = parts.get(key, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


async def test_a_damaged_backup_changes_nothing(databases: Databases, tmp_path: Path) -> None:
    source = await databases.with_tables("sqlite")
    await full(source)
    file = tmp_path / "av1.zip"
    await save(source, file)
    manifest = zipfile.ZipFile(file).read(MANIFEST)
    (tmp_path / "text.zip").write_text("hello")
    (tmp_path / "half.zip").write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    twice = zipfile.ZipFile(file).read("tables/sites.jsonl") * 2
    cases = (
        (tmp_path / "not-here.zip", "does not exist"),
        (tmp_path / "text.zip", "no backup of this service, or its end is missing"),
        (tmp_path / "half.zip", "no backup of this service, or its end is missing"),
        (rewritten(file, tmp_path / "1.zip", tables__people=b""), r"tables/people\.jsonl is not as it was written"),
        (rewritten(file, tmp_path / "2.zip", tables__sites=twice), r"tables/sites\.jsonl is not as it was written"),
        (rewritten(file, tmp_path / "3.zip", manifest=None), "damaged"),
        (rewritten(file, tmp_path / "4.zip", data__log_key=None), "log-key"),
        (rewritten(file, tmp_path / "5.zip", manifest=b"{}"), "not as this program writes it"),
        (
            rewritten(file, tmp_path / "6.zip", manifest=manifest.replace(b'"format": 1', b'"format": 2')),
            "of format 2, this program reads 1",
        ),
        (
            rewritten(file, tmp_path / "7.zip", manifest=manifest.replace(f'"{HEAD}"'.encode(), b'"0042"')),
            "version 0042, which this program does not know",
        ),
        (
            rewritten(file, tmp_path / "8.zip", manifest=manifest.replace(b'"log-key"', b'"../log-key"')),
            r"names a file '\.\./log-key'",
        ),
        (
            rewritten(file, tmp_path / "9.zip", manifest=manifest.replace(b'"sites"', b'"sites; DROP"')),
            "has no table sites; DROP",
        ),
    )
    other = await databases.empty("sqlite")
    for path, words in cases:
        with pytest.raises(BackupError, match=words):
            await put_back(other, path, replace=True)
    assert [path.name for path in other.directory.iterdir() if path.name != FILE] == ["log-key"]
    assert not any(path.stat().st_size for path in other.directory.iterdir() if path.name.startswith(FILE))


async def test_rows_that_do_not_fit_together_leave_the_database_as_it_was(
    databases: Databases, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await databases.with_tables("sqlite")
    await full(source)
    file = tmp_path / "av1.zip"
    await save(source, file)
    bad = rewritten(file, tmp_path / "bad.zip", tables__sites=b"")
    monkeypatch.setattr(backups, "_check", lambda *_: None)  # as if the sums had been written anew, too
    other = await databases.with_tables(kind)
    was = await rows(other)
    with pytest.raises(BackupError, match="0 rows of sites, not 2"):
        await put_back(other, bad)
    orphans = rewritten(
        file,
        tmp_path / "orphans.zip",
        tables__course_sites=zipfile.ZipFile(file).read("tables/course_sites.jsonl").replace(b'"rodoy"', b'"nowhere"'),
    )
    with pytest.raises(BackupError, match=r"(?i)does not fit together: .*foreign key"):
        await put_back(other, orphans)
    assert await rows(other) == was


async def test_a_backup_of_an_older_version_is_brought_up_to_date(
    databases: Databases, kind: str, tmp_path: Path
) -> None:
    old = await databases.empty(kind)
    store = Store(engine_for(old.directory, old.address), KEY)
    async with store.connection() as connection:
        await migrate(connection, KEY, REVISIONS[0])
        await connection.execute(
            text("INSERT INTO sites (id, name, municipality, telephone) VALUES ('vefsn', 'Huset', 'Vefsn', '')")
        )
    await backup(store, old.directory, tmp_path / "old.zip", NOW)
    await store.close()
    other = await databases.with_tables("sqlite")
    done = await put_back(other, tmp_path / "old.zip")
    assert (done.manifest.revision, done.fault) == ("0001", "")
    found = await rows(other)
    assert [site["name"] for site in found["sites"]] == ["Huset"]
    assert len(found["access_log_head"]) == 1
    assert (other.directory / "log-key").read_text() == SECRET
    upgraded = await rows(old)  # the database itself, too, the next time that it is opened
    assert upgraded["sites"] == found["sites"]
