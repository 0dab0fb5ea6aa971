"""Commands to a robot, and the reply that every command gets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import (
    CommandId,
    ConnectionId,
    Epoch,
    Language,
    MonotonicMs,
    PanDeg,
    Percent,
    PersonName,
    PlaceName,
    RobotId,
    Sentence,
    Sequence,
    SessionId,
    TiltDeg,
    Wire,
)
from protocol.meeting import EndMeeting, MeetingEnded, MeetingModeApplied, SetMeetingMode
from protocol.preflight import PreflightApplied, RunPreflight
from protocol.state import MOST_PLACES, HeadPlace, Heard, Mood
from protocol.stills import CropStill, StillApplied, TakeStill
from protocol.watching import Choices


class RaiseHand(Wire):
    """Raise (or lower) the hand: the light on top blinks until it is lowered."""

    type: Literal["raise_hand"] = "raise_hand"
    raised: bool


class Speak(Wire):
    """Say a sentence in the room."""

    type: Literal["speak"] = "speak"
    text: Sentence
    language: Language = "nb"


class LookAt(Wire):
    """Turn the head to an angle and stay there (a tap, an arrow, a saved place)."""

    type: Literal["look_at"] = "look_at"
    pan_deg: PanDeg
    tilt_deg: TiltDeg


class GestureName(StrEnum):
    """What the head can say without words."""

    NOD = "nod"
    """Yes."""
    SHAKE = "shake"
    """No."""


class MakeGesture(Wire):
    """Nod or shake the head; a set-point or a turn interrupts it."""

    type: Literal["make_gesture"] = "make_gesture"
    gesture: GestureName


class SetMood(Wire):
    """What the eyes show while somebody is connected."""

    type: Literal["set_mood"] = "set_mood"
    mood: Mood


class SetVolume(Wire):
    """How loud the person is in the room, voice and spoken sentences alike.

    `percent` is of the loudest, as it sounds: 50 is half as loud. A whisper is for the neighbour's ears.
    """

    type: Literal["set_volume"] = "set_volume"
    percent: Percent
    whisper: bool = False


class AskHeard(Wire):
    """«Hører dere meg?»: play a soft chime and tell how well the room hears it. The answer takes two seconds."""

    type: Literal["ask_heard"] = "ask_heard"


class ListenOnly(Wire):
    """The person only listens: the blue light asks the room not to address them."""

    type: Literal["listen_only"] = "listen_only"
    on: bool


class SetChoices(Wire):
    """What the person allows from now on: who may watch, hear them, and see their name."""

    type: Literal["set_choices"] = "set_choices"
    choices: Choices


class EndSession(Wire):
    """The person leaves: camera and microphone close and the head goes to rest."""

    type: Literal["end_session"] = "end_session"


Action = Annotated[
    RaiseHand
    | Speak
    | LookAt
    | MakeGesture
    | SetMood
    | SetVolume
    | ListenOnly
    | AskHeard
    | TakeStill
    | CropStill
    | SetChoices
    | EndSession,
    Field(discriminator="type"),
]


class Command(Wire):
    """One action with what protects the robot from it: session, connection, epoch, sequence, time of sending.

    `seq` and `sent_ms` are the connection's; `sent_ms` is the tablet's monotonic clock. The robot learns the
    offset of that clock in the session and refuses a command that is too old.
    """

    type: Literal["command"] = "command"
    id: CommandId
    session: SessionId
    connection: ConnectionId
    epoch: Epoch
    seq: Sequence
    sent_ms: MonotonicMs
    action: Action


class MarkSeen(Wire):
    """The leader has seen the raised hand; the person is told so."""

    type: Literal["mark_seen"] = "mark_seen"


class GiveFloor(Wire):
    """The person has the floor (steady green light), or has it no longer; a hand that is up stays up."""

    type: Literal["give_floor"] = "give_floor"
    given: bool


class LowerHand(Wire):
    """The hand is taken down, and the floor with it."""

    type: Literal["lower_hand"] = "lower_hand"


class SetPrivate(Wire):
    """*Privat* on or off, as by the button on the robot; needs no session."""

    type: Literal["set_private"] = "set_private"
    on: bool


class EndForPerson(Wire):
    """The leader ends the person's session: camera and microphone close, and the person is told who did it."""

    type: Literal["end_for_person"] = "end_for_person"


class SavePlace(Wire):
    """Keeps where the head looks now under a name; a name that is kept already gets the new place."""

    type: Literal["save_place"] = "save_place"
    name: PlaceName


class RemovePlace(Wire):
    """Forgets a saved place; one that is not there is gone already."""

    type: Literal["remove_place"] = "remove_place"
    name: PlaceName


LeaderAction = Annotated[
    MarkSeen
    | GiveFloor
    | LowerHand
    | SetVolume
    | AskHeard
    | SetPrivate
    | SetMeetingMode
    | EndMeeting
    | EndForPerson
    | LookAt
    | SavePlace
    | RemovePlace
    | RunPreflight,
    Field(discriminator="type"),
]


class LeaderCommand(Wire):
    """One action of a course leader. `session` is whom it concerns; what concerns the robot itself needs none:
    *privat*, how the room takes part in the meeting, and its placing (`LookAt` while nobody is inside, `SavePlace`,
    `RemovePlace`, `RunPreflight`; while nobody is inside also `SetVolume` and `AskHeard`).

    It has neither sequence nor time of sending: a leader has no session with the robot. The epoch keeps out what
    waited at a broker, the session what was meant for somebody else, the id what comes twice.
    """

    type: Literal["leader_command"] = "leader_command"
    id: CommandId
    epoch: Epoch
    session: SessionId | None
    by: PersonName
    action: LeaderAction


class Refusal(StrEnum):
    """Why a command did nothing."""

    NO_SESSION = "no_session"
    OTHER_SESSION = "other_session"
    OTHER_EPOCH = "other_epoch"
    OUT_OF_ORDER = "out_of_order"
    TOO_OLD = "too_old"
    NOT_STEERING = "not_steering"
    PRIVATE = "private"
    FULL = "full"
    HAND_DOWN = "hand_down"
    PART_BROKEN = "part_broken"
    BUSY = "busy"
    EXPIRED = "expired"
    INVALID = "invalid"


class HandApplied(Wire):
    """The hand as it is now."""

    type: Literal["hand_applied"] = "hand_applied"
    raised: bool


class SpeechQueued(Wire):
    """The sentence will be heard; `duration_s` is how long it takes to say."""

    type: Literal["speech_queued"] = "speech_queued"
    duration_s: Annotated[float, Field(ge=0, le=600)]


class LookApplied(Wire):
    """The angle that the head turns to, after the limits."""

    type: Literal["look_applied"] = "look_applied"
    pan_deg: PanDeg
    tilt_deg: TiltDeg


class GestureMade(Wire):
    """The gesture has begun; `duration_s` is how long it takes."""

    type: Literal["gesture_made"] = "gesture_made"
    gesture: GestureName
    duration_s: Annotated[float, Field(ge=0, le=60)]


class MoodApplied(Wire):
    """The mood that the eyes show now."""

    type: Literal["mood_applied"] = "mood_applied"
    mood: Mood


class VolumeApplied(Wire):
    """How loud the person is now."""

    type: Literal["volume_applied"] = "volume_applied"
    percent: Percent
    whisper: bool


class HeardApplied(Wire):
    """How well the room hears the robot."""

    type: Literal["heard_applied"] = "heard_applied"
    heard: Heard


class ListenApplied(Wire):
    """Whether the person only listens now."""

    type: Literal["listen_applied"] = "listen_applied"
    on: bool


class ChoicesApplied(Wire):
    """What the person allows now."""

    type: Literal["choices_applied"] = "choices_applied"
    choices: Choices


class SessionEnded(Wire):
    """Camera and microphone are closed."""

    type: Literal["session_ended"] = "session_ended"


class FloorApplied(Wire):
    """What a leader has made of the hand and the floor."""

    type: Literal["floor_applied"] = "floor_applied"
    raised: bool
    seen: bool
    floor: bool


class PlacesApplied(Wire):
    """What is saved now."""

    type: Literal["places_applied"] = "places_applied"
    places: Annotated[tuple[HeadPlace, ...], Field(max_length=MOST_PLACES)]


class PrivateApplied(Wire):
    """Whether *privat* is on now."""

    type: Literal["private_applied"] = "private_applied"
    on: bool


Applied = Annotated[
    HandApplied
    | SpeechQueued
    | LookApplied
    | GestureMade
    | MoodApplied
    | VolumeApplied
    | ListenApplied
    | HeardApplied
    | StillApplied
    | FloorApplied
    | PrivateApplied
    | MeetingModeApplied
    | MeetingEnded
    | PlacesApplied
    | PreflightApplied
    | ChoicesApplied
    | SessionEnded,
    Field(discriminator="type"),
]


class Done(Wire):
    """The command was carried out; `applied` is what was really done. A leader's may concern no session."""

    type: Literal["done"] = "done"
    robot: RobotId
    id: CommandId
    session: SessionId | None
    applied: Applied


class Refused(Wire):
    """The command changed nothing; `id` is empty when the payload was not even readable."""

    type: Literal["refused"] = "refused"
    robot: RobotId
    id: Annotated[str, Field(max_length=43)]
    session: Annotated[str, Field(max_length=43)]
    reason: Refusal
    detail: Annotated[str, Field(max_length=300)] = ""


CommandMessage = Annotated[Command | LeaderCommand, Field(discriminator="type")]
Reply = Annotated[Done | Refused, Field(discriminator="type")]

COMMAND: TypeAdapter[CommandMessage] = TypeAdapter(CommandMessage)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
