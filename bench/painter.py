"""The bench's picture for a sender that cannot paint it: raw I420 on stdout, one frame when it is due.

It stops when nobody reads any more; what cannot be written at once is skipped by the source, never queued.
"""

from __future__ import annotations

import contextlib
import fcntl
import sys

from bench.source import StampedSource

PIPE_BYTES = 1 << 20  # most of a frame: writing and reading overlap


def main() -> None:
    source, sequence = StampedSource(), -1
    source.open()
    with contextlib.suppress(OSError):
        fcntl.fcntl(sys.stdout.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with contextlib.suppress(BrokenPipeError):
        while True:
            frame = source.wait_newer(sequence, 1.0)
            if frame is not None:
                sequence = frame.sequence
                sys.stdout.buffer.write(frame.i420.tobytes())
                sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
