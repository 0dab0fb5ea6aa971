"""A page that never gets a media path, played against a robot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiomqtt
import numpy as np

from protocol import topics
from protocol.rescue import RescueFrame, RescueKind, RescueParcel
from protocol.signals import Answer, Hangup, Rescue
from robot_agent.media.blocks import BLOCK, RATE_HZ
from robot_agent.media.opus import OpusEncoder, OpusSettings
from tests.agent.body import ROBOT, WAIT_S, Desk, Page
from tests.broker import Broker

TONE_HZ = 440


class Rescued:
    """A page without a media path: it has the robot's answer and never takes it."""

    def __init__(self, client: aiomqtt.Client, desk: Desk, page: Page) -> None:
        self._client = client
        self._desk = desk
        self.page = page
        self.stills: list[tuple[float, RescueFrame]] = []
        self.sounds: list[RescueFrame] = []
        self.wants = True
        self._sequence = 0
        self.news = asyncio.Event()

    async def say(self, *, on: bool = True, session: str | None = None) -> None:
        """The word that keeps the rescue going, and acknowledges the newest still."""
        still = self.stills[-1][1].sequence if self.stills else 0
        page = self.page
        word = Rescue(
            session=session or page.session, connection=page.connection, on=on, still=still, sent_ms=page.now_ms()
        )
        await self._desk.send(topics.SIGNAL_IN, word)

    async def keep(self) -> None:
        """Says it once a second, until cancelled."""
        while True:
            if self.wants:
                await self.say()
            await asyncio.sleep(1)

    async def read(self) -> None:
        """Takes in what comes, and acknowledges stills at once, until cancelled."""
        async for message in self._client.messages:
            assert not message.retain
            parcel = RescueParcel.from_bytes(bytes(message.payload))
            assert parcel.session == self.page.session
            if parcel.frame.kind is RescueKind.STILL:
                self.stills.append((time.monotonic(), parcel.frame))
                if self.wants:
                    await self.say()
            else:
                self.sounds.append(parcel.frame)
            self.news.set()

    async def until(self, look: Callable[[], bool], what: str) -> None:
        """Waits for frames until `look` is satisfied."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not look():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: {len(self.stills)} stills, {len(self.sounds)} packets") from None

    async def speak(self, seconds: float) -> None:
        """A tone into the room, in packets of 60 ms, as fast as a line that stood still gives them."""
        encoder = OpusEncoder(OpusSettings(application="voip", bitrate_bps=16_000, frame_ms=60))
        for block in range(int(seconds * 100)):
            at = np.arange(block * BLOCK, (block + 1) * BLOCK) / RATE_HZ
            packet = encoder.encode((np.sin(2 * np.pi * TONE_HZ * at) * 10_000).astype(np.int16))
            if packet is not None:
                self._sequence += 1
                frame = RescueFrame(RescueKind.SOUND, self._sequence, self._sequence * 60, packet.data)
                parcel = RescueParcel(self.page.session, frame)
                await self._client.publish(topics.RESCUE_IN.topic(ROBOT), parcel.to_bytes(), qos=0)
                await asyncio.sleep(0.05)


@asynccontextmanager
async def rescue_of(page: Page, desk: Desk, broker: Broker) -> AsyncIterator[Rescued]:
    """A page that holds the robot asks for the rescue, for as long as the block lasts."""
    async with aiomqtt.Client("127.0.0.1", broker.port) as client, asyncio.TaskGroup() as group:
        await client.subscribe(topics.RESCUE_OUT.topic(ROBOT), 0)
        far = Rescued(client, desk, page)
        tasks = [group.create_task(far.keep()), group.create_task(far.read())]
        try:
            yield far
        finally:
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def rescued(desk: Desk, broker: Broker) -> AsyncIterator[Rescued]:
    """A page whose offer was answered, and that is all."""
    page = Page("kari")
    await page.offer(desk)
    await desk.word(Answer, lambda answer: answer.connection == page.connection)
    try:
        async with rescue_of(page, desk, broker) as far:
            yield far
    finally:
        await desk.send(topics.SIGNAL_IN, Hangup(session=page.session, connection=page.connection))
        await page.close()


async def quiet(far: Rescued) -> None:
    """Nothing more comes. What was on its way has come when another message has made the way."""
    await asyncio.sleep(0.3)
    before = len(far.stills), len(far.sounds)
    await asyncio.sleep(0.7)
    assert (len(far.stills), len(far.sounds)) == before
