"""One-time keys: made, spent once, too old, guessed, asked for too often; and the command that shows them."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import aiohttp
import cv2
import numpy as np
import pytest
import zxingcpp

from protocol.pairing import PAIR_PATH, Paired, PairingCode, PairingRefused, PairingRequest
from protocol.settings_file import load_settings
from remote_app.cli import main
from remote_app.data_directory import DataDirectory
from remote_app.pairing import LIFETIME_S, REPEAT_S, TRIES_AT_ONCE, PairingDesk, new_key
from remote_app.settings import AppSettings
from remote_app.store import courses
from remote_app.store.service import open_store
from tests.app.conftest import Service

NOW_S = 1_800_000_000.0
CLAIM = "c" * 22
OTHER_CLAIM = "o" * 22
ROBOTS = {"vefsn": "mqtt://vefsn:secret@127.0.0.1:1883", "bronnoy": "mqtt://bronnoy:other@127.0.0.1:1883"}


class Clock:
    """A clock that a test sets."""

    now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


def wish(robot: str, key: str, claim: str = CLAIM) -> PairingRequest:
    return PairingRequest(robot=robot, key=key, claim=claim)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path / "data")


@pytest.fixture
def desk(data: DataDirectory, clock: Clock) -> PairingDesk:
    return PairingDesk(data, ROBOTS, listens_everywhere=False, clock=clock)


async def test_a_key_is_good_once_for_one_robot(desk: PairingDesk, data: DataDirectory, tmp_path: Path) -> None:
    key = new_key(data, "vefsn", NOW_S)
    assert key not in (tmp_path / "data" / "pairing-vefsn.json").read_text()
    for robot in ("bronnoy", "unknown"):
        assert await desk.spend(wish(robot, key), "h") == PairingRefused(fault="wrong")
    robots = [wish("vefsn", key, f"{number:022}") for number in range(5)]
    answers = await asyncio.gather(*(desk.spend(robot, "h") for robot in robots))
    assert answers.count(PairingRefused(fault="used")) == 4
    assert Paired(mqtt_url=ROBOTS["vefsn"]) in answers


async def test_the_robot_that_spent_a_key_gets_its_answer_again_and_no_other_does(
    desk: PairingDesk, data: DataDirectory, clock: Clock, tmp_path: Path
) -> None:
    key = new_key(data, "vefsn", NOW_S)
    clock.now_s += LIFETIME_S - 1
    first = await desk.spend(wish("vefsn", key), "h")
    assert first == Paired(mqtt_url=ROBOTS["vefsn"])
    clock.now_s += REPEAT_S - 1
    assert await desk.spend(wish("vefsn", key), "h") == first, "though the key itself is too old by now"
    assert await desk.spend(wish("vefsn", key, OTHER_CLAIM), "h") == PairingRefused(fault="used")
    node = PairingDesk(data, ROBOTS, listens_everywhere=False, clock=clock)
    assert await node.spend(wish("vefsn", key), "h") == first, "of a service that was started again, too"
    clock.now_s += 1
    assert await desk.spend(wish("vefsn", key), "h") == PairingRefused(fault="used")
    for file in (tmp_path / "data").glob("pairing-*"):
        assert CLAIM not in file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600


async def test_a_new_key_leaves_nothing_of_the_one_before(
    desk: PairingDesk, data: DataDirectory, tmp_path: Path
) -> None:
    old = new_key(data, "vefsn", NOW_S)
    assert isinstance(await desk.spend(wish("vefsn", old), "h"), Paired)
    assert len(list((tmp_path / "data").glob("pairing-vefsn*"))) == 2
    new = new_key(data, "vefsn", NOW_S)
    assert len(list((tmp_path / "data").glob("pairing-vefsn*"))) == 1
    assert await desk.spend(wish("vefsn", old), "h") == PairingRefused(fault="wrong")
    assert isinstance(await desk.spend(wish("vefsn", new, OTHER_CLAIM), "h"), Paired)


async def test_a_wrong_key_does_not_spend_the_right_one(desk: PairingDesk, data: DataDirectory) -> None:
    key = new_key(data, "vefsn", NOW_S)
    assert await desk.spend(wish("vefsn", "x" * 22), "h") == PairingRefused(fault="wrong")
    assert isinstance(await desk.spend(wish("vefsn", key), "h"), Paired)


async def test_a_key_gets_too_old_and_a_new_one_replaces_it(
    desk: PairingDesk, data: DataDirectory, clock: Clock
) -> None:
    old = new_key(data, "vefsn", NOW_S)
    clock.now_s += LIFETIME_S
    assert await desk.spend(wish("vefsn", old), "h") == PairingRefused(fault="expired")
    new = new_key(data, "vefsn", clock.now_s)
    assert await desk.spend(wish("vefsn", old), "h") == PairingRefused(fault="wrong")
    assert isinstance(await desk.spend(wish("vefsn", new), "h"), Paired)


async def test_a_broker_that_listens_everywhere_is_where_the_robot_found_the_service(
    data: DataDirectory, clock: Clock
) -> None:
    desk = PairingDesk(data, ROBOTS, listens_everywhere=True, clock=clock)
    key = new_key(data, "vefsn", NOW_S)
    answer = await desk.spend(wish("vefsn", key), "192.0.2.7")
    assert answer == Paired(mqtt_url="mqtt://vefsn:secret@192.0.2.7:1883")


async def test_over_http_everything_else_is_refused_and_too_much_too(service: Service) -> None:
    url = service.where.http + PAIR_PATH
    bad: list[bytes] = [b"", b"{}", b"[" * 300, b"\xff", b'{"robot":"vefsn","key":"short"}', b"x" * 4000]
    statuses = []
    for body in bad:
        async with service.http.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
            statuses.append(answer.status)
    assert statuses == [403] * len(bad)
    async with service.http.post(url, data={"robot": "vefsn"}) as answer:
        assert answer.status == 403
    fast = await asyncio.gather(*(_status(service.http, url) for _ in range(3 * TRIES_AT_ONCE)))
    assert set(fast) == {403, 429}
    assert await _status(service.http, url, "192.0.2.1, 198.51.100.7") == 403, "somebody else behind the same proxy"


async def _status(http: aiohttp.ClientSession, url: str, behind_proxy: str = "") -> int:
    headers = {"X-Forwarded-For": behind_proxy} if behind_proxy else {}
    async with http.post(url, headers=headers, json={"robot": "vefsn", "key": "x" * 22, "claim": CLAIM}) as answer:
        return answer.status


def config(directory: Path) -> str:
    file = directory / "app.toml"
    file.write_text(
        f'[http]\npublic_url = "https://robot.example.org"\n[data]\ndirectory = "{directory / "data"}"\n'
        '[[robots]]\nid = "vefsn"\nplace = "Vefsn"\n'
    )
    return str(file)


def read(grey: np.ndarray) -> PairingCode:
    """The one code in a picture."""
    (found,) = zxingcpp.read_barcodes(np.ascontiguousarray(grey))
    return PairingCode.from_text(found.text)


def test_the_picture_of_the_command_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    password, out = tmp_path / "password", tmp_path / "code.png"
    password.write_text("hemmelig1\n")
    options = ["--wifi-name", "Kurs", "--wifi-password-file", str(password), "--output", str(out)]
    assert main(["--config", config(tmp_path), "pair", "--robot", "vefsn", *options]) == 0
    code = read(np.asarray(cv2.imread(str(out), cv2.IMREAD_GRAYSCALE)))
    assert (code.service, code.robot) == ("https://robot.example.org", "vefsn")
    assert code.wifi is not None
    assert code.wifi.password is not None
    assert code.wifi.password.get_secret_value() == "hemmelig1"
    assert out.stat().st_mode & 0o777 == 0o600
    assert "hemmelig1" not in (said := capsys.readouterr().out)
    assert code.key.get_secret_value() not in said


def test_the_blocks_in_the_terminal_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", config(tmp_path), "pair", "--robot", "vefsn"]) == 0
    rows: list[list[int]] = []
    for line in io.StringIO(capsys.readouterr().out):
        if set(line.strip("\n")) <= set("█▀▄ ") and line.strip("\n"):
            rows.append([255 * (c in "█▀") for c in line.strip("\n")])
            rows.append([255 * (c in "█▄") for c in line.strip("\n")])
    assert read(np.kron(np.array(rows, np.uint8), np.ones((6, 6), np.uint8))).robot == "vefsn"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--robot", "nobody"], "nobody"),
        (["--robot", "vefsn", "--address", "ftp://x"], "address"),
        (["--robot", "vefsn", "--wifi-password-file", "-"], "--wifi-name"),
        (["--robot", "vefsn", "--wifi-name", "x" * 33], "--wifi-name"),
        (["--robot", "vefsn", "--output", "code.pdf"], ".png"),
    ],
)
def test_what_cannot_be_is_told_and_makes_no_key(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", config(tmp_path), "pair", *options]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_a_robot_that_only_the_store_knows_is_paired_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path)
    asyncio.run(_put_robot(Path(file), "rodoy"))
    for command in ("pair", "link"):
        options = ["--seat", "a", "--name", "Kari"] if command == "link" else []
        assert main(["--config", file, command, "--robot", "rodoy", *options]) == 0
    capsys.readouterr()
    assert main(["--config", file, "pair", "--robot", "nobody"]) == 2
    assert "known robots: vefsn, rodoy" in capsys.readouterr().err


async def _put_robot(file: Path, robot: str) -> None:
    store = await open_store(load_settings(AppSettings, file, {}))
    try:
        async with store.write() as session:
            await courses.put_site(session, "rodoy", "Helsesenteret", "Rødøy")
            await courses.put_robot(session, robot, "rodoy", "Stua")
    finally:
        await store.close()
