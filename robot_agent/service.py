"""The robot, put together: who owns what, one TaskGroup, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from protocol import topics
from protocol.commands import Command, Done, LeaderCommand, Refusal, Refused
from protocol.errors import MessageError
from protocol.events import ButtonPressed, SessionClosed, SessionOpened
from protocol.live import FarSetPoint, SetPoint
from protocol.rescue import RescueParcel
from protocol.signals import Beat, EndReason, Hangup, Offer, Rescue, SignalFromRobot, TurnedAway
from protocol.state import Fault, Pose, RobotState
from protocol.topics import Channel
from protocol.watching import WatchHangup, WatchOffer
from robot_agent.actions import Actions
from robot_agent.announcer import Announcer
from robot_agent.button_desk import ButtonDesk
from robot_agent.command_gate import CommandGate
from robot_agent.command_lane import CommandLane
from robot_agent.fault_desk import FaultDesk
from robot_agent.head.button import Press
from robot_agent.head.controller import HeadController
from robot_agent.hearing import RoomHearing
from robot_agent.leader_actions import LeaderActions
from robot_agent.link import RobotLink
from robot_agent.live_state import LiveState
from robot_agent.media.loudness import Loudness
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SpeechError
from robot_agent.media.still_camera import StillCamera
from robot_agent.media.vp8_encoder import usable_codecs
from robot_agent.outgoing import EventLane, FarPoses
from robot_agent.outlets import Outlets
from robot_agent.ownership import Holder, Ownership
from robot_agent.picture import Picture
from robot_agent.placing import Placing
from robot_agent.preflight_desk import Body, PreflightDesk
from robot_agent.privacy import PrivacyKeeper
from robot_agent.reporter import Reporter
from robot_agent.rescue import RescuePath
from robot_agent.rtc.session import RtcSettings
from robot_agent.sessions import SessionKeeper
from robot_agent.settings import RobotSettings
from robot_agent.status import Status
from robot_agent.still_desk import StillDesk
from robot_agent.watchers import Watchers, WatchOutlets
from robot_agent.watching import RoomNow, passes_on
from robot_agent.words import WORDS

log = logging.getLogger(__name__)

LEVEL_DEG = 0.0


class RobotService:
    """One robot. `run` lives until cancelled or told to stop, and leaves head at rest, lights off, devices closed."""

    def __init__(self, settings: RobotSettings) -> None:
        """Raises ValueError for a sound device that is no device at all."""
        self._settings = settings
        self._robot = settings.robot.id
        self._stopping = False
        self._live = LiveState(changed=self._changed)
        self._events = EventLane(lambda event: self._link.publish(topics.EVENT, event))
        self._far_poses = FarPoses(lambda pose: self._link.publish(topics.POSE, pose))
        self._gate = CommandGate()
        self._head = HeadController(
            settings.serial, settings.head, self._on_pose, self._on_fault, self._on_button, self._changed
        )
        self._picture = Picture(settings.camera, settings.video, self._on_camera, self._changed)
        self._video = self._picture.pipeline
        self._sound = RoomSound(settings.sound.device, lambda error: self._on_fault(Fault.MICROPHONE, str(error)))
        self._hearing = RoomHearing(self._sound, self._changed)
        self._words = WORDS[settings.robot.language]
        self._announcer = Announcer(self._sound, settings.robot.language, self._live.set_telling)
        self._faults = FaultDesk(
            self._robot, self._live, self._announcer, self._words, lambda: self._link.epoch, self._events.put
        )
        self._privacy = PrivacyKeeper(settings.data.path)
        self._button = ButtonDesk(self._announcer, self._words, self._status, self._privacy, self._set_privacy)
        self._sessions = self._new_sessions()
        self._watchers = self._new_watchers()
        self._stills = self._new_stills()
        self._placing = Placing(
            self._head,
            settings.data.path,
            is_held=lambda: self._sessions.holder is not None,
            is_private=lambda: self._live.private,
            changed=self._changed,
            is_watched=lambda: bool(self._watchers.told),
        )
        self._sound.mixer.loudness = Loudness(self._placing.volume_percent)
        self._preflight = self._new_preflight()
        self._rescue = RescuePath(self._video, self._sound, self._may_be_rescued, self._send_parcel, self._changed)
        self._link = self._new_link()
        self._actions = self._new_actions()
        self._leader = self._new_leader()
        self._reporter = self._new_reporter()
        self._commands = CommandLane(self._actions.handle, self._refuse_as_busy)
        self._leaders = CommandLane(self._leader.handle, self._refuse_as_busy)

    def _rtc_settings(self) -> RtcSettings:
        return RtcSettings(host_addresses=self._settings.rtc.host_addresses, rates=self._picture.rates)

    def _new_watchers(self) -> Watchers:
        return Watchers(
            self._robot,
            self._video,
            self._sound,
            self._sessions.devices,
            self._sessions.encoders,
            self._rtc_settings(),
            self._settings.rtc.servers(),
            self._settings.session.most_watchers,
            self._room_now,
            WatchOutlets(self._signal, self._watched_alone, self._changed),
        )

    def _new_preflight(self) -> PreflightDesk:
        body = Body(self._sessions.devices, self._picture, self._head, self._hearing, self._announcer, self._live)
        words, servers = self._words.looking_over, self._settings.rtc.servers()
        return PreflightDesk(
            body, words, servers, self._room_now, lambda: self._watched_alone(bool(self._watchers.told))
        )

    def _new_actions(self) -> Actions:
        return Actions(
            self._robot,
            self._gate,
            self._live,
            self._head,
            self._sound,
            self._hearing,
            self._sessions,
            self._stills,
            self._answer,
        )

    def _new_leader(self) -> LeaderActions:
        return LeaderActions(
            self._robot,
            self._gate,
            self._live,
            self._sessions.end,
            self._button,
            self._actions.set_volume,
            self._hearing,
            self._placing,
            self._preflight,
            self._answer,
        )

    def _new_reporter(self) -> Reporter:
        return Reporter(
            self._robot,
            self._settings.camera.view(),
            self._live,
            self._head,
            self._video,
            self._sound,
            self._hearing,
            self._sessions,
            self._watchers,
            self._rescue,
            self._placing,
            self._preflight,
            epoch=lambda: self._link.epoch,
            send=self._publish_state,
        )

    def _new_stills(self) -> StillDesk:
        wanted = self._settings.camera
        camera = StillCamera(wanted.still_source, lambda: self._picture.camera)
        return StillDesk(camera, wanted.hfov_deg, connection=lambda: self._sessions.newest)

    def _new_link(self) -> RobotLink:
        return RobotLink(
            self._settings.mqtt.address,
            self._robot,
            on_message=self._on_message,
            on_bad=self._on_bad,
            on_connected=self._send_state,
            on_roll_call=self._send_state,
            on_parcel=self._rescue.take,
            trust=self._settings.mqtt.trust(),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Runs until `stop` is set, then ends everything in order within two seconds."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._head.run(), name="head"),
                group.create_task(self._sessions.run(), name="sessions"),
                group.create_task(self._watchers.run(), name="watchers"),
                group.create_task(self._reporter.run(), name="reporter"),
                group.create_task(self._hearing.run(), name="hearing"),
                group.create_task(self._commands.run(), name="commands"),
                group.create_task(self._leaders.run(), name="leader-commands"),
                group.create_task(self._stills.run(), name="stills"),
                group.create_task(self._preflight.run(), name="preflight"),
                group.create_task(self._events.run(), name="events"),
                group.create_task(self._far_poses.run(), name="poses-afar"),
                group.create_task(self._rescue.run(), name="rescue"),
                group.create_task(self._faults.run(), name="faults"),
                group.create_task(self._announcer.run(), name="announcer"),
                group.create_task(self._button.run(stop), name="button"),
                group.create_task(self._privacy.run(), name="privacy"),
                group.create_task(self._warm_up(), name="warm-up"),
            ]
            link = group.create_task(self._link.run(), name="link")
            await stop.wait()
            log.info("stopping")
            self._stopping = True
            self._rescue.end()
            self._link.hurry()
            self._stills.clear()
            self._placing.leave_head()
            async with asyncio.TaskGroup() as ending:
                ending.create_task(self._head.stop(), name="head-stop")
                ending.create_task(self._sessions.stop(), name="session-stop")
                ending.create_task(self._watchers.stop(), name="watchers-stop")
            for task in [*tasks, link]:
                task.cancel()
        await self._sound.stop()

    @property
    def turned_off(self) -> bool:
        """The button asked for the end; the computer is still on."""
        return self._button.turned_off

    async def _warm_up(self) -> None:
        await asyncio.to_thread(self._picture.encoders.probe)
        await asyncio.to_thread(usable_codecs)
        try:
            await self._sound.warm_up()
        except SpeechError as error:
            self._on_fault(Fault.SPEECH, str(error))

    def _new_sessions(self) -> SessionKeeper:
        return SessionKeeper(
            self._robot,
            Ownership(self._settings.session.grace_s),
            self._gate,
            self._video,
            self._sound,
            self._rtc_settings(),
            Outlets(
                signal=self._signal,
                new_connection=self._head.begin_steering,
                opened=self._opened,
                closed=self._closed,
                set_point=self._steer,
                fault=self._on_fault,
                changed=self._changed,
                released=lambda: self._watchers.review(),  # noqa: PLW0108 (they are made later)
            ),
            self._settings.rtc.servers(),
        )

    # What comes from the broker

    async def _on_message(self, channel: Channel, message: Any) -> None:
        match message:
            case Offer() as offer if offer.epoch != self._link.epoch:
                await self._sessions.decline(offer, TurnedAway.OTHER_EPOCH)
            case Offer() as offer:
                await self._sessions.ask(offer)
            case Beat() as beat:
                self._sessions.heard(beat)
            case Rescue() as word:
                self._sessions.heard(word)
                self._rescue.hear(word)
            case Hangup() as hangup:
                self._sessions.hang_up(hangup)
            case WatchOffer() as wish:
                await self._watchers.ask(wish, self._link.epoch)
            case WatchHangup() as hangup:
                self._watchers.hang_up(hangup)
            case FarSetPoint() as far:
                self._steer_from_afar(far)
            case Command() as command:
                await self._commands.put(command, self._link.epoch)
            case LeaderCommand() as led:
                await self._leaders.put(led, self._link.epoch)

    async def _refuse_as_busy(self, command: Command | LeaderCommand) -> None:
        session = command.session or ""
        await self._answer(Refused(robot=self._robot, id=command.id, session=session, reason=Refusal.BUSY))

    async def _on_bad(self, channel: Channel, error: MessageError) -> None:
        self._live.refused_messages += 1
        log.warning("%s", error)
        if channel is topics.COMMAND:
            unread = {"robot": self._robot, "id": "", "session": "", "reason": Refusal.INVALID}
            await self._answer(Refused.model_validate({**unread, "detail": str(error)[:300]}))
        self._changed()

    def _steer_from_afar(self, far: FarSetPoint) -> None:
        rescued = self._rescue.serves(far.session)  # its page says that it has no media path, whatever we think
        steers = self._sessions.steers_from_afar(far.session, far.connection, without_media=rescued)
        # asked first: a stranger's clock must not touch the holder's
        if steers and self._gate.set_point_is_fresh(far.point.sent_ms, time.monotonic() * 1000):
            self._steer(far.point)

    def _room_now(self) -> RoomNow:
        held, live = self._sessions.holder, self._live
        session, seat = (None, None) if held is None else (held.session, held.seat)
        return RoomNow(session, seat, live.choices, live.private, live.mode, self._stopping)

    def _watched_alone(self, on: bool) -> None:
        if self._sessions.holder is None and not self._placing.has_head:
            self._head.look_at(self._head.settings.rest_pan_deg, LEVEL_DEG) if on else self._head.rest()

    def _may_be_rescued(self, session: str) -> bool:
        held = self._sessions.holder
        return held is not None and held.session == session and not self._live.private and not self._stopping

    def _steer(self, point: SetPoint) -> None:
        self._head.steer(point.pan_deg, point.tilt_deg, point.seq)

    # What goes to the broker

    async def _answer(self, reply: Done | Refused) -> None:
        await self._link.publish(topics.REPLY, reply)

    async def _signal(self, signal: SignalFromRobot) -> None:
        await self._link.publish(topics.SIGNAL_OUT, signal)

    async def _send_parcel(self, parcel: RescueParcel) -> bool:
        return await self._link.publish_parcel(parcel)

    async def _publish_state(self, state: RobotState) -> None:
        await self._link.publish(topics.STATE, state)

    async def _send_state(self) -> None:
        await self._reporter.send_now()

    # What the parts report

    def _changed(self) -> None:
        self._sound.passes_on = passes_on(self._room_now(), self._live.floor, self._sound.mixer.loudness.whisper)
        self._watchers.review()
        self._preflight.review()
        self._head.set_watched(self._reporter.watched)
        self._head.set_lights(self._reporter.lights())
        self._reporter.changed()

    async def _opened(self, holder: Holder, goes_on: bool) -> None:
        self._placing.leave_head()
        if not goes_on:
            self._head.look_at(self._head.settings.rest_pan_deg, LEVEL_DEG)  # from rest it would see the table
        log.info("%s holds the robot", holder.name)
        epoch, session = self._link.epoch, holder.session
        self._events.put(SessionOpened(robot=self._robot, epoch=epoch, session=session, name=holder.name))

    async def _closed(self, holder: Holder, reason: EndReason, goes_on: bool) -> None:
        """The next holder of a visit that goes on finds hand, floor, choices, volume and head as they are."""
        log.info("the session of %s is over: %s", holder.name, reason.value)
        self._rescue.end()
        self._stills.clear()
        if not goes_on:
            self._hearing.forget()
            self._sound.mixer.loudness = Loudness(self._placing.volume_percent)
            self._live.forget_person()
            self._head.rest()
        epoch, session = self._link.epoch, holder.session
        self._events.put(SessionClosed(robot=self._robot, epoch=epoch, session=session, reason=reason))

    def _on_pose(self, pose: Pose) -> None:
        if self._sessions.holder is not None and (not self._sessions.send_pose(pose) or self._rescue.active):
            self._far_poses.put(pose)

    def _on_button(self, press: Press) -> None:
        self._button.pressed(press)
        self._events.put(ButtonPressed(robot=self._robot, epoch=self._link.epoch, press=press))

    def _set_privacy(self) -> None:
        private = self._privacy.privacy.private
        if not self._live.set_privacy(private, self._privacy.privacy.mode):
            return
        self._stills.clear()
        self._sessions.set_private(private)
        if private:
            self._rescue.end()
            self._head.rest()

    def _status(self) -> Status:
        return self._reporter.status(self._link.connected)

    def _on_camera(self, words: str | None) -> None:
        self._faults.set_from_thread(Fault.CAMERA, words)

    def _on_fault(self, fault: Fault, words: str | None) -> None:
        self._faults.set(fault, words)
