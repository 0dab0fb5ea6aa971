"""What can go wrong with sound.

SoundError
├── SoundDeviceError      which device, what happened, what to do
│   ├── SoundOpenError    it could not be opened
│   └── SoundLostError    it was open and stopped
├── OpusLibraryError      no libopus on this machine
├── SoundClosedError      something was asked for while the device is closed
└── SpeechError
    ├── SpeechLanguageError   no voice for that language
    ├── SpeechEmptyError      the text has nothing that can be said
    ├── SpeechBusyError       enough sentences are waiting already
    └── SpeechProcessError    the speech process does not do its work
"""

from __future__ import annotations


class SoundError(Exception):
    """Base of everything about sound."""


class SoundDeviceError(SoundError):
    """A sound device fails: its name in the settings, what happened, and what the reader can do."""

    def __init__(self, device: str, what: str, advice: str) -> None:
        self.device = device
        self.what = what
        self.advice = advice
        super().__init__(f"sound device {device!r}: {what}; {advice}")


class SoundOpenError(SoundDeviceError):
    """The device could not be opened."""


class SoundLostError(SoundDeviceError):
    """The device was open and stopped."""


class SoundClosedError(SoundError):
    """The robot's sound is closed (no session, or private)."""

    def __init__(self) -> None:
        super().__init__("the robot's sound is closed: nothing is heard or said without an admitted session")


class OpusLibraryError(SoundError):
    """No libopus on this machine, or not one that can be used."""


class SpeechError(SoundError):
    """A sentence will not be said."""


class SpeechLanguageError(SpeechError):
    """No voice for that language."""

    def __init__(self, language: str, known: tuple[str, ...]) -> None:
        self.language = language
        super().__init__(f"no voice for language {language!r}; choose one of {', '.join(known)}")


class SpeechEmptyError(SpeechError):
    """The text gives no sound."""

    def __init__(self) -> None:
        super().__init__("the text has nothing that can be said; write words")


class SpeechBusyError(SpeechError):
    """The queue of sentences is full."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        super().__init__(f"{waiting} sentences are waiting to be said; wait, or cancel them")


class SpeechProcessError(SpeechError):
    """The speech process failed; the text says how."""
