"""What a robot says of itself: presence (retained, last will) and the state heartbeat."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import (
    Companion,
    ConnectionId,
    Epoch,
    PanDeg,
    Percent,
    PersonName,
    PlaceName,
    RobotId,
    SeatId,
    Seconds,
    Sequence,
    SessionId,
    TiltDeg,
    Wire,
)
from protocol.ice import MediaPath
from protocol.meeting import MeetingMode
from protocol.preflight import Preflight
from protocol.quality import QualityNumbers, Verdict
from protocol.watching import MOST_WATCHERS, Choices, Watcher

MOST_PLACES = 6  # as many as one finds at a glance


class Eyes(StrEnum):
    """The robot's face. Open eyes mean that somebody can see or hear, closed that nobody can."""

    CLOSED = "closed"
    NEUTRAL = "neutral"
    HAPPY = "happy"
    SAD = "sad"
    CONFUSED = "confused"


class Mood(StrEnum):
    """What a person may choose for the eyes; closing them is the robot's own business."""

    NEUTRAL = "neutral"
    HAPPY = "happy"
    SAD = "sad"
    CONFUSED = "confused"


class HandLight(StrEnum):
    """The light on top, by what it means; the robot's table says how each looks and which goes before which."""

    OFF = "off"
    BLINK = "blink"
    """The hand is up."""
    ON = "on"
    """The floor is given."""
    LISTENING = "listening"
    """The person only listens and is not to be addressed."""
    PRIVATE = "private"
    CONNECTING = "connecting"
    """Somebody holds the seat and can neither see nor hear yet."""
    TELLING = "telling"
    """The robot itself is saying how it is."""
    UNPAIRED = "unpaired"
    """The robot belongs to no service yet and looks for its pairing code."""
    BATTERY_LOW = "battery_low"
    FAULT = "fault"


class Fault(StrEnum):
    """A part that does not work now; the rest of the robot goes on."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    HEAD = "head"
    HEAD_BLOCKED = "head_blocked"
    HEAD_HOT = "head_hot"
    """A servo is near the heat at which it stops by itself, or past it."""
    HEAD_POWER = "head_power"
    """A servo gets a voltage that it is not made for."""
    HEAD_BOARD = "head_board"
    SPEECH = "speech"
    RELAY = "relay"
    """TURN servers are named and none works from here; only a line that needs one is touched by it."""
    BATTERY_LOW = "battery_low"


class PictureStep(StrEnum):
    """What of the picture the line carries, the best first: sharpness goes before frame rate, picture before sound."""

    P720 = "p720"
    P540 = "p540"
    P360 = "p360"
    P180 = "p180"
    P180_20 = "p180_20"
    """The smallest picture at 20 frames a second, the least that is called moving (EN 301 549, 6.5.3)."""
    STILLS = "stills"
    """A still picture every second or two, and sound."""
    SOUND_ONLY = "sound_only"


class Hearing(StrEnum):
    """Does the room hear the robot? `UNKNOWN` = it said too little, or others talked too loudly, to tell."""

    HEARD = "heard"
    FAINT = "faint"
    NOT_HEARD = "not_heard"
    UNKNOWN = "unknown"


class Online(Wire):
    """The robot is reachable in this epoch."""

    type: Literal["online"] = "online"
    robot: RobotId
    epoch: Epoch


class Offline(Wire):
    """The robot said good-bye, or the broker said it for the robot (last will)."""

    type: Literal["offline"] = "offline"
    robot: RobotId
    epoch: Epoch
    reason: Literal["stopped", "lost"]


Presence = Annotated[Online | Offline, Field(discriminator="type")]


class Pose(Wire):
    """Where the head really is (measured), and whether a limit or an obstacle holds it."""

    type: Literal["pose"] = "pose"
    pan_deg: PanDeg
    tilt_deg: TiltDeg
    goal_pan_deg: PanDeg
    goal_tilt_deg: TiltDeg
    moving: bool
    at_limit: bool
    """The last set-point was beyond a limit and was cut to it."""
    seq: Sequence = 0
    """The newest set-point that this pose knows of."""


class HeadLimits(Wire):
    """How far the head may turn, in degrees."""

    pan_min_deg: PanDeg
    pan_max_deg: PanDeg
    tilt_min_deg: TiltDeg
    tilt_max_deg: TiltDeg


class HeadPlace(Wire):
    """Where something stands in the room that is looked at often, as this robot's head has it."""

    name: PlaceName
    pan_deg: PanDeg
    tilt_deg: TiltDeg


class CameraView(Wire):
    """What the page needs to turn a tap into an angle. `hfov_deg` is horizontal, in degrees."""

    width: Annotated[int, Field(ge=16, le=8192)]
    height: Annotated[int, Field(ge=16, le=8192)]
    hfov_deg: Annotated[float, Field(gt=0, lt=180)]


class SessionState(Wire):
    """Who holds the robot, and who is with them. `lost_s` is how long nothing has been heard, 0 while beats come;
    `steers_since_s` how long it has been the tablet that steers now."""

    id: SessionId
    seat: SeatId
    connection: ConnectionId
    name: PersonName
    companion: Companion = ""
    steering: bool
    since_s: Seconds
    steers_since_s: Seconds = 0.0
    lost_s: Seconds
    media: Literal["connecting", "connected", "failed"]
    rescue: bool = False
    """Still pictures and sound go by way of the service, for want of a media path."""


class HandState(Wire):
    """The raised hand: how long it has been up (seconds), and whether a leader has seen it."""

    raised: bool
    since_s: Seconds = 0.0
    seen: bool = False
    floor: bool = False


class VolumeState(Wire):
    """How loud the person is in the room; back to this default when a session ends."""

    percent: Percent = 100.0
    whisper: bool = False


class BatteryState(Wire):
    """The battery as the head board measures it. `left_s`: until it is empty, or full while it charges.

    None while that is not known: two whole percents have to have gone.
    """

    percent: Percent
    charging: bool
    left_s: Seconds | None = None


class QualityState(Wire):
    """What is sent now. `step` is None while nothing is sent, and in the first seconds, when the line is measured."""

    step: PictureStep | None = None
    width: Annotated[int, Field(ge=0, le=8192)]
    height: Annotated[int, Field(ge=0, le=8192)]
    fps: Annotated[float, Field(ge=0, le=240)]
    bitrate_bps: Annotated[int, Field(ge=0, le=10**9)]
    rtt_ms: Annotated[float, Field(ge=0, le=60_000)] | None = None
    loss: Annotated[float, Field(ge=0, le=1)] | None = None
    path: MediaPath | None = None
    verdict: Verdict | None = None
    numbers: QualityNumbers | None = None


class Heard(Wire):
    """What the robot's microphone heard of its own voice, `since_s` ago.

    `snr_db` is the voice over the room's noise, `delay_ms` its way from the speaker's queue to the microphone.
    """

    hearing: Hearing
    snr_db: Annotated[float, Field(ge=-120, le=120)] | None = None
    delay_ms: Annotated[float, Field(ge=0, le=10_000)] | None = None
    since_s: Seconds = 0.0


class RobotState(Wire):
    """The heartbeat: everything live about a robot. Any web node rebuilds what it shows from this."""

    type: Literal["state"] = "state"
    robot: RobotId
    epoch: Epoch
    seq: Sequence
    session: SessionState | None
    hand: HandState
    listening: bool = False
    """The person only listens (the blue light)."""
    choices: Choices = Choices()
    """What the person allows; everything off while nobody is in."""
    watchers: Annotated[tuple[Watcher, ...], Field(max_length=MOST_WATCHERS)] = ()
    """Everybody who sees and hears the room beside the person, who came first first."""
    private: bool
    mode: MeetingMode = MeetingMode.PLENARY
    """How the room takes part in the meeting."""
    voice_elsewhere: bool = False
    """The person is heard in another room now: it watches, and they allow it and have the floor."""
    eyes: Eyes
    hand_light: HandLight
    pose: Pose | None
    limits: HeadLimits
    places: Annotated[tuple[HeadPlace, ...], Field(max_length=MOST_PLACES)] = ()
    """What a leader saved, the oldest first."""
    view: CameraView
    camera_open: bool
    microphone_open: bool
    speaking: bool
    volume: VolumeState = VolumeState()
    quality: QualityState | None
    battery: BatteryState | None
    heard: Heard | None = None
    """The newest answer to «hører dere meg?»; None until the robot has said something in the open room."""
    faults: tuple[Fault, ...] = ()
    preflight: Preflight | None = None
    """What it found when it looked itself over last; None until it was asked to."""
    refused_messages: Annotated[int, Field(ge=0)] = 0


PRESENCE: TypeAdapter[Presence] = TypeAdapter(Presence)
STATE: TypeAdapter[RobotState] = TypeAdapter(RobotState)
POSE: TypeAdapter[Pose] = TypeAdapter(Pose)
