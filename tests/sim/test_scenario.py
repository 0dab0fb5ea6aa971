"""Faults by the clock: what a file may say, and that it is done in order, once, and can be stopped."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hardware_sim.faults import Faults, SwitchError
from hardware_sim.room.director import Director, RoomWish
from hardware_sim.scenario import Player, Scenario, load_scenario, parse_scenario
from protocol.errors import SettingsError

TIMEOUT_S = 20.0
EVENING = """\
seed = 7
[[step]]
at = 0
set = { camera = "frozen", late_ms = 20 }
[[step]]
at = 0.02
clear = true
set = { battery_percent = 9 }
"""


def written(directory: Path, text: str) -> Path:
    file = directory / "evening.toml"
    file.write_text(text)
    return file


def test_a_file_is_read(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, EVENING))
    assert scenario.seed == 7
    assert [step.words for step in scenario.step] == ["camera=frozen, late_ms=20.0", "clear, battery_percent=9"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[step]]\nat = 1\nset = { camra = "gone" }', "unknown setting 'step.0.set.camra'"),
        ('[[step]]\nat = 1\nset = { camera = "broken" }', "'step.0.set.camera' in .* is 'broken'"),
        ("[[step]]\nat = 1\nset = { late_ms = 5000 }", "'step.0.set.late_ms' in .* is 5000: .* 1000"),
        ("[[step]]\nat = -1\nclear = true", "'step.0.at' in .* is -1: .* 0"),
        ("[[step]]\nclear = true", "'step.0.at' is missing"),
        ('[[step]]\nat = 1\nroom = { light = "noon" }', "'step.0.room.light' in .* is 'noon': .*'dusk'"),
        ("[[step]]\nat = 1", "does nothing; give it set"),
        ("[[step]]\nat = 1\nwait = 2\nclear = true", "unknown setting 'step.0.wait'"),
        ("sed = 1\n[[step]]\nat = 1\nclear = true", "unknown setting 'sed'"),
        ("seed = 1", "'step' is missing"),
        ("step = []", "'step' in"),
        ("at = = 1", "is not valid TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_scenario(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"scenario nowhere\.toml is not a file; name one with --scenario"):
        load_scenario(Path("nowhere.toml"))


class Switches:
    """Remembers what was thrown; a button that is held down cannot be pressed."""

    def __init__(self) -> None:
        self.thrown: list[str | dict[str, object]] = []
        self.news = asyncio.Event()

    async def change(self, wish: Faults) -> Faults:
        if wish.button is not None:
            raise SwitchError("button: it is still pressed; wait until it is up")
        self._note({name: getattr(wish, name) for name in sorted(wish.model_fields_set)})
        return wish

    async def clear(self) -> Faults:
        self._note("clear")
        return Faults()

    def _note(self, what: str | dict[str, object]) -> None:
        self.thrown.append(what)
        self.news.set()

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while not look():
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def playing(switches: Switches, director: Director | None = None) -> AsyncIterator[Player]:
    player = Player(switches, director or Director())
    running = asyncio.create_task(player.run())
    try:
        yield player
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def steps(*given: dict[str, object]) -> Scenario:
    return parse_scenario({"seed": 7, "step": list(given)})


async def test_it_is_done_in_the_order_of_the_times_and_says_how_far_it_is() -> None:
    switches = Switches()
    late, early = {"at": 0.05, "clear": True, "set": {"late_ms": 3}}, {"at": 0, "set": {"camera": "gone"}}
    async with playing(switches) as player:
        assert player.progress is None
        begun = player.start(steps(late, early), "evening.toml")
        assert (begun.running, begun.done, begun.steps) == (True, 0, 2)
        await switches.until(lambda: player.progress is not None and not player.progress.running)
    assert switches.thrown == [{"seed": 7}, {"camera": "gone"}, "clear", {"seed": 7}, {"late_ms": 3}]
    assert player.progress is not None
    assert (player.progress.done, player.progress.last, player.progress.failed) == (2, "clear, late_ms=3.0", ())


async def test_the_room_has_its_steps_too() -> None:
    switches, director = Switches(), Director()
    given = (
        {"at": 0, "room": {"light": "dusk", "speaker": "liv"}},
        {"at": 0.02, "clear": True, "room": {"slide": "3"}},
    )
    assert [step.words for step in steps(*given).step] == ["room.light=dusk, room.speaker=liv", "clear, room.slide=3"]
    async with playing(switches, director) as player:
        player.start(steps(given[0]), "evening")
        await switches.until(lambda: player.progress is not None and not player.progress.running)
        assert director.wish == RoomWish(light="dusk", speaker="liv")
        player.start(steps(*given), "evening")
        await switches.until(lambda: player.progress is not None and not player.progress.running)
    assert director.wish == RoomWish(slide="3"), "clear is an ordinary day again"


async def test_a_step_that_cannot_be_done_is_told_and_the_others_are_done() -> None:
    switches = Switches()
    async with playing(switches) as player:
        player.start(steps({"at": 0, "set": {"button": "short"}}, {"at": 0, "set": {"charging": True}}), "x")
        await switches.until(lambda: player.progress is not None and not player.progress.running)
    assert switches.thrown == [{"seed": 7}, {"charging": True}]
    assert player.progress is not None
    assert player.progress.failed == ("step 1: button: it is still pressed; wait until it is up",)


async def test_it_can_be_stopped_and_another_takes_its_place() -> None:
    switches = Switches()
    async with playing(switches) as player:
        player.start(steps({"at": 0, "set": {"late_ms": 1}}, {"at": 3600, "clear": True}), "long")
        await switches.until(lambda: {"late_ms": 1.0} in switches.thrown)
        assert player.progress is not None
        await switches.until(lambda: player.progress is not None and player.progress.next == "clear")
        player.start(steps({"at": 0, "set": {"late_ms": 2}}, {"at": 3600, "clear": True}), "other")
        await switches.until(lambda: {"late_ms": 2.0} in switches.thrown)
        player.stop()
        assert player.progress.name == "other"
        assert not player.progress.running
        assert "clear" not in switches.thrown
