"""A browser whose voice loses packets on its way to us sends each of them again in the next, because we ask for it."""

from __future__ import annotations

import base64
import random

import pytest

from robot_agent.media.video import VideoPipeline
from robot_agent.media.voice_packet import VoicePacket, has_fec
from robot_agent.rtc.session import MediaState, RtcSession, RtcSettings
from tests.media.test_echo import as_blocks, speech_like
from tests.rtc.parts import Painter, ToneMicrophone, browser_page, until
from tests.rtc.test_session import WITH_MICROPHONE

LOST = 0.1  # at half of it the browser changes its mind now and then

# Copies are made of what libopus takes for speech, so a tone will not do.
TALK = """async (pcm) => {
  const samples = new Int16Array(Uint8Array.from(atob(pcm), (character) => character.charCodeAt(0)).buffer);
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: 48000 });
  buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32768), 0);
  const talk = new AudioBufferSourceNode(context, { buffer, loop: true });
  const out = context.createMediaStreamDestination();
  talk.connect(out);
  talk.start();
  const sender = peer.getSenders().find((one) => one.track && one.track.kind === "audio");
  await sender.replaceTrack(out.stream.getAudioTracks()[0]);
}"""


class Counting:
    """A `VoiceSink` that looks at what the packets are."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def push(self, packet: VoicePacket) -> None:
        self.packets = [*self.packets[-199:], packet.payload]

    def copies(self) -> float:
        """The share of the last two seconds' packets that carry the one before again."""
        return sum(map(has_fec, self.packets)) / max(1, len(self.packets))


def lose_voice(session: RtcSession, share: float) -> None:
    """From now on so many of the page's media packets do not arrive; which ones is seeded."""
    assert session._peer is not None
    ice = session._peer.getSenders()[0].transport.transport._connection
    original, chance = ice.data_received, random.Random(5)

    def arrived(data: bytes, component: int) -> None:
        is_media = 127 < data[0] < 192 and not 64 <= data[1] & 0x7F < 96
        if not is_media or chance.random() >= share:
            original(data, component)

    ice.data_received = arrived


@pytest.mark.browser
async def test_a_browser_sends_copies_when_its_voice_loses_packets() -> None:
    pipeline, voice = VideoPipeline(lambda: Painter(320, 180)), Counting()
    settings = RtcSettings(host_addresses=("127.0.0.1",))
    session = RtcSession(pipeline.subscribe(), ToneMicrophone(440), voice, None, settings)
    async with browser_page(*WITH_MICROPHONE) as page:
        await pipeline.open()
        try:
            offer = await page.evaluate("options => offer(options)", {"microphone": 700})
            assert "useinbandfec=1" in offer
            await page.evaluate("sdp => accept(sdp)", await session.answer(offer))
            await until(lambda: session.state == MediaState.CONNECTED, "the connection")
            await page.evaluate(TALK, base64.b64encode(as_blocks(speech_like(4.0, seed=8)).tobytes()).decode())
            lose_voice(session, LOST)
            await until(lambda: voice.copies() > 0.2, "copies in the voice's packets")
        finally:
            await session.close()
            await pipeline.close()
