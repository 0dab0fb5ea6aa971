"""The heartbeat: the robot's whole live state, at once when it changes and at an interval when it does not."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from protocol.quality import Verdict
from protocol.state import (
    CameraView,
    Fault,
    HandLight,
    HandState,
    QualityState,
    RobotState,
    SessionState,
    VolumeState,
)
from protocol.topics import STATE_INTERVAL_REST_S, STATE_INTERVAL_SESSION_S
from robot_agent.face import Situation, shown
from robot_agent.head.controller import HeadController
from robot_agent.head.lights import Lights
from robot_agent.hearing import RoomHearing
from robot_agent.live_state import LiveState
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.video import VideoPipeline, VideoStats
from robot_agent.ownership import Holder, Liveness
from robot_agent.placing import Placing
from robot_agent.preflight_desk import PreflightDesk
from robot_agent.quality import MOST_FPS, Judge, numbers, verdict, within
from robot_agent.rescue import RescuePath
from robot_agent.rtc.session import MediaState
from robot_agent.rtc.stats import SessionStats
from robot_agent.sessions import SessionKeeper
from robot_agent.status import Status
from robot_agent.watchers import Watchers

log = logging.getLogger(__name__)

AT_MOST_EVERY_S = 0.05  # a burst of changes is one message


class Reporter:
    """Makes the state out of the robot's parts and sends it."""

    def __init__(
        self,
        robot: str,
        view: CameraView,
        live: LiveState,
        head: HeadController,
        video: VideoPipeline,
        sound: RoomSound,
        hearing: RoomHearing,
        sessions: SessionKeeper,
        watchers: Watchers,
        rescue: RescuePath,
        placing: Placing,
        preflight: PreflightDesk,
        epoch: Callable[[], str],
        send: Callable[[RobotState], Awaitable[None]],
    ) -> None:
        self._robot = robot
        self._view = view
        self._live = live
        self._head = head
        self._video = video
        self._sound = sound
        self._hearing = hearing
        self._sessions = sessions
        self._watchers = watchers
        self._rescue = rescue
        self._placing = placing
        self._preflight = preflight
        self._epoch = epoch
        self._send = send
        self._judge = Judge()
        self._changed = asyncio.Event()
        self._seq = 0

    def changed(self) -> None:
        """Something that the state tells is different now."""
        self._changed.set()

    async def run(self) -> None:
        """Sends until cancelled."""
        while True:
            interval_s = STATE_INTERVAL_REST_S if self._sessions.holder is None else STATE_INTERVAL_SESSION_S
            try:
                async with asyncio.timeout(interval_s):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            await self.send_now()
            await asyncio.sleep(AT_MOST_EVERY_S)

    async def send_now(self) -> None:
        """Sends the state. One that cannot be told is left out: a figure out of range must not end the robot."""
        try:
            state = self.state()
        except ValidationError as error:
            log.error("this state cannot be told: %s", error)
        else:
            await self._send(state)

    def state(self) -> RobotState:
        """The state now, with the next sequence number."""
        self._seq += 1
        live, now_s = self._live, time.monotonic()
        lights = self.lights()
        raised_s, loudness = live.hand_raised_s, self._sound.mixer.loudness
        return RobotState(
            robot=self._robot,
            epoch=self._epoch(),
            seq=self._seq,
            session=self._session(now_s),
            hand=HandState(
                raised=raised_s is not None,
                since_s=0.0 if raised_s is None else now_s - raised_s,
                seen=live.hand_seen,
                floor=live.floor,
            ),
            listening=live.listening,
            choices=live.choices,
            watchers=self._watchers.told,
            private=live.private,
            mode=live.mode,
            voice_elsewhere=self._sound.passes_on and self._watchers.heard_elsewhere,
            eyes=lights.eyes,
            hand_light=HandLight.OFF if Fault.HEAD_BOARD in live.faults else lights.hand,
            pose=self._head.pose,
            limits=self._head.settings.limits,
            places=self._placing.places,
            view=self._view,
            camera_open=self._video.is_open,
            microphone_open=self._sound.is_open,
            speaking=self._sound.speaking or live.telling,
            volume=VolumeState(percent=loudness.percent, whisper=loudness.whisper),
            quality=self._quality(),
            battery=self._head.battery,
            heard=self._hearing.heard,
            faults=tuple(sorted(live.faults)),
            preflight=self._preflight.newest,
            refused_messages=live.refused_messages,
        )

    @property
    def watched(self) -> bool:
        """Whether somebody can see or hear the room, in whatever way."""
        return self._sessions.watched or self._rescue.active or self._watchers.seeing

    def lights(self) -> Lights:
        """What the robot shows the room now."""
        live = self._live
        watched = self.watched
        return shown(
            Situation(
                watched=watched,
                mood=live.mood,
                hand_raised=live.hand_raised,
                floor=live.floor,
                listening=live.listening,
                private=live.private,
                telling=live.telling,
                connecting=(self._sessions.holder is not None or self._watchers.connecting) and not watched,
                faults=frozenset(live.faults),
            )
        )

    def status(self, linked: bool) -> Status:
        """What the robot says of itself when somebody presses its button; `linked`: the service is reached."""
        held = self._sessions.holder
        return Status(
            name="" if held is None else held.name,
            here=self.watched,
            private=self._live.private,
            linked=linked,
            battery=self._head.battery,
            faults=frozenset(self._live.faults),
        )

    def _session(self, now_s: float) -> SessionState | None:
        held: Holder | None = self._sessions.holder
        if held is None:
            return None
        media = self._sessions.media
        known = {MediaState.CONNECTING: "connecting", MediaState.CONNECTED: "connected"}
        lost = self._sessions.liveness is not Liveness.ALIVE
        return SessionState.model_validate(
            {
                "id": held.session,
                "seat": held.seat,
                "connection": held.connection,
                "name": held.name,
                "companion": held.companion,
                "steering": True,
                "since_s": max(0.0, now_s - held.since_s),
                "steers_since_s": max(0.0, now_s - held.steers_since_s),
                "lost_s": max(0.0, now_s - held.heard_s) if lost else 0.0,
                "rescue": self._rescue.serves(held.session),
                "media": "failed" if media is None else known.get(media, "failed"),
            }
        )

    def _quality(self) -> QualityState | None:
        line = self._sessions.stats
        if line is None:
            return None
        try:
            return self._told(line, self._video.stats())
        except ValidationError as error:
            log.error("how the line is cannot be told: %s", error)
            return None

    def _told(self, line: SessionStats, picture: VideoStats) -> QualityState:
        found = numbers(line, self._sound.voice_stats, self._sound.echo_return_loss_db)
        return QualityState(
            step=picture.step,
            width=picture.width,
            height=picture.height,
            fps=within(picture.fps, most=MOST_FPS) or 0.0,
            bitrate_bps=picture.bitrate_bps,
            rtt_ms=line.rtt_ms,
            loss=within(line.loss, most=1.0),
            path=line.path,
            verdict=self._verdict(verdict(line, picture.step, found)),
            numbers=found,
        )

    def _verdict(self, now: Verdict) -> Verdict | None:
        if self._sessions.media is MediaState.CONNECTED:
            return self._judge.hear(now, time.monotonic())
        self._judge.forget()
        return None
