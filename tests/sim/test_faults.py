"""The model of what can go wrong: one list of names, ranges and defaults for page, API, scenario and documentation."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from hardware_sim.bus.body import Body
from hardware_sim.bus.noise import Noise
from hardware_sim.bus.plug import Plug
from hardware_sim.fault_desk import FaultDesk
from hardware_sim.faults import IN_ORDER, Faults, LineProfile, SwitchError, refusal
from hardware_sim.line.control import Control, ControlSocket
from hardware_sim.line.ends import End
from hardware_sim.line.link import Link
from hardware_sim.line.profiles import PROFILES
from hardware_sim.line_switch import LineSwitch
from hardware_sim.many import MOST, simulate_many
from hardware_sim.settings import SimSettings
from hardware_sim.sound.server import SoundServer
from protocol.errors import SettingsError

ROOT = Path(__file__).parents[2]


def test_a_wish_changes_what_it_names_and_nothing_else() -> None:
    before = IN_ORDER.merged(Faults(camera="frozen", late_ms=20))
    after = before.merged(Faults(late_ms=0, unplugged=True, button="long"))
    assert after.unlike(IN_ORDER) == {"camera": "frozen", "unplugged": True}, "a press is over when it is done"
    assert after.merged(Faults()) == after


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ('{"camra": "gone"}', "Unknown switch 'camra'; known: silent_pan"),
        ('{"camera": "broken"}', "camera is 'broken': input should be 'works', 'frozen', 'gone' or 'slow'."),
        ('{"corrupt_rate": 1.5}', "corrupt_rate is 1.5: input should be less than or equal to 1."),
        ('{"late_ms": -1}', "late_ms is -1: input should be greater than or equal to 0."),
        ('{"unplugged": 1}', "unplugged is 1: input should be a valid boolean."),
        ('{"supply_v": NaN}', "supply_v is nan: input should be a finite number."),
        ('{"line": "fast"}', "line is 'fast'"),
        ("[]", "the request: "),
    ],
)
def test_a_wrong_wish_is_refused_with_key_value_and_limit(wish: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Faults.model_validate_json(wish)
    assert words in refusal(caught.value, Faults)


def test_the_page_has_a_switch_for_everything_and_the_documentation_a_row() -> None:
    page = (ROOT / "hardware_sim" / "page" / "index.html").read_text()
    switches = re.findall(r'data-fault="(\w+)"', page)
    assert sorted(switches) == sorted(Faults.model_fields.keys() - {"button"})
    assert set(re.findall(r'data-press="(\w+)"', page)) == {"short", "long", "very_long"}
    switches_table = (ROOT / "docs" / "break-it.md").read_text().split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", switches_table, re.MULTILINE)
    assert sorted(rows) == sorted(Faults.model_fields)


def test_the_lines_of_the_switch_are_those_of_av1_sim_line() -> None:
    assert set(get_args(LineProfile)) == set(PROFILES)


def test_the_same_seed_spoils_the_same_bytes_however_they_come() -> None:
    data = bytes(range(256)) * 40
    whole = Noise(0.05, "7 in").spoil(data)
    pieces = Noise(0.05, "7 in")
    assert b"".join(pieces.spoil(data[at : at + 13]) for at in range(0, len(data), 13)) == whole
    wrong = [(a ^ b) for a, b in zip(data, whole, strict=True) if a != b]
    assert 0.03 < len(wrong) / len(data) < 0.07
    assert all(bits.bit_count() == 1 for bits in wrong)
    assert Noise(0.05, "8 in").spoil(data) != whole
    assert Noise(0.0, "7 in").spoil(data) == data
    assert Noise(1.0, "7 in").spoil(data).count(data[:8]) == 0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FaultDesk]:
    """A robot without a picture, and a line that carries nothing but can be told what to be."""
    link = Link(End("near", "", -1, -1), End("far", "", -1, -1), PROFILES["clean"], seed=1)
    control = Control(link)
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: ControlSocket(control), str(tmp_path / "line"))
    body = Body()
    plug = Plug(body.handle, tmp_path / "servos")
    sound = SoundServer(tmp_path / "sound", body.pose)
    yield FaultDesk(body, plug, None, sound, LineSwitch(tmp_path / "line"))
    plug.close()
    server.close()


async def test_a_line_that_runs_becomes_what_the_switch_says(desk: FaultDesk) -> None:
    assert (await desk.change(Faults(line="edge"))).line == "edge"
    assert (await desk.clear()).line == "clean"


async def test_a_battery_that_empties_is_told_as_it_is_and_put_back(desk: FaultDesk) -> None:
    await desk.change(Faults(battery_pace=100, battery_percent=50))
    async with asyncio.timeout(20):
        while desk.faults.battery_percent == 50:
            await asyncio.sleep(0.05)
    held = await desk.change(Faults(battery_percent=50, battery_pace=0))
    assert held == IN_ORDER.merged(Faults(battery_percent=50)), "though that was wished before"
    assert desk._body.state().battery_percent == 50
    await desk.change(Faults(battery_pace=100))
    assert (await desk.clear()) == IN_ORDER
    assert desk._body.state().battery_percent == IN_ORDER.battery_percent


async def test_without_a_line_its_switch_says_how_to_get_one(desk: FaultDesk, tmp_path: Path) -> None:
    desk._line = LineSwitch(None)
    with pytest.raises(SwitchError, match="start one with `av1-sim line --control SOCKET`"):
        await desk.change(Faults(line="edge"))
    desk._line = LineSwitch(tmp_path / "nobody")
    with pytest.raises(SwitchError, match=r"no line answers at .*nobody"):
        await desk.change(Faults(line="edge"))
    assert desk.faults == IN_ORDER


async def test_a_robot_without_a_picture_has_no_camera_to_break(desk: FaultDesk) -> None:
    with pytest.raises(SwitchError, match="camera: this robot has no picture"):
        await desk.change(Faults(camera="gone"))


async def test_a_cable_whose_name_was_taken_meanwhile_stays_out(desk: FaultDesk, tmp_path: Path) -> None:
    await desk.change(Faults(unplugged=True))
    (tmp_path / "servos").write_text("mine")
    with pytest.raises(SwitchError, match="unplugged: the cable cannot be put back"):
        await desk.change(Faults(unplugged=False, late_ms=5))
    assert desk.faults.unlike(IN_ORDER) == {"unplugged": True, "late_ms": 5}
    (tmp_path / "servos").unlink()
    assert (await desk.clear()) == IN_ORDER


@pytest.mark.parametrize("count", [0, MOST + 1])
async def test_too_many_robots_are_refused_with_the_limit(count: int) -> None:
    with pytest.raises(SettingsError, match=f"--robots is {count}: from 1 to {MOST}"):
        await simulate_many(SimSettings(), count, lambda _: None)
