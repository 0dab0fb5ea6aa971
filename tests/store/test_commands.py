"""`av1-app backup`, `restore`, `log` and the setting `store.url`: what they print and what they refuse."""

from __future__ import annotations

import asyncio
import logging
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.settings_file import load_settings
from remote_app.cli import main
from remote_app.settings import AppSettings
from remote_app.store.chain import Deed, Entry
from remote_app.store.columns import Base
from remote_app.store.service import in_use, open_store, records
from tests.store.conftest import Databases
from tests.store.postgres import PASSWORD


@pytest.fixture(autouse=True)
def quiet() -> None:
    """What the service logs is no part of what a command prints."""
    logging.getLogger("remote_app").setLevel(logging.NOTSET)


def config(directory: Path, store: str = "") -> Path:
    directory.mkdir(exist_ok=True)
    file = directory / "app.toml"
    file.write_text(f'[data]\ndirectory = "{directory / "data"}"\n{store}', encoding="utf-8")
    return file


async def used(file: Path) -> None:
    """A service that ran with these settings, and in which something happened."""
    async with records(load_settings(AppSettings, file)) as kept:
        kept.log.put(
            Entry(datetime.now(UTC), Deed.ENTERED, robot="vefsn", seat="rodoy", role="patient", link="link-of-kari")
        )
        kept.log.put(Entry(datetime.now(UTC), Deed.REFUSED, detail="expired"))


def test_a_backup_goes_from_one_installation_to_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], databases: Databases
) -> None:
    place = asyncio.run(databases.empty("postgresql"))
    one = config(tmp_path / "one")
    url_file = tmp_path / "store-url"
    url_file.write_text(f"{place.address}\n")
    other = config(tmp_path / "other", f'[store]\nurl_file = "{url_file}"\n')
    asyncio.run(used(one))
    file = tmp_path / "av1.zip"
    assert main(["--config", str(one), "backup", str(file)]) == 0
    assert f"3 rows of {len(Base.metadata.tables)} tables and 1 secret files" in capsys.readouterr().out
    assert main(["--config", str(other), "restore", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["access log: unbroken"]
    assert main(["--config", str(other), "log"]) == 0
    refused, entered = capsys.readouterr().out.splitlines()
    assert refused.endswith("Z refused detail=expired")
    assert entered.endswith("Z entered robot=vefsn seat=rodoy role=patient link=link-of-kari")
    assert main(["log", "--config", str(other), "--check"]) == 0
    assert capsys.readouterr().out.startswith("unbroken, 2 entries; keep this elsewhere to know it again: 2:")
    assert main(["--config", str(other), "restore", str(file)]) == 2
    assert "--replace" in one_line(capsys)
    assert main(["--config", str(other), "restore", "--replace", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(f"what was there before is in {file}.before-")
    assert stat.S_IMODE((tmp_path / "other" / "data").stat().st_mode) == 0o700


def test_a_withdrawal_is_logged_and_made_even_where_it_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    robots = '[[robots]]\nid = "vefsn"\nplace = "Vefsn"\n'
    file = config(tmp_path / "one", robots)
    links = []
    for name in ("Kari", "Ola"):
        assert main(["--config", str(file), "link", "--robot=vefsn", "--seat=rodoy", f"--name={name}"]) == 0
        links.append(capsys.readouterr().out.splitlines()[0])
    assert main(["--config", str(file), "withdraw", links[0]]) == 0
    assert capsys.readouterr().out == "withdrawn: Kari, seat rodoy at vefsn\n"
    assert main(["--config", str(file), "log"]) == 0
    entry = capsys.readouterr().out
    assert re.fullmatch(r"1 \S+Z withdrawn robot=vefsn seat=rodoy role=patient link=[\w-]{12}\n", entry)
    assert main(["--config", str(file), "link", "--role=leader", "--name=Ane"]) == 0
    assert main(["--config", str(file), "withdraw", capsys.readouterr().out]) == 0
    assert capsys.readouterr().out == "withdrawn: Ane, leader of every robot\n"
    config(tmp_path / "one", f'{robots}[store]\nurl = "postgresql://av1:{PASSWORD}@127.0.0.1:9/av1"\n')
    assert main(["--config", str(file), "withdraw", links[1]]) == 0
    out = capsys.readouterr().out
    assert out.startswith("withdrawn: Ola, seat rodoy at vefsn (not in the access log: the database does not answer")
    assert len((tmp_path / "one" / "data" / "withdrawn-links").read_text().split()) == 3


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("av1-app: ")
    assert err.count("\n") == 1
    return err


def test_what_is_refused_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path / "one")
    for arguments, words in (
        (("restore", str(tmp_path / "no.zip")), "no.zip does not exist"),
        (("backup", str(tmp_path / "no" / "av1.zip")), "cannot be written: No such file"),
        (("log", "--limit", "0"), "--limit is 0: it must be 1 to 10000"),
    ):
        assert main(["--config", str(file), *arguments]) == 2
        assert words in one_line(capsys)
    (tmp_path / "one" / "data" / "log-key").write_text("not hex")
    assert main(["--config", str(file), "log"]) == 2
    assert "log-key is not the access log's key" in one_line(capsys)


def test_a_log_that_was_changed_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path / "one")
    asyncio.run(used(file))
    (tmp_path / "one" / "data" / "log-key").write_text("cd" * 32)
    assert main(["--config", str(file), "log", "--check"]) == 2
    assert "changed by somebody else: the log's head is not as it was written, or the key is another" in one_line(
        capsys
    )


async def test_a_restore_waits_for_no_service_and_a_service_for_no_restore(tmp_path: Path) -> None:
    settings = load_settings(AppSettings, config(tmp_path / "one"))
    async with records(settings):
        with pytest.raises(SettingsError, match="stop it first"), in_use(settings.data.directory, alone=True):
            pass
    with in_use(settings.data.directory, alone=True), pytest.raises(SettingsError, match="is being restored"):
        async with records(settings):
            pass
    async with records(settings):
        pass


async def test_a_store_that_does_not_open_is_a_setting(tmp_path: Path) -> None:
    file = config(tmp_path / "one", f'[store]\nurl = "postgresql://av1:{PASSWORD}@127.0.0.1:9/av1"\n')
    with pytest.raises(SettingsError, match=r"database does not answer.*store\.url") as caught:
        await open_store(load_settings(AppSettings, file))
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('url = "mysql://a:secret@h/d"', "is no PostgreSQL address"),
        ('url = "postgresql://a:secret@h"', "names no database"),
        ('url = "postgresql://a:secret@h:secret/d"', "is no database's address"),
        ('url = "postgresql:///d"', "names no host"),
        ('url = "postgresql://a:secret@h/d?secret=1"', "options that are not known; known: host, sslmode"),
        ('url = "postgresql://a:secret@h/d"\nurl_file = "f"', "has both url and url_file"),
        ('uri = "secret"', "unknown setting 'store.uri'"),
    ],
)
def test_a_wrong_address_is_refused_without_showing_it(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(AppSettings, config(tmp_path / "one", f"[store]\n{text}\n"))
    assert "secret" not in str(caught.value)


def test_an_address_comes_from_a_file(tmp_path: Path) -> None:
    file = config(tmp_path / "one", f'[store]\nurl_file = "{tmp_path / "url"}"\n')
    store = load_settings(AppSettings, file).store
    for text, words in ((None, "cannot be read"), ("", "is empty"), ("http://secret/", "is no PostgreSQL address")):
        if text is not None:
            (tmp_path / "url").write_text(text)
        with pytest.raises(SettingsError, match=words) as caught:
            store.address()
        assert "secret" not in str(caught.value)
    (tmp_path / "url").write_text("postgresql://av1@/av1?host=/run/postgresql\n")
    assert store.address() == "postgresql://av1@/av1?host=/run/postgresql"
