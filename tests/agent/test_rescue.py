"""The rescue path at the robot: real agent, body and Mosquitto; no media path ever comes to be."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import aiomqtt
import cv2
import numpy as np
import pytest

from protocol import topics
from protocol.rescue import MAX_STILL_BYTES, RescueFrame, RescueParcel
from protocol.signals import Rescue
from protocol.state import Eyes
from robot_agent.media.blocks import dbfs, silence
from robot_agent.media.libopus import OpusVoiceDecoder
from robot_agent.media.slow_voice import SlowVoice
from robot_agent.media.sound_tap import MicrophoneTap
from robot_agent.media.voice_packet import packet_samples
from robot_agent.rescue import WAITING_SOUNDS, RescuePath
from tests.agent.body import ROBOT, WAIT_S, Desk, Simulator
from tests.agent.rescued import quiet, rescued
from tests.broker import Broker


async def running(desk: Desk, *, on: bool = True) -> None:
    await desk.until_state(lambda s: s.session is not None and s.session.rescue is on, f"rescue {on} in the state")


async def test_pictures_and_sound_go_both_ways_and_stop_when_nobody_asks(
    desk: Desk, simulator: Simulator, shared_broker: Broker
) -> None:
    async with rescued(desk, shared_broker) as far:
        await running(desk)
        await far.until(lambda: len(far.stills) >= 3 and len(far.sounds) >= 20, "pictures and sound")
        assert desk.state is not None
        assert desk.state.eyes is not Eyes.CLOSED, "somebody sees: the eyes say so"
        assert desk.state.quality is None or desk.state.quality.bitrate_bps == 0, "no video is encoded for nobody"
        assert [still.sequence for _, still in far.stills] == list(range(1, len(far.stills) + 1))
        assert all(len(still.body) <= MAX_STILL_BYTES for _, still in far.stills)
        gaps = np.diff([at_s for at_s, _ in far.stills])
        assert np.median(gaps) > 0.35, "two a second at most"
        picture = cv2.imdecode(np.frombuffer(far.stills[-1][1].body, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape in {(360, 640, 3), (270, 480, 3), (180, 320, 3)}
        assert picture.std() > 10, "a room, no grey"
        await far.until(lambda: heard_dbfs(far.sounds) > -60, "somebody in the room to speak: there are pauses")

        await far.speak(1.0)
        await loudest(simulator)

        began_s = time.monotonic()
        assert desk.state.session is not None
        assert desk.state.session.lost_s == 0, "its words keep the seat"
        far.wants = False
        await running(desk, on=False)
        assert time.monotonic() - began_s > 1.5, "three seconds after the last word, which is at most one second old"
        await quiet(far)


def heard_dbfs(sounds: list[RescueFrame]) -> float:
    decoder = OpusVoiceDecoder()
    assert {packet_samples(frame.body) for frame in sounds} == {2880}, "60 ms each"
    assert all(b.sequence > a.sequence for a, b in itertools.pairwise(sounds))
    return dbfs(np.concatenate([decoder.decode(frame.body) for frame in sounds]))


async def loudest(simulator: Simulator) -> None:
    """Until the simulated speaker plays what was said."""
    deadline = time.monotonic() + WAIT_S
    while (await asyncio.to_thread(simulator.state))["speaker_dbfs"] < -30:
        assert time.monotonic() < deadline, "the voice is not heard in the room"
        await asyncio.sleep(0.02)


async def test_a_page_that_needs_it_no_more_ends_it_and_a_stranger_gets_nothing(
    desk: Desk, shared_broker: Broker
) -> None:
    async with rescued(desk, shared_broker) as far:
        await far.until(lambda: len(far.sounds) >= 2, "sound")
        await far.say(on=False, session="another-session")
        await far.say(session="another-session")
        count = len(far.sounds)
        await far.until(lambda: len(far.sounds) >= count + 3, "it to go on, to its own page")
        far.wants = False
        await far.say(on=False)
        await running(desk, on=False)
        await quiet(far)


async def test_nothing_of_it_stays_on_the_broker(desk: Desk, shared_broker: Broker) -> None:
    async with rescued(desk, shared_broker) as far:
        await far.until(lambda: len(far.stills) >= 1 and len(far.sounds) >= 2, "pictures and sound")
        far.wants = False
        await far.say(on=False)
        await running(desk, on=False)
    async with aiomqtt.Client("127.0.0.1", shared_broker.port) as later:
        await later.subscribe("#", 1)
        await later.publish("test/end", b"x", qos=1)
        async with asyncio.timeout(WAIT_S):
            async for message in later.messages:
                assert "/rescue-" not in str(message.topic)
                if str(message.topic) == "test/end":
                    return


class Bench:
    """A rescue with a microphone of its own and a line that can stand still; no camera."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.loop = loop
        self.listening = asyncio.Event()
        self.line = asyncio.Event()
        self.sent: list[RescueFrame] = []
        self.allowed = True
        video = SimpleNamespace(newest=lambda: None)
        sound = SimpleNamespace(subscribe_microphone=self.listen, slow_voice=SlowVoice(), is_open=True)
        self.path = RescuePath(
            cast("Any", video), cast("Any", sound), lambda session: self.allowed, self.send, lambda: None
        )

    def listen(self) -> MicrophoneTap:
        self.ear = MicrophoneTap(self.loop, lambda tap: None)
        self.listening.set()
        return self.ear

    async def send(self, parcel: RescueParcel) -> bool:
        await self.line.wait()
        self.sent.append(parcel.frame)
        return True

    async def hear_room(self, seconds: float) -> None:
        """The room's sound, as fast as it is taken."""
        for _ in range(int(seconds * 100)):
            self.ear.push(silence())
            for _ in range(5):
                await asyncio.sleep(0)

    async def ask(self, session: str = "session-1") -> None:
        self.listening.clear()
        self.path.hear(Rescue(session=session, connection="connection-1", on=True, sent_ms=0))
        async with asyncio.timeout(WAIT_S):
            await self.listening.wait()


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    rescue = Bench()
    task = asyncio.create_task(rescue.path.run())
    try:
        await rescue.ask()
        yield rescue
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not look():
            await asyncio.sleep(0.005)


async def test_sound_that_waits_behind_a_still_comes_late_and_whole_but_never_piles_up() -> None:
    async with bench() as rescue:
        await rescue.hear_room(0.66)
        rescue.line.set()
        await until(lambda: len(rescue.sent) >= 11)
        assert [frame.sequence for frame in rescue.sent] == list(range(1, 12))
        rescue.line.clear()
        await rescue.hear_room(6.0)
        rescue.line.set()
        await until(lambda: rescue.sent[-1].sequence >= 111)
        assert len(rescue.sent) <= 11 + 1 + WAITING_SOUNDS, "the newest second, and what was on the line"


async def test_not_one_more_frame_goes_out_once_it_has_ended() -> None:
    async with bench() as rescue:
        await rescue.hear_room(0.6)
        rescue.path.end()
        rescue.line.set()
        await rescue.hear_room(0.6)
        assert len(rescue.sent) <= 1, "the one that was on the line"


async def test_a_rescue_of_the_same_session_counts_on_and_another_begins_anew() -> None:
    async with bench() as rescue:
        rescue.line.set()
        await rescue.hear_room(0.3)
        await until(lambda: len(rescue.sent) == 5)
        for session, first in (("session-1", 6), ("session-2", 1)):
            rescue.path.end()
            rescue.sent.clear()
            await rescue.ask(session)
            await rescue.hear_room(0.06)
            await until(lambda: len(rescue.sent) == 1)
            assert rescue.sent[0].sequence == first


@pytest.mark.parametrize("junk", [b"", b"\x09session-1", bytes(300)])
async def test_bytes_that_are_no_frame_change_nothing(desk: Desk, shared_broker: Broker, junk: bytes) -> None:
    async with aiomqtt.Client("127.0.0.1", shared_broker.port) as client:
        await client.publish(topics.RESCUE_IN.topic(ROBOT), junk, qos=1)
        await client.publish(topics.ROLL_CALL, b"", qos=1)
    assert desk.state is not None
    seq = desk.state.seq
    await desk.until_state(lambda s: s.seq > seq, "the robot to answer the roll call")
