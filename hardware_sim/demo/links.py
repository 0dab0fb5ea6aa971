"""What the demo prints for a person: the links, and what to do with them. Pure."""

from __future__ import annotations

from hardware_sim.demo.course import COORDINATOR, NURSE, CourseReady, RoomLinks
from hardware_sim.demo.stage import Ready


def first_links(ready: Ready | CourseReady) -> str:
    """The first room, which is ready, and who plans the course."""
    pages = ready.patient.partition("j/")[0]
    lines = [
        f"The patient's page, open this:  {ready.patient}",
        f"The same in English:            {ready.patient}?lang=en",
        f"By six digits instead:          {ready.digits} at {pages}",
        f"The course leader's page:       {ready.leader}",
        f"The simulated robot and room:   {ready.simulator}",
    ]
    if isinstance(ready, CourseReady):
        lines += [
            f"The nurse beside the patient:   {ready.nurse_digits} at {pages} ({NURSE})",
            f"The coordinator's page:         {ready.coordinator}",
            f"  log in as                     {ready.login}, password {ready.password} ({COORDINATOR})",
        ]
    text = _block(lines)
    return f"{text}  Press «Bli med» («Join»), and you are in the room. Ctrl-C stops everything.\n"


def other_links(ready: CourseReady) -> str:
    """The other municipalities of the same meeting."""
    return "".join(_block(_room(room)) for room in ready.rooms[1:]) + "  All robots are in the meeting.\n"


def _room(room: RoomLinks) -> list[str]:
    pages = room.patient.partition("j/")[0]
    return [
        f"{room.place}",
        f"  the patient, {room.name + ':':<17} {room.patient}",
        f"  by six digits:                {room.digits} at {pages}",
        f"  the leader, {room.leader_name + ':':<18} {room.leader}",
        f"  robot and room:               {room.simulator}",
    ]


def _block(lines: list[str]) -> str:
    return "\n" + "".join(f"  {line}\n" for line in lines) + "\n"
