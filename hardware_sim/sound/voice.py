"""The voices in the room: Norwegian sentences spoken by espeak-ng.

Reads a JSON list of [voice, words a minute, pitch, range, sentence] from stdin. Writes one line of JSON, the rate in Hz
and each sentence's number of samples, and then all samples, s16le mono. A program of its own (run by its path, imports
nothing of ours): espeak-ng is GPL-3 and keeps global state. Exit code 1 and one line on stderr when the engine or a
voice is missing.
"""

import ctypes
import json
import os
import sys
from typing import Final

import espeakng_loader

AUDIO_OUTPUT_SYNCHRONOUS: Final = 2  # espeak_AUDIO_OUTPUT in speak_lib.h
ESPEAK_CHARS_UTF8: Final = 1
ESPEAK_RATE, ESPEAK_PITCH, ESPEAK_RANGE = 1, 3, 4  # espeak_PARAMETER
EE_OK: Final = 0

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EngineError(Exception):
    """espeak-ng could not be used; the text says which call failed."""


class Engine:
    """espeak-ng. One per process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self._library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if self.rate <= 0:
            raise EngineError(f"espeak_Initialize answered {self.rate}")
        self._pcm = bytearray()
        self._callback = _CALLBACK(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count:
            self._pcm += ctypes.string_at(samples, count * 2)
        return 0

    def speak_as(self, voice: str, pace: int, pitch: int, melody: int) -> None:
        """From now on with this voice, so many words a minute, pitch and range of pitch 0..99."""
        code = self._library.espeak_SetVoiceByName(voice.encode())
        if code != EE_OK:  # it would silently keep the former voice
            raise EngineError(f"espeak_SetVoiceByName({voice}) answered {code}")
        for parameter, value in [(ESPEAK_RATE, pace), (ESPEAK_PITCH, pitch), (ESPEAK_RANGE, melody)]:
            self._library.espeak_SetParameter(parameter, value, 0)

    def say(self, sentence: str) -> bytes:
        """The sentence as s16 mono at `rate`."""
        self._pcm.clear()
        text = sentence.encode()
        code = self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, ESPEAK_CHARS_UTF8, None, None)
        if code != EE_OK:
            raise EngineError(f"espeak_Synth answered {code}")
        return bytes(self._pcm)


def main() -> int:
    # The engine prints to stdout when it is unhappy: keep the answer on a descriptor of its own.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        try:
            engine, spoken = Engine(), []
            for *manner, sentence in json.load(sys.stdin):
                engine.speak_as(*manner)
                spoken.append(engine.say(sentence))
        except (EngineError, OSError) as error:
            sys.stderr.write(f"The room has no voice: {error}\n")
            return 1
        out.write(json.dumps({"rate": engine.rate, "samples": [len(pcm) // 2 for pcm in spoken]}).encode() + b"\n")
        out.write(b"".join(spoken))
    return 0


if __name__ == "__main__":
    sys.exit(main())
