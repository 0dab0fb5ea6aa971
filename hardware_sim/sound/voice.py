"""The lecturer's voice: a Norwegian talk as a WAV on stdout, spoken by espeak-ng.

A program of its own (run by its path, imports nothing of ours): espeak-ng is GPL-3 and keeps global state.
Exit code 1 and one line on stderr when the engine or its Norwegian voice is missing.
"""

import ctypes
import io
import os
import sys
import wave
from typing import Final

import espeakng_loader

AUDIO_OUTPUT_SYNCHRONOUS: Final = 2  # espeak_AUDIO_OUTPUT in speak_lib.h
ESPEAK_CHARS_UTF8: Final = 1
ESPEAK_RATE, ESPEAK_PITCH, ESPEAK_RANGE = 1, 3, 4  # espeak_PARAMETER
EE_OK: Final = 0
VOICE: Final = b"nb+f2"
WORDS_PER_MINUTE: Final = 140  # a calm lecturer
PITCH: Final = 45
PITCH_RANGE: Final = 60
PAUSE_S: Final = 0.9
LONG_PAUSE_S: Final = 2.2

TALK: Final = (
    ("Velkommen til det tredje møtet i Mestringstreff.", PAUSE_S),
    ("I dag skal vi snakke om det å leve godt med sykdom.", PAUSE_S),
    ("Noen av dere sitter her i rommet, og noen er med oss på skjerm fra andre kommuner.", LONG_PAUSE_S),
    ("Vi begynner med en runde der alle som vil, forteller hvordan uka har vært.", PAUSE_S),
    ("Rekk gjerne opp hånda når du vil si noe.", PAUSE_S),
    ("Det er også helt greit å bare lytte.", LONG_PAUSE_S),
    ("Mange merker at kreftene varierer fra dag til dag.", PAUSE_S),
    ("Derfor kan det hjelpe å planlegge pauser før du blir sliten.", PAUSE_S),
    ("Små mål er lettere å nå enn store, og de gir like mye glede.", LONG_PAUSE_S),
    ("Etter kaffen snakker vi om søvn, bevegelse og det å be om hjelp.", PAUSE_S),
    ("Er det noen som har spørsmål så langt?", LONG_PAUSE_S),
)

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EngineError(Exception):
    """espeak-ng could not be used; the text says which call failed."""


class Engine:
    """espeak-ng with one voice. One per process."""

    def __init__(self, voice: bytes) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self._library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if self.rate <= 0:
            raise EngineError(f"espeak_Initialize answered {self.rate}")
        code = self._library.espeak_SetVoiceByName(voice)
        if code != EE_OK:  # it would silently keep the former voice
            raise EngineError(f"espeak_SetVoiceByName({voice.decode()}) answered {code}")
        for parameter, value in [
            (ESPEAK_RATE, WORDS_PER_MINUTE),
            (ESPEAK_PITCH, PITCH),
            (ESPEAK_RANGE, PITCH_RANGE),
        ]:
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pcm = bytearray()
        self._callback = _CALLBACK(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count:
            self._pcm += ctypes.string_at(samples, count * 2)
        return 0

    def say(self, sentence: str) -> bytes:
        """The sentence as s16 mono at `rate`."""
        self._pcm.clear()
        text = sentence.encode()
        code = self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, ESPEAK_CHARS_UTF8, None, None)
        if code != EE_OK:
            raise EngineError(f"espeak_Synth answered {code}")
        return bytes(self._pcm)


def talk(engine: Engine) -> bytes:
    """The whole talk with its pauses, as s16 mono at the engine's rate."""
    return b"".join(engine.say(sentence) + bytes(2 * int(pause_s * engine.rate)) for sentence, pause_s in TALK)


def main() -> int:
    # The engine prints to stdout when it is unhappy: keep the WAV on a descriptor of its own.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        try:
            engine = Engine(VOICE)
            pcm = talk(engine)
        except (EngineError, OSError) as error:
            sys.stderr.write(f"The lecturer has no voice: {error}\n")
            return 1
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(engine.rate)
            wav.writeframes(pcm)
        out.write(buffer.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
