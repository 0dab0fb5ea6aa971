"""espeak-ng (GPL-3, with global state) in a process of its own: `python -m robot_agent.media.speech_process`.

Reads requests from stdin, answers each on stdout, ends at the end of stdin.
Functions and constants are those of espeak-ng's `speak_lib.h`.
"""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from robot_agent.media.speech_frames import (
    LENGTHS,
    MAX_SOUND_BYTES,
    MAX_TEXT_BYTES,
    FrameError,
    SpeechAnswer,
    SpeechRequest,
    lengths,
)

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_POS_CHARACTER = 1
_ENDPAUSE = 0x1000
_EE_OK = 0
_STOP, _GO_ON = 1, 0

_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Voice:
    """The one espeak-ng of this process."""

    def __init__(self) -> None:
        """Raises RuntimeError where the library or its data cannot be used."""
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz = int(self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _INITIALIZE_DONT_EXIT))
        if self.rate_hz <= 0:
            raise RuntimeError(f"espeak-ng cannot be initialised with its data in {data.decode()}")
        self._sound = bytearray()
        self._callback = _SynthCallback(self._collect)  # espeak-ng keeps the pointer, so we keep the object
        self._library.espeak_SetSynthCallback(self._callback)

    def answer(self, request: SpeechRequest) -> SpeechAnswer:
        """The whole sentence, or why not."""
        code = int(self._library.espeak_SetVoiceByName(request.voice.encode()))
        if code != _EE_OK:  # it would go on silently with the former voice
            return SpeechAnswer(self.rate_hz, f"no voice {request.voice!r} (code {code})", b"")
        self._sound.clear()
        text = request.text.encode()
        code = int(
            self._library.espeak_Synth(text, len(text) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8 | _ENDPAUSE, None, None)
        )
        if code != _EE_OK:
            return SpeechAnswer(self.rate_hz, f"cannot be said (code {code})", b"")
        return SpeechAnswer(self.rate_hz, "", bytes(self._sound))

    def _collect(self, samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            self._sound += ctypes.string_at(samples, count * 2)  # type: ignore[arg-type]
        return _STOP if len(self._sound) > MAX_SOUND_BYTES - 2 * count else _GO_ON


def serve(requests: BinaryIO, answers: BinaryIO, voice: Callable[[SpeechRequest], SpeechAnswer]) -> None:
    """Answer until the end of `requests`. Raises FrameError where they make no sense."""
    while True:
        prefix = requests.read(LENGTHS.size)
        if not prefix:
            return
        if len(prefix) < LENGTHS.size:
            raise FrameError("the pipe ended within a frame")
        header_size, text_size = lengths(prefix, MAX_TEXT_BYTES)
        header, text = requests.read(header_size), requests.read(text_size)
        if len(header) < header_size or len(text) < text_size:
            raise FrameError("the pipe ended within a frame")
        answers.write(voice(SpeechRequest.from_parts(header, text)).to_bytes())
        answers.flush()


def main() -> None:
    # Ctrl-C goes to the whole group: the owner decides when speech ends, by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, sys.stdout.buffer, Voice().answer)


if __name__ == "__main__":
    main()
