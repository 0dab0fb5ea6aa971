"""Everything about the stand-in robot and service that a test can choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from protocol.codes import CodeFault
from protocol.ice import IceSetup, MediaPath
from protocol.meeting import MeetingMode
from protocol.quality import QualityNumbers, Verdict
from protocol.state import Fault, HandState, HeadPlace, Mood, PictureStep, QualityState, VolumeState
from protocol.watching import Choices, Watcher
from protocol.web import LinkFault


@dataclass
class Scene:
    """Everything that a test can choose. Plain values, read by the service's thread as they are."""

    fault: LinkFault | None = None
    present: bool = True
    private: bool = False
    mode: MeetingMode = MeetingMode.PLENARY
    holder: str = ""
    holder_companion: str = ""
    holder_since_s: float = 1.0
    bad_offer: bool = False
    silent: bool = False  # no answer to an offer
    refuses_speech: bool = False
    refuses_gestures: bool = False
    listening: bool = False
    choices: Choices = field(default_factory=Choices)
    volume: VolumeState = field(default_factory=VolumeState)
    mood: Mood = Mood.NEUTRAL
    obeys_settings: bool = True
    """Volume and mood are what the page asks for."""
    link_role: Literal["patient", "relative"] = "patient"
    watchers: tuple[Watcher, ...] = ()
    provokes: frozenset[str] = frozenset()
    """Why the service itself may refuse something in this test; any other refusal fails it."""
    still_left_s: float = 60.0
    door_shut: bool = False
    """Nobody answers what a page asks before it has its WebSocket."""
    opens_at: float | None = None
    """When a link that is too early opens by itself, in seconds since 1970."""
    code_fault: CodeFault | None = None
    code_retry_s: float = 0.0
    codes_tried: list[str] = field(default_factory=list)
    line_held: bool = False
    """A question of a measurement of the line waits for its answer."""
    slow_line_s: list[float] = field(default_factory=list)
    """How long the next questions of a measurement take, one after the other."""
    hand: HandState = field(default_factory=lambda: HandState(raised=False))
    obeys_hand: bool = True
    speaking: bool = False
    faults: tuple[Fault, ...] = ()
    places: tuple[HeadPlace, ...] = ()
    ice: IceSetup = field(default_factory=IceSetup)
    quality: QualityState = field(
        default_factory=lambda: QualityState(
            step=PictureStep.P720,
            width=1280,
            height=720,
            fps=30,
            bitrate_bps=2_000_000,
            rtt_ms=40,
            loss=0,
            path=MediaPath.HOST,
            verdict=Verdict.GOOD,
            numbers=QualityNumbers(
                picture_ms=42,
                hear_ms=80,
                speak_ms=120,
                shown_fps=29.9,
                frozen_ms=0,
                page_buffer_ms=25,
                robot_buffer_ms=30,
                sound_lost=0.005,
                sound_concealed=0,
                echo_loss_db=38,
            ),
        )
    )
