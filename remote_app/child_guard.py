"""Becomes a program that the kernel kills when its parent dies: `child_guard.py PARENT_PID PROGRAM ARGUMENT…`.

A program of its own because code between fork and exec is unsafe in a process with threads. Standard library
only; it is started by path. See prctl(2), PR_SET_PDEATHSIG: kept through execve, lost on a change of user.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import NoReturn

PR_SET_PDEATHSIG = 1


def main() -> NoReturn:
    """Becomes the program. Exit code 1: the parent died before we were ready."""
    parent, program, *arguments = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(program, [program, *arguments])  # noqa: S606 (the broker's own path, no shell wanted)


if __name__ == "__main__":
    main()
