"""One WebRTC connection to one page, used once: an offer in, an answer out, then media and channels until it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiortc import RTCDataChannel, RTCPeerConnection
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.sdp import SessionDescription

from protocol.ice import MediaPath
from protocol.live import SetPoint, TextEdit
from protocol.state import Pose
from protocol.stills import STILLS_CHANNEL
from robot_agent.media.interfaces import MicrophoneTap, VideoTap, VoiceSink
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.rate.packets import LineEstimate
from robot_agent.media.vp8_encoder import usable_codecs
from robot_agent.memory import give_back
from robot_agent.rtc import patches
from robot_agent.rtc.channels import LiveChannels
from robot_agent.rtc.descriptions import check_offer, usable_candidates, with_voice_wishes
from robot_agent.rtc.errors import BadOfferError
from robot_agent.rtc.negotiation import take_offer
from robot_agent.rtc.reach import GATHER_TIMEOUT_S, RELAY_QUEUE_BYTES, Reach, configuration, path_of
from robot_agent.rtc.sound_uplink import SoundUplink
from robot_agent.rtc.stats import RateMeter, SessionStats, ms
from robot_agent.rtc.still_lane import StillLane
from robot_agent.rtc.tracks import PictureTrack, RoomSoundTrack
from robot_agent.rtc.uplink import Uplink

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 8.0  # a path that takes longer is better served by another way
BEAT_S = 1.0
CLOSE_TIMEOUT_S = 1.0  # good-byes to a page that is gone need no longer
GIVE_BACK_AFTER_S = 0.5  # by then whoever closed a session has let go of it


class MediaState(StrEnum):
    """Where the connection is; FAILED and CLOSED are final."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True)
class RtcSettings:
    """`host_addresses` are the only local addresses offered, empty = every interface. No server unless named."""

    host_addresses: tuple[str, ...] = ()
    reach: Reach = field(default_factory=Reach)
    rates: RateSettings = field(default_factory=RateSettings)


@dataclass(frozen=True)
class SessionHandlers:
    """Who hears of what; all are called on the event loop and must return at once."""

    on_state: Callable[[MediaState], None] = lambda state: None
    on_set_point: Callable[[SetPoint], None] = lambda set_point: None
    on_text: Callable[[TextEdit], None] = lambda text: None
    on_beat: Callable[[float], None] = lambda sent_ms: None


class RtcSession:
    """A connection. `answer()` once, then `close()`; the taps are closed with it. Belongs to one event loop."""

    def __init__(
        self,
        video: VideoTap,
        microphone: MicrophoneTap,
        voice: VoiceSink,
        handlers: SessionHandlers | None = None,
        settings: RtcSettings | None = None,
        room: RoomEncoders | None = None,
    ) -> None:
        self._room = room
        self._video = video
        self._microphone = microphone
        self._voice = voice
        self._handlers = handlers or SessionHandlers()
        self._settings = settings or RtcSettings()
        self._state: MediaState | None = None
        self._channels = LiveChannels(self._handlers.on_set_point, self._handlers.on_text, self._handlers.on_beat)
        self._uplink = Uplink(video, self._settings.rates, lambda: self._channels.rtt_s)
        self._sound = SoundUplink(self._uplink)
        self.stills = StillLane(self._uplink)
        self._picture_rate = RateMeter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._peer: RTCPeerConnection | None = None
        self._closing: asyncio.Future[None] | None = None
        self._last_heard_s: float | None = None

    @property
    def state(self) -> MediaState | None:
        """None before the offer."""
        return self._state

    @property
    def last_heard_s(self) -> float | None:
        """Monotonic time of the last datagram from the page, of any kind; None before the first."""
        return self._last_heard_s

    @property
    def last_beat_s(self) -> float | None:
        """Monotonic time of the last message on `talk`: the page itself lives, not just its browser."""
        return self._channels.last_beat_s

    @property
    def line(self) -> LineEstimate:
        """The line as the rate control sees it now; cheap enough to ask for every packet."""
        return self._uplink.line

    @property
    def playout_delay(self) -> patches.FixedExtensionsMap | None:
        """What the browser is told of buffering; None where it does not know the extension."""
        return self._uplink.playout_delay

    @property
    def stats(self) -> SessionStats:
        """The line as it is now."""
        line, guard = self._uplink.line, self._uplink.guard
        return SessionStats(
            rtt_ms=ms(self._channels.rtt_s),
            loss=line.loss,
            bitrate_bps=self._picture_rate.bps,
            target_bps=self._uplink.rate.target_bps,
            retransmitted=guard.allowed,
            retransmissions_refused=guard.refused,
            refused_messages=self._channels.refused,
            stale_set_points=self._channels.stale,
            line_rtt_ms=ms(line.rtt_s),
            jitter_ms=ms(line.jitter_s),
            line_queue_ms=ms(line.queue_s),
            congested=line.congested,
            pacer_queue_ms=round(self._uplink.queued_s * 1000, 1),
            playout_max_ms=None if self.playout_delay is None else self.playout_delay.playout_ms[1],
            protected_frames=self._uplink.protected,
            source=line.source,
            path=self._path(),
            frame_age_ms=ms(self._uplink.frame_age_s),
            sound_frame_ms=self._sound.frame_ms,
            page=self._channels.page,
        )

    async def answer(self, offer_sdp: str) -> str:
        """The answer to a page's offer, with all our candidates. Raises BadOfferError; then only `close()` is left.

        Raises RuntimeError the second time: a connection is used once.
        """
        if self._peer is not None or self._closing is not None:
            raise RuntimeError("a session answers one offer")
        offer = check_offer(offer_sdp, usable_codecs())
        self._peer = peer = RTCPeerConnection(configuration(self._settings.reach))
        self._listen(peer)
        try:
            await self._negotiate(peer, offer, usable_candidates(offer_sdp))
        except (ValueError, InternalError, InvalidAccessError, InvalidStateError, OperationError) as error:
            raise BadOfferError(f"the offer cannot be answered: {error}") from error
        except Exception as error:  # whatever a stranger's offer makes of the library, the robot goes on
            log.exception("an offer broke the WebRTC library")
            raise BadOfferError("the offer cannot be answered; the robot's log says why") from error
        if self._closing is not None:
            raise BadOfferError("the session was closed while the offer was answered")
        self._set_state(MediaState.CONNECTING)
        self._start("rtc-connect", self._watch_connecting(peer))
        self._start("rtc-beats", self._beat())
        self._start("rtc-pacer", self._uplink.run())
        return with_voice_wishes(peer.localDescription.sdp)

    def send_pose(self, pose: Pose) -> bool:
        """See `LiveChannels.send_pose`."""
        return self._channels.send_pose(pose)

    def send_text(self, text: TextEdit) -> bool:
        """See `LiveChannels.send_talk`."""
        return self._channels.send_talk(text)

    def silence(self) -> None:
        """Nothing of the room goes out any more, from now on; `close()` is still to come. May be called twice."""
        self._video.close()
        self._microphone.close()
        self._uplink.silence()
        self.stills.silence()

    async def close(self) -> None:
        """End everything within CLOSE_TIMEOUT_S; no task and no thread is left. May be called twice."""
        if self._closing is not None:
            await asyncio.shield(self._closing)
            return
        self._closing = asyncio.get_running_loop().create_future()
        self.silence()
        try:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._close_peer()
        finally:
            self._set_state(MediaState.CLOSED)
            self._closing.set_result(None)
            asyncio.get_running_loop().call_later(GIVE_BACK_AFTER_S, give_back)

    def _listen(self, peer: RTCPeerConnection) -> None:
        def on_channel(channel: RTCDataChannel) -> None:
            lane = self.stills if channel.label == STILLS_CHANNEL else self._channels
            lane.accept(channel)

        def on_state() -> None:
            if peer.connectionState in tuple(MediaState):
                self._set_state(MediaState(peer.connectionState))

        peer.on("datachannel", on_channel)
        peer.on("connectionstatechange", on_state)

    async def _negotiate(self, peer: RTCPeerConnection, offer: SessionDescription, sdp: str) -> None:
        picture = PictureTrack(self._video, self._uplink.on_frame)
        sound = RoomSoundTrack(self._microphone, self._sound.settings, self._room)
        sections = await take_offer(peer, offer, sdp, picture, sound, self._voice)
        self._uplink.attach(sections)
        if "audio" in sections:
            self._sound.attach(sections["audio"])
        patches.cap_gathering(peer, GATHER_TIMEOUT_S)
        if self._settings.host_addresses and not self._settings.reach.relay_only:
            patches.restrict_hosts(peer, self._settings.host_addresses)
        patches.watch_arrivals(peer, self._heard)
        await peer.setLocalDescription(await peer.createAnswer())
        patches.bound_relays(peer, RELAY_QUEUE_BYTES)
        patches.watch_checks(peer, self._uplink.on_check)

    def _path(self) -> MediaPath | None:
        pair = patches.nominated_pair(self._peer) if self._peer is not None else None
        return None if pair is None else path_of(pair, self._settings.reach.relay)

    def _heard(self) -> None:
        self._last_heard_s = time.monotonic()

    def _set_state(self, state: MediaState) -> None:
        if state == self._state or self._state in (MediaState.FAILED, MediaState.CLOSED):
            return
        self._state = state
        self._handlers.on_state(state)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)
            self._set_state(MediaState.FAILED)

    async def _watch_connecting(self, peer: RTCPeerConnection) -> None:
        await asyncio.sleep(CONNECT_TIMEOUT_S)
        if peer.connectionState != "connected":
            log.warning("no connection to the page after %s s", CONNECT_TIMEOUT_S)
            self._set_state(MediaState.FAILED)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._channels.beat()
            self._picture_rate.look(self._uplink.picture_bytes)

    async def _close_peer(self) -> None:
        if self._peer is None:
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._peer.close()
                await asyncio.sleep(0)  # aiortc cancels tasks of its own and does not wait for them
        except TimeoutError:
            log.warning("the connection to the page did not close in %s s", CLOSE_TIMEOUT_S)
        except (OSError, InvalidStateError) as error:
            log.warning("the connection to the page closed badly: %s", error)
