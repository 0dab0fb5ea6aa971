"""The two ends of a line: network namespaces without a name, each with one TUN device.

None of it has a life of its own: a namespace ends with its last process and file, a device with its file. So a line
that was killed leaves no network behind. A program that one of its programs started may live on, in a namespace that
leads nowhere.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TUN: Final = Path("/dev/net/tun")
NO_IPV6: Final = Path("/proc/sys/net/ipv6/conf/all/disable_ipv6")  # of the thread's namespace
DEVICE: Final = "line0"
MTU: Final = 1500
# linux/if_tun.h
TUNSETIFF: Final = 0x400454CA
IFF_TUN: Final = 0x0001
IFF_NO_PI: Final = 0x1000
CLONE_NEWNET: Final = 0x40000000  # linux/sched.h
IP_TIMEOUT_S: Final = 10.0  # a few netlink messages, on a busy machine

libc = ctypes.CDLL(None, use_errno=True)


class LineError(Exception):
    """A line cannot be made here; the text says what is missing and what to do."""


@dataclass(frozen=True)
class End:
    """One end: both files keep it alive."""

    name: str
    address: str
    namespace: int
    tun: int

    @property
    def inode(self) -> int:
        """What `/proc/PID/ns/net` of a process at this end has as its inode."""
        return os.fstat(self.namespace).st_ino

    def close(self) -> None:
        """The device goes at once, the namespace with its last process."""
        os.close(self.tun)
        os.close(self.namespace)


def check_machine() -> None:
    """Raises LineError for the first thing that a line needs and that is not here."""
    if os.geteuid() != 0:
        raise LineError("only root may make a line (network namespaces and a TUN device): run it with sudo")
    if not TUN.exists():
        raise LineError(f"{TUN} is not here: load the kernel's module with `modprobe tun`, or pass it to the container")
    for program, package in (("ip", "iproute2"), ("nsenter", "util-linux"), ("setpriv", "util-linux")):
        if shutil.which(program) is None:
            raise LineError(f"the program {program} is missing: apt-get install {package}")


def make_end(name: str, address: str) -> End:
    """A new namespace with a device at `address` (/24), and everything else by way of it. Raises LineError."""
    try:
        with _new_namespace() as namespace:
            with suppress(OSError):  # not there, or not to be changed: then a stray packet at the start is all
                NO_IPV6.write_text("1", encoding="ascii")
            tun = _open_tun()
            for command in (
                "link set dev lo up",
                f"link set dev {DEVICE} addrgenmode none mtu {MTU} txqueuelen 1000 up",
                f"address add {address}/24 dev {DEVICE}",
                f"route add default dev {DEVICE}",
            ):
                _ip(command)
    except OSError as error:
        raise LineError(f"the {name} end cannot be made: {error}; may this machine make network namespaces?") from error
    return End(name, address, namespace, tun)


def _ip(command: str) -> None:
    try:
        done = subprocess.run(
            ["ip", *command.split()], capture_output=True, text=True, timeout=IP_TIMEOUT_S, check=False
        )  # in our thread's namespace
    except subprocess.TimeoutExpired as error:
        raise LineError(
            f"`ip {command}` did not end in {IP_TIMEOUT_S:g} s: the machine is too busy; try again"
        ) from error
    if done.returncode != 0:
        raise LineError(f"`ip {command}` failed: {done.stderr.strip()}")


@contextmanager
def _new_namespace() -> Iterator[int]:
    """This thread lives in a new network namespace until the end of the block; gives a file that keeps it alive."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(libc.unshare(CLONE_NEWNET))
        try:
            yield os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            _check(libc.setns(own, CLONE_NEWNET))
    finally:
        os.close(own)


def _open_tun() -> int:
    file = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    # struct ifreq: 16 bytes of name, then the flags; no header before each packet
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    return file


def _check(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
