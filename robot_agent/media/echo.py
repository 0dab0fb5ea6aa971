"""Acoustic echo canceller, high-pass and noise suppression: libwebrtc's processing module from `livekit`.

Gain control stays off: it raises the residual echo. The delay between far and near end is estimated inside.
"""

from __future__ import annotations

from livekit.rtc.apm import AudioProcessingModule
from livekit.rtc.audio_frame import AudioFrame

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block, block_from_bytes, block_to_bytes
from robot_agent.media.echo_meter import EchoMeter


class EchoCanceller:
    """One room, one stream. Not thread-safe: everything is called from the device's thread.

    The sound comes out 15 ms later (measured): 9 ms of echo canceller, 6 ms of noise suppression.
    """

    def __init__(self, *, noise_suppression: bool = True) -> None:
        self._module = AudioProcessingModule(
            echo_cancellation=True,
            noise_suppression=noise_suppression,
            high_pass_filter=True,
            auto_gain_control=False,
        )
        self._meter = EchoMeter()

    @property
    def return_loss_db(self) -> float | None:
        """How much of the robot's own voice is taken out now, from any thread; None until it has been heard."""
        return self._meter.loss_db

    def process(self, near: Block, far: Block) -> Block:
        """The microphone's block without the echo of what the speaker has played.

        `far` is exactly what the device was given last, silence included. About 80 µs; raises
        RuntimeError where the module refuses a block.
        """
        self._module.process_reverse_stream(_frame(far))
        frame = _frame(near)
        self._module.process_stream(frame)
        out = block_from_bytes(frame.data.cast("B"))
        self._meter.add(near, far, out)
        return out


def _frame(block: Block) -> AudioFrame:
    return AudioFrame(bytearray(block_to_bytes(block)), RATE_HZ, 1, BLOCK)
