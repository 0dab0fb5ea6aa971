"""A real PostgreSQL for the tests: Debian's, in a temporary directory, on a free port of the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.broker import free_port

PROGRAMS: Final = Path("/usr/lib/postgresql")
USER: Final = "postgres"  # PostgreSQL does not run as root
PASSWORD: Final = "s3cret-in-no-message"
START_TIMEOUT_S: Final = 60.0
LOOSE: Final = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=60",
    "log_destination=stderr",
)


class Postgres:
    """A running server; `url` is the address of one of its databases."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str, password: str = PASSWORD) -> str:
        """As it stands in `store.url`."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server for as long as the block lasts; nothing of it is left."""
    programs = sorted(PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name))
    assert programs, "no PostgreSQL: sudo apt-get install postgresql"
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    who = USER if os.geteuid() == 0 else None
    try:
        if who is not None:
            _let_in(directory)
        (directory / "password").write_text(PASSWORD)
        if who is not None:
            for path in (directory, directory / "password"):
                shutil.chown(path, who)
        port = free_port()
        options = ("-D", str(directory / "data"), "--no-sync", "--no-instructions", "--locale=C", "-E", "UTF8")
        login = ("-U", USER, "-A", "scram-sha-256", f"--pwfile={directory / 'password'}")
        made = subprocess.run(
            [programs[-1] / "initdb", *options, *login], user=who, cwd=directory, capture_output=True, check=False
        )
        assert made.returncode == 0, made.stderr.decode()
        with (directory / "log").open("wb") as log:
            settings = [part for setting in LOOSE for part in ("-c", setting)]
            place = ("-D", str(directory / "data"), "-k", str(directory), "-h", "127.0.0.1", "-p", str(port))
            server = subprocess.Popen(
                [programs[-1] / "postgres", *place, *settings], user=who, cwd=directory, stdout=log, stderr=log
            )
        try:
            _wait(programs[-1], port, server, directory / "log")
            yield Postgres(port)
        finally:
            server.send_signal(signal.SIGQUIT)  # at once, without a checkpoint
            server.wait()
    finally:
        shutil.rmtree(directory)


def _let_in(directory: Path) -> None:
    """The other user may pass through the run's own directories, which only we can list."""
    for parent in directory.parents:
        if parent.stat().st_uid == os.geteuid() and parent.name.startswith("av1-tests-"):
            parent.chmod(0o711)
    assert pwd.getpwnam(USER)


def _wait(programs: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode != 0:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
