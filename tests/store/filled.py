"""A small course in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from remote_app.store import courses, people
from remote_app.store.engine import Store
from remote_app.store.models import Course, Invitation, PersonRole

NOW: Final = datetime(2026, 11, 28, 10, 0, 0, 123456, tzinfo=UTC)
END: Final = NOW + timedelta(days=7, hours=2)


@dataclass(frozen=True, slots=True)
class Filled:
    """The ids of what was made."""

    course: str
    meeting: str
    seat: str
    patient: str
    leader: str
    link: str = "link-of-kari"
    leader_link: str = "link-of-ane"


async def fill(store: Store) -> Filled:
    """Two sites, a robot, a course of two meetings, a seat with patient and nurse, a leader."""
    async with store.write() as session:
        await courses.put_site(session, "vefsn", "Frisklivssentralen", "Vefsn", "75 00 00 00")
        await courses.put_site(session, "rodoy", "Helsesenteret", "Rødøy")
        await courses.put_robot(session, "vefsn", "vefsn", "Frisklivssentralen i Vefsn")
        await courses.put_theme(session, "sovn", {"nb": "Søvn", "en": "Sleep"})
        await courses.put_theme(session, "mat", {"nb": "Mat"})
        course = await courses.add_course(session, Course(name="Mestringstreff", ends_at=NOW), ("vefsn", "rodoy"))
        first = await courses.add_meeting(session, course.id, NOW, NOW + timedelta(hours=2), ("sovn", "mat"))
        await courses.add_meeting(session, course.id, NOW + timedelta(days=7), END)
        seat = await courses.add_seat(session, course.id, "rodoy", "vefsn")
        patient = await people.add_participant(session, "Kari Ødegård", PersonRole.PATIENT, course.id, seat.id)
        await people.add_participant(session, "Áilu", PersonRole.NURSE, course.id, seat.id)
        leader = await people.add_staff(session, "Ane", PersonRole.LEADER, ("vefsn",))
        filled = Filled(course.id, first.id, seat.id, patient.id, leader.id)
        window = {"not_before": NOW, "expires": END}
        await people.invite(
            session,
            Invitation(id=filled.link, person_id=patient.id, seat_id=seat.id, code_mac="c" * 64, **window),
        )
        await people.invite(session, Invitation(id=filled.leader_link, person_id=leader.id, **window))
    return filled
