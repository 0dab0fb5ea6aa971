"""The words of the invitation sheet and the calendar file, one set for each language; South Sámi has bokmål's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class SheetWords:
    """Every text; what stands in braces is filled in."""

    invitation: str
    for_whom: str
    steps: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
    scan: str
    or_type: str
    meetings: str
    meeting: str
    early: str
    help_title: str
    help: str
    no_help: str
    keep: str
    join: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date: str


NB: Final = SheetWords(
    invitation="Invitasjon",
    for_whom="Til {name}",
    steps=(
        ("Åpne", "Pek kameraet på nettbrettet mot den svarte ruta, og trykk på lenken som kommer opp."),
        ("Trykk «Bli med»", "Siden spør om å få bruke mikrofonen. Svar ja."),
        ("Vent litt", "Kurslederen slipper deg inn. Så ser og hører du rommet."),
    ),
    scan="Pek kameraet hit",
    or_type="Eller gå til {host} og skriv",
    meetings="Møtene",
    meeting="{date} kl. {start}–{end}",
    early="Du kan komme inn en halvtime før. Mellom møtene står det på siden når neste møte er.",
    help_title="Virker det ikke?",
    help="Ring {telephone}",
    no_help="Spør den som ga deg arket.",
    keep="Arket er nøkkelen din til alle møtene. Ta vare på det, og ikke gi det til andre.",
    join="Bli med: {link}",
    weekdays=("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    months=(
        "januar", "februar", "mars", "april", "mai", "juni",
        "juli", "august", "september", "oktober", "november", "desember",
    ),
    date="{weekday} {day}. {month}",
)  # fmt: skip
NN: Final = SheetWords(
    invitation="Invitasjon",
    for_whom="Til {name}",
    steps=(
        ("Opne", "Peik kameraet på nettbrettet mot den svarte ruta, og trykk på lenkja som kjem opp."),
        ("Trykk «Bli med»", "Sida spør om å få bruke mikrofonen. Svar ja."),
        ("Vent litt", "Kursleiaren slepper deg inn. Så ser og høyrer du rommet."),
    ),
    scan="Peik kameraet hit",
    or_type="Eller gå til {host} og skriv",
    meetings="Møta",
    meeting="{date} kl. {start}–{end}",
    early="Du kan kome inn ein halvtime før. Mellom møta står det på sida når neste møte er.",
    help_title="Verkar det ikkje?",
    help="Ring {telephone}",
    no_help="Spør den som gav deg arket.",
    keep="Arket er nøkkelen din til alle møta. Ta vare på det, og ikkje gi det til andre.",
    join="Bli med: {link}",
    weekdays=("måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag", "søndag"),
    months=NB.months,
    date="{weekday} {day}. {month}",
)
EN: Final = SheetWords(
    invitation="Invitation",
    for_whom="For {name}",
    steps=(
        ("Open", "Point the tablet's camera at the black square, and tap the link that comes up."),
        ("Tap “Join”", "The page asks to use the microphone. Say yes."),
        ("Wait a little", "The course leader lets you in. Then you see and hear the room."),
    ),
    scan="Point the camera here",
    or_type="Or go to {host} and type",
    meetings="The meetings",
    meeting="{date}, {start}–{end}",
    early="You can come in half an hour early. Between meetings the page says when the next one is.",
    help_title="Does it not work?",
    help="Call {telephone}",
    no_help="Ask whoever gave you this sheet.",
    keep="This sheet is your key to all the meetings. Keep it, and give it to nobody else.",
    join="Join: {link}",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    date="{weekday} {day} {month}",
)  # fmt: skip
WORDS: Final = {"nb": NB, "nn": NN, "en": EN, "sma": NB}


def words_of(language: str) -> SheetWords:
    """Those of a language; bokmål's for one that is not known."""
    return WORDS.get(language, NB)


def date_in_words(words: SheetWords, at: datetime) -> str:
    """A day, as people say it; `at` is in the zone of the people."""
    return words.date.format(weekday=words.weekdays[at.weekday()], day=at.day, month=words.months[at.month - 1])


def meeting_in_words(words: SheetWords, starts: datetime, ends: datetime) -> str:
    """When a meeting is."""
    return words.meeting.format(date=date_in_words(words, starts), start=f"{starts:%H.%M}", end=f"{ends:%H.%M}")
