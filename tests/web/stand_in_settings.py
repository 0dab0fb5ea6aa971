"""What the stand-in robot lets the person set: listening only, choices, volume and mood."""

from __future__ import annotations

from protocol.base import Wire
from protocol.commands import (
    Applied,
    ChoicesApplied,
    ListenApplied,
    ListenOnly,
    MoodApplied,
    SetChoices,
    SetMood,
    SetVolume,
    VolumeApplied,
)
from protocol.state import VolumeState
from tests.web.scene import Scene


def set_in(scene: Scene, action: Wire) -> Applied | None:
    """Does it, unless the scene says otherwise; None also for what is no setting."""
    match action:
        case ListenOnly(on=on):
            scene.listening = on
            return ListenApplied(on=on)
        case SetChoices(choices=choices):
            scene.choices = choices
            return ChoicesApplied(choices=choices)
        case SetVolume(percent=percent, whisper=whisper) if scene.obeys_settings:
            scene.volume = VolumeState(percent=percent, whisper=whisper)
            return VolumeApplied(percent=percent, whisper=whisper)
        case SetMood(mood=mood) if scene.obeys_settings:
            scene.mood = mood
            return MoodApplied(mood=mood)
    return None
