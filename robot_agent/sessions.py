"""The one session of the robot: offers in, a connection made, replaced, lost, ended.

Everything that changes who is connected goes through one queue and one task, so that two tablets can never
both win. A new connection of the same session is made before the old one is broken: the old one goes on, picture,
sound and steering, until the new one carries them, and is gone back to should the new one fail.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace

from protocol.ice import IceServer
from protocol.live import SetPoint
from protocol.signals import Answer, Beat, Declined, Ended, EndReason, Hangup, Offer, Rescue, TurnedAway
from protocol.state import Fault, Pose
from robot_agent.command_gate import CommandGate
from robot_agent.connections import Connections
from robot_agent.devices import Devices
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.media.video import VideoPipeline
from robot_agent.outlets import Outlets
from robot_agent.ownership import Denied, Granted, Holder, Liveness, Ownership
from robot_agent.rtc.descriptions import check_offer
from robot_agent.rtc.errors import BadOfferError
from robot_agent.rtc.reach import Reach
from robot_agent.rtc.relay_finder import RelayFinder, reach_by
from robot_agent.rtc.session import MediaState, RtcSession, RtcSettings, SessionHandlers
from robot_agent.rtc.stats import SessionStats
from robot_agent.session_requests import Due, End, MediaChanged, Requests

log = logging.getLogger(__name__)

LOOK_INTERVAL_S = 0.25  # how soon a lost tablet is noticed, beside the 2.5 s of silence
DEVICES = "session"  # by this name the session holds camera and microphone


class SessionKeeper:
    """Owner of ownership, of the media connection, and of when camera and microphone are open."""

    def __init__(
        self,
        robot: str,
        ownership: Ownership,
        gate: CommandGate,
        video: VideoPipeline,
        sound: RoomSound,
        rtc: RtcSettings,
        outlets: Outlets,
        own_servers: tuple[IceServer, ...] = (),
    ) -> None:
        self._robot = robot
        self._ownership = ownership
        self._gate = gate
        self._video = video
        self._sound = sound
        self._rtc_settings = rtc
        self._out = outlets
        self._own_servers = own_servers
        self.devices = Devices(video, sound, outlets.fault)
        self._relays = RelayFinder(lambda words: outlets.fault(Fault.RELAY, words))
        self._requests = Requests()
        self._answering: asyncio.Timeout | None = None
        self._connections = Connections()
        self.encoders = RoomEncoders()
        self._greeted = ""
        self._was = Liveness.GONE
        self._private = False
        self._stopping = False

    @property
    def holder(self) -> Holder | None:
        """Who holds the robot."""
        return self._ownership.holder

    @property
    def newest(self) -> RtcSession | None:
        """The newest connection."""
        return self._connections.newest

    @property
    def media(self) -> MediaState | None:
        """How the newest connection is; None without one."""
        return self.newest.state if self.newest is not None else None

    @property
    def stats(self) -> SessionStats | None:
        """The line of the newest connection."""
        return self.newest.stats if self.newest is not None else None

    @property
    def watched(self) -> bool:
        """Whether somebody can see or hear now."""
        return self._connections.watched

    @property
    def liveness(self) -> Liveness:
        """Of the holder, by what was heard from it last."""
        return self._ownership.liveness(time.monotonic())

    async def ask(self, offer: Offer) -> None:
        """An offer came in; declined at once when too many wait already."""
        if not self._requests.offer(offer):
            held = self._ownership.holder
            await self.decline(offer, TurnedAway.BUSY, "" if held is None else held.name, "too many ask at once")

    def heard(self, beat: Beat | Rescue) -> None:
        """A beat came by the service, or a word that counts as one."""
        now_s = time.monotonic()
        self._ownership.heard(beat.connection, now_s, any_of=beat.session if isinstance(beat, Rescue) else None)
        self._gate.beat(beat.connection, beat.sent_ms, now_s * 1000)

    def hang_up(self, hangup: Hangup) -> None:
        """The service says that a page is gone."""
        self._requests.put(End(EndReason.LEFT, hangup.connection))  # behind its offer, should that still wait

    def steers_from_afar(self, session: str, connection: str, *, without_media: bool = False) -> bool:
        """Whether set-points that went round by the broker count: the holder's own, and only without a media path."""
        return self._ownership.holds(session, connection) and (without_media or self.media is not MediaState.CONNECTED)

    def set_private(self, private: bool) -> None:
        """*Privat*: ends the session and lets nobody in until it is lifted, by the button or a course leader."""
        self._private = private
        if private:
            self._hush()
            self._requests.put(End(EndReason.PRIVATE))

    async def stop(self) -> None:
        """Ends whoever holds the robot and lets nobody in any more."""
        self._stopping = True
        self._hush()
        await self.end(EndReason.STOPPING)

    async def end(self, reason: EndReason, session: str = "") -> None:
        """Ends this session alone, or whoever holds the robot; returns when camera and microphone are closed for it."""
        done = asyncio.Event()
        self._requests.put(End(reason, session=session, done=done))
        await done.wait()

    def send_pose(self, pose: Pose) -> bool:
        """The measured pose, to the tablet that steers; False when it has no channel."""
        return True in [rtc.send_pose(pose) for rtc in self._connections.heard]

    async def run(self) -> None:
        """Serves requests until cancelled; the media are closed on the way out."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(), name="session-liveness")
                group.create_task(self._serve(), name="session-requests")
        finally:
            await self._relays.close()
            await self._close_media()

    async def _serve(self) -> None:
        while True:
            match await self._requests.get():
                case Offer() as offer:
                    await self._consider(offer)
                case MediaChanged(rtc, state):
                    await self._media_changed(rtc, state)
                case Due.RETIRE:
                    await self._connections.close_retiring()
                case Due.OPEN_SOUND:
                    if self._ownership.holder is not None and not self._closed_to_all():
                        await self.devices.mend()
                case End(reason, connection, session, done):
                    held = self._ownership.holder
                    if held is not None and connection in ("", held.connection) and session in ("", held.session):
                        await self._finish(reason)
                    if done is not None:
                        done.set()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_INTERVAL_S)
            held = self._ownership.holder
            if held is not None:
                for rtc in self._connections.heard:
                    self._ownership.heard(held.connection, rtc.last_beat_s or 0.0)
            if (now := self.liveness) is not self._was:
                self._was = now
                self._out.changed()
                if held is not None and now is Liveness.LOST:
                    log.warning("nothing heard from %s; the seat is kept for a while", held.name)
            if held is not None and now is Liveness.GONE:
                self._requests.put(End(EndReason.LOST, held.connection))
            if self._connections.retiring_is_due(time.monotonic()):
                self._requests.put(Due.RETIRE)
            if held is not None and self._private:
                self._requests.put(End(EndReason.PRIVATE))
            elif held is not None and self.devices.sound_is_due:
                self._requests.put(Due.OPEN_SOUND)

    async def _consider(self, offer: Offer) -> None:
        now_s = time.monotonic()
        if self._ownership.is_sent_out(offer.session, now_s):
            log.info("%s was on the way in again when a leader ended the visit", offer.name)
            await self._signal_end(offer, EndReason.LEADER)
            return
        verdict = self._closed_to_all() or self._ownership.ask(offer, now_s)
        if isinstance(verdict, Denied):
            await self.decline(offer, verdict.reason, verdict.holder_name)
            return
        try:
            check_offer(offer.sdp)
        except BadOfferError as error:
            await self.decline(offer, TurnedAway.BAD_OFFER, detail=str(error)[:300])
            return
        # Admitted: camera and sound open while the answer is made, and the answer waits for neither.
        devices = asyncio.create_task(self.devices.hold(DEVICES), name="session-devices")
        try:
            await self._answer(offer, verdict, now_s)
        finally:
            await devices
            if self._ownership.holder is None:
                await self.devices.release(DEVICES)

    async def _answer(self, offer: Offer, verdict: Granted, now_s: float) -> None:
        try:
            async with asyncio.timeout(None) as self._answering:  # ends early by `_hush` alone
                rtc, sdp = await self._make(offer)
        except BadOfferError as error:
            await self.decline(offer, TurnedAway.BAD_OFFER, detail=str(error)[:300])
            return
        except TimeoutError:
            await self.decline(offer, TurnedAway.STOPPING if self._stopping else TurnedAway.PRIVATE)
            return
        finally:
            self._answering = None
        if closed := self._closed_to_all():  # pressed or told while the answer was made
            await rtc.close()
            await self.decline(offer, closed.reason)
            return
        same_session = verdict.replaced is not None and verdict.replaced.session == offer.session
        over = self._connections.put_first(rtc, same_session=same_session, same_page=not offer.replace)
        try:
            await self._admit(offer, verdict, now_s)
            answer = Answer(robot=self._robot, session=offer.session, connection=offer.connection, sdp=sdp)
            await self._out.signal(answer)
        finally:
            for old in over:  # after the answer: a good-bye to a page that is gone takes a second
                await old.close()

    async def _make(self, offer: Offer) -> tuple[RtcSession, str]:
        """A connection and its answer; none is left when it raises BadOfferError or is cancelled."""
        rtc = self._new_rtc(offer, reach := await reach_by(self._relays, self._own_servers, offer.ice))
        try:
            sdp = await rtc.answer(offer.sdp)
        except BaseException:  # also when cancelled: half a connection holds sockets
            await rtc.close()
            raise
        if reach.relay is not None and " typ relay" not in sdp:
            log.warning("no relay by %s, which worked a while ago", reach.relay.address)
            self._relays.forget()
        return rtc, sdp

    def _hush(self) -> None:
        """Nobody sees or hears the room from now on, whatever the session's task is at; it closes up when it can."""
        self._connections.silence()
        answering, self._answering = self._answering, None
        if answering is not None:
            answering.reschedule(asyncio.get_running_loop().time())

    def _closed_to_all(self) -> Denied | None:
        if self._stopping:
            return Denied(TurnedAway.STOPPING)
        return Denied(TurnedAway.PRIVATE) if self._private else None

    async def _admit(self, offer: Offer, granted: Granted, now_s: float) -> None:
        # From here on the page is waited for: the answer may have taken as long as the silence that loses a seat.
        self._ownership.take(replace(granted, holder=replace(granted.holder, heard_s=time.monotonic())))
        self._out.new_connection()
        self._gate.open_for(offer.session, offer.connection, offer.sent_ms, now_s * 1000)
        replaced = granted.replaced
        if replaced is not None and replaced.connection != offer.connection:
            await self._signal_end(replaced, EndReason.REPLACED)
        if replaced is None or replaced.session != offer.session:
            if replaced is not None:
                await self._out.closed(replaced, EndReason.REPLACED, granted.goes_on)
                if granted.goes_on and self._greeted == replaced.session:
                    self._greeted = offer.session  # nobody came in
            await self._out.opened(granted.holder, granted.goes_on)
        self._out.changed()

    def _new_rtc(self, offer: Offer, reach: Reach) -> RtcSession:
        def on_state(state: MediaState) -> None:
            self._out.changed()  # at once: the eyes say whether somebody sees, though the task be busy
            self._requests.put(MediaChanged(rtc, state))

        def on_set_point(point: SetPoint) -> None:
            now_ms = time.monotonic() * 1000
            if self._connections.is_heard(rtc) and self._gate.set_point_is_fresh(point.sent_ms, now_ms):
                self._out.set_point(point)

        def on_beat(sent_ms: float) -> None:
            held = self._ownership.holder
            if held is not None and self._connections.is_heard(rtc):
                self._gate.beat(held.connection, sent_ms, time.monotonic() * 1000)

        handlers = SessionHandlers(on_state=on_state, on_set_point=on_set_point, on_beat=on_beat)
        settings = replace(self._rtc_settings, reach=reach)
        microphone, voice = self._sound.subscribe_microphone(), self._sound.voice_input
        rtc = RtcSession(self._video.subscribe(), microphone, voice, handlers, settings, self.encoders)
        return rtc

    async def _media_changed(self, rtc: RtcSession, state: MediaState) -> None:
        over = state in (MediaState.FAILED, MediaState.CLOSED)
        if self._connections.is_retiring(rtc):
            if over:
                await self._connections.close_retiring()
        elif rtc is not self._connections.newest:
            return
        elif state is MediaState.CONNECTED:
            self._connections.connected(time.monotonic())
            self._greet()
        elif over and self._connections.go_back(time.monotonic()):
            log.info("a new connection did not come to be; the old one goes on")
            self._relays.forget()
            await rtc.close()
        elif state is MediaState.FAILED:
            await self._media_failed()
        self._out.changed()

    async def _media_failed(self) -> None:
        await self._connections.close()
        held = self._ownership.holder
        if held is not None:
            log.warning("the connection to %s failed; the seat is kept for a while", held.name)
            self._relays.forget()  # the line may have changed: all ways are tried again
            await self._signal_end(held, EndReason.MEDIA_FAILED)

    async def _finish(self, reason: EndReason) -> None:
        held = self._ownership.release()
        if held is not None and reason is EndReason.LEADER:
            self._ownership.send_out(held.session, time.monotonic())
        self._greeted = ""
        self._out.released()
        self._gate.close()
        await self._close_media()
        if held is not None:
            await self._signal_end(held, reason)
            await self._out.closed(held, reason, False)
        self._out.changed()

    async def _close_media(self) -> None:
        # At once: a good-bye to a page that is gone takes a second, and the camera is not open for as long.
        await asyncio.gather(self._connections.close(), self.devices.release(DEVICES))

    async def decline(self, offer: Offer, reason: TurnedAway, holder: str = "", detail: str = "") -> None:
        """The offer is not taken, and its page is told why."""
        log.info("%s does not get the robot: %s", offer.name, reason.value)
        await self._out.signal(
            Declined(
                robot=self._robot,
                session=offer.session,
                connection=offer.connection,
                reason=reason,
                holder=holder,
                detail=detail,
            )
        )

    async def _signal_end(self, held: Holder | Offer, reason: EndReason) -> None:
        word = Ended(robot=self._robot, session=held.session, connection=held.connection, reason=reason)
        await self._out.signal(word)

    def _greet(self) -> None:
        """A chime for everybody who comes in, and none for a tablet that changes network."""
        held = self._ownership.holder
        if held is None or held.session == self._greeted:
            return
        self._greeted = held.session
        try:
            self._sound.play_chime("connected")
        except SoundClosedError:
            log.debug("no sound, no chime")
