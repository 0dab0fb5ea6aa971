"""Placing the robot: a leader turns the head while nobody is inside, and the places are kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protocol import topics
from protocol.commands import (
    Done,
    LeaderAction,
    LookApplied,
    LookAt,
    PlacesApplied,
    Refusal,
    Refused,
    RemovePlace,
    SavePlace,
)
from protocol.state import MOST_PLACES, HeadPlace
from robot_agent import placing as placing_module
from robot_agent.placing import NAME, Placing
from tests.agent.body import Desk, Simulator
from tests.agent.test_robot import answer_to, body, in_the_room, turned

BOARD, GROUP = HeadPlace(name="Tavla", pan_deg=-30, tilt_deg=5), HeadPlace(name="Gruppa", pan_deg=40, tilt_deg=-10)


class Head:
    """Looks where it is told to at once."""

    def __init__(self) -> None:
        self.pose: Any = SimpleNamespace(pan_deg=0.0, tilt_deg=-20.0)
        self.rested = asyncio.Event()

    def look_at(self, pan_deg: float, tilt_deg: float) -> tuple[float, float]:
        self.pose = SimpleNamespace(pan_deg=pan_deg, tilt_deg=min(tilt_deg, 40.0))
        return pan_deg, self.pose.tilt_deg

    def rest(self) -> None:
        self.rested.set()


class Robot:
    """Places in a directory, a head, and what was told."""

    def __init__(self, directory: Path) -> None:
        self.head = Head()
        self.held = self.private = False
        self.told = 0
        self.placing = Placing(
            cast("Any", self.head), directory, lambda: self.held, lambda: self.private, changed=self._changed
        )

    def _changed(self) -> None:
        self.told += 1

    async def save(self, place: HeadPlace) -> PlacesApplied | Refusal:
        self.head.look_at(place.pan_deg, place.tilt_deg)
        return await self.placing.save(SavePlace(name=place.name))


async def test_a_place_is_where_the_head_looks_and_outlives_the_robots_life(tmp_path: Path) -> None:
    robot = Robot(tmp_path / "data")
    assert robot.placing.look_at(LookAt(pan_deg=-30, tilt_deg=5)) == LookApplied(pan_deg=-30, tilt_deg=5)
    assert await robot.placing.save(SavePlace(name="Tavla")) == PlacesApplied(places=(BOARD,))
    robot.placing.leave_head()
    await robot.save(GROUP)
    assert (robot.told, Robot(tmp_path / "data").placing.places) == (3, (BOARD, GROUP))


async def test_a_name_that_is_saved_again_keeps_its_place_in_the_row_and_one_that_was_removed_comes_back(
    tmp_path: Path,
) -> None:
    robot = Robot(tmp_path)
    await robot.save(BOARD)
    await robot.save(GROUP)
    elsewhere = HeadPlace(name="Tavla", pan_deg=-60, tilt_deg=0)
    assert await robot.save(elsewhere) == PlacesApplied(places=(elsewhere, GROUP))
    assert await robot.placing.remove(RemovePlace(name="Tavla")) == PlacesApplied(places=(GROUP,))
    assert await robot.placing.remove(RemovePlace(name="Tavla")) == PlacesApplied(places=(GROUP,))
    assert await robot.save(elsewhere) == PlacesApplied(places=(GROUP, elsewhere))
    assert robot.told == 5, "nothing is told of what changed nothing"


async def test_the_rooms_volume_is_kept_beside_the_places(tmp_path: Path) -> None:
    robot = Robot(tmp_path)
    assert robot.placing.volume_percent == 100
    await robot.placing.keep_volume(60)
    await robot.save(BOARD)
    again = Robot(tmp_path).placing
    assert (again.volume_percent, again.places) == (60, (BOARD,))
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    full = Robot(in_the_way / "data").placing
    await full.keep_volume(80)
    assert full.volume_percent == 80, "it holds until the end"


async def test_there_is_room_for_so_many_and_nothing_is_lost(tmp_path: Path) -> None:
    robot = Robot(tmp_path)
    for number in range(MOST_PLACES):
        await robot.save(HeadPlace(name=f"Sted {number}", pan_deg=number, tilt_deg=0))
    assert await robot.save(BOARD) is Refusal.FULL
    assert len(Robot(tmp_path).placing.places) == MOST_PLACES
    moved = HeadPlace(name="Sted 0", pan_deg=90, tilt_deg=0)
    assert await robot.save(moved) == PlacesApplied(places=(moved, *robot.placing.places[1:]))


async def test_the_head_is_the_persons_while_somebody_is_inside_and_nobodys_in_private(tmp_path: Path) -> None:
    robot = Robot(tmp_path)
    robot.held = True
    assert robot.placing.look_at(LookAt(pan_deg=9, tilt_deg=0)) is Refusal.NOT_STEERING
    robot.held, robot.private = False, True
    assert robot.placing.look_at(LookAt(pan_deg=9, tilt_deg=0)) is Refusal.PRIVATE
    assert robot.head.pose.pan_deg == 0


async def test_the_head_goes_to_rest_when_the_leader_asks_for_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing_module, "REST_AFTER_S", 0.01)
    robot = Robot(tmp_path)
    robot.placing.look_at(LookAt(pan_deg=9, tilt_deg=0))
    async with asyncio.timeout(10):
        await robot.head.rested.wait()
    robot.head.rested.clear()
    robot.placing.look_at(LookAt(pan_deg=9, tilt_deg=0))
    robot.placing.leave_head()  # somebody came in
    await asyncio.sleep(0.05)
    assert not robot.head.rested.is_set()


async def test_without_a_pose_there_is_no_place_and_a_disk_that_says_no_is_told(tmp_path: Path) -> None:
    robot = Robot(tmp_path)
    robot.head.pose = None
    assert await robot.placing.save(SavePlace(name="Tavla")) is Refusal.PART_BROKEN
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    full = Robot(in_the_way / "data")
    assert await full.save(BOARD) is Refusal.PART_BROKEN
    assert (full.placing.places, full.told) == ((), 0)


def test_a_damaged_file_is_put_aside_and_the_robot_starts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / NAME).write_text('{"places": [{"name": ""}]}')
    assert Placing(cast("Any", Head()), tmp_path, bool, bool, lambda: None).places == ()
    assert [file.name for file in tmp_path.iterdir()] == ["places.damaged"]
    assert "save them again" in caplog.text


async def led(desk: Desk, action: LeaderAction) -> Done | Refused:
    command = desk.lead(action, None)
    await desk.send(topics.COMMAND, command)
    return await desk.until(lambda: answer_to(desk, command.id), action.type)


async def test_a_leader_places_the_robot_before_anybody_is_inside(desk: Desk, simulator: Simulator) -> None:
    turned_to = await led(desk, LookAt(pan_deg=25, tilt_deg=10))
    assert isinstance(turned_to, Done)
    await body(simulator, lambda s: abs(s["pan_deg"] - 25) < 1 and abs(s["tilt_deg"] - 10) < 1, "the head to turn")
    seen = await asyncio.to_thread(simulator.state)
    assert (seen["camera_open"], seen["eyes"]) == (False, "closed"), "nobody looks"
    await led(desk, SavePlace(name="Tavla"))
    state = await desk.until_state(lambda s: bool(s.places), "the place in the state")
    (place,) = state.places
    assert place.name == "Tavla"
    assert abs(place.pan_deg - 25) < 1
    assert abs(place.tilt_deg - 10) < 1
    async with in_the_room(desk, "kari") as page:
        await page.can_turn()
        await turned(simulator, page, -15)
        refused = await led(desk, LookAt(pan_deg=25, tilt_deg=10))
        assert isinstance(refused, Refused)
        assert refused.reason is Refusal.NOT_STEERING
        await led(desk, SavePlace(name="Gruppa"))
        await desk.until_state(lambda s: [p.name for p in s.places] == ["Tavla", "Gruppa"], "where the person looks")
    for name in ("Tavla", "Gruppa"):
        await led(desk, RemovePlace(name=name))
    await desk.until_state(lambda s: not s.places, "no place")
