"""The whole demo at one end of a line, with the bench's room for its sound and the time painted on its picture.

`python -m bench.thin_stage --host 10.79.0.1 --room SOCKET --folder DIR` prints one JSON line when it is there (see
`av1-demo --json`), one with the simulator's `/api/goals` for each line of its standard input, and ends with
that: nobody else reaches the simulator at this end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path

import aiohttp

from hardware_sim.demo.stage import Stage, Wishes

log = logging.getLogger("bench.thin_stage")


async def serve(host: str, room: str, folder: Path) -> None:
    """Until the end of standard input. Raises ChildError for a part that does not start."""
    stage = Stage(Wishes(host, 0, 0, sound=f"socket:{room}"), folder, log.info)
    try:
        ready = await stage.enter()
        wish = {"stamp": True}
        async with aiohttp.ClientSession() as http:
            async with http.post(f"{ready.simulator}/api/body", json=wish) as answer:
                answer.raise_for_status()
            print(json.dumps(asdict(ready)), flush=True)
            while await asyncio.to_thread(sys.stdin.readline):
                async with http.get(f"{ready.simulator}/api/goals") as answer:
                    print(json.dumps(await answer.json()), flush=True)
    finally:
        await stage.leave()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.thin_stage", description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--room", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.host, options.room, options.folder))


if __name__ == "__main__":
    main()
