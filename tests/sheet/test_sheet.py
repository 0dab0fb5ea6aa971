"""The invitation sheet, looked at as a picture, and the calendar file, read by a calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from icalendar import Calendar

from remote_app.sheet.calendar import calendar_file
from remote_app.sheet.content import Sheet, SheetMeeting
from remote_app.sheet.pdf import invitation_pdf
from remote_app.sheet.words import WORDS

LINK = "https://robot.example.org/j/1." + "eyJyIjoidmVmc24iLCJzIjoicm9kb3kiLCJuIjoiS2FyaSJ9" * 4 + "." + "Zx9_" * 11
START = datetime(2030, 3, 25, 10, tzinfo=ZoneInfo("Europe/Oslo"))


def meetings(count: int) -> tuple[SheetMeeting, ...]:
    """So many, a week apart, the first before summer time begins."""
    week = timedelta(days=7)
    return tuple(
        SheetMeeting(f"meeting-{n}", START + n * week, START + n * week + timedelta(hours=2), ("Søvn og hvile",))
        for n in range(count)
    )


def sheet(language: str = "nb", count: int = 6, **other: str) -> Sheet:
    """An invitation."""
    values = {"course": "Mestringstreff på Helgeland", "name": "Áilu Čáhcegievdnu Ødegård", "telephone": "75 00 00 00"}
    values |= {"link": LINK, "host": "robot.example.org", "digits": "482915", **other}
    return Sheet(language=language, meetings=meetings(count), **values)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_it_has_everything_on_one_page_and_the_code_is_the_link(language: str) -> None:
    document = pypdfium2.PdfDocument(invitation_pdf(sheet(language)))
    assert len(document) == 1
    page, words = document[0], WORDS[language]
    text = page.get_textpage().get_text_range()
    for wanted in (
        *("Mestringstreff på Helgeland", "Áilu Čáhcegievdnu Ødegård", "482 915", "robot.example.org", "75 00 00 00"),
        *(title for title, _ in words.steps),
        *(words.scan, words.keep),
    ):
        assert wanted in text, wanted
    picture = np.asarray(page.render(scale=2).to_pil().convert("L"))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [LINK]


def test_a_clock_is_the_peoples_before_and_in_summer_time() -> None:
    text = pypdfium2.PdfDocument(invitation_pdf(sheet(count=2)))[0].get_textpage().get_text_range()
    assert "Mandag 25. mars kl. 10.00–12.00" in text
    assert "Mandag 1. april kl. 10.00–12.00" in text


@pytest.mark.parametrize("count", [0, 8, 24])
def test_nothing_lies_upon_anything_else(count: int) -> None:
    long = sheet("nb", count, course="Et ganske langt navn på et kurs om å mestre " * 2, name="Å" * 60, host="h" * 60)
    page = pypdfium2.PdfDocument(invitation_pdf(long))[0]
    lines = page.get_textpage()
    boxes = sorted({lines.get_rect(n) for n in range(lines.count_rects())}, key=lambda box: -box[3])
    for number, (left, bottom, right, top) in enumerate(boxes):
        assert min(left, bottom, 595 - right, 842 - top) > 12, "within the edges of A4"
        for other in boxes[number + 1 :]:
            over = min(top, other[3]) - max(bottom, other[1])
            beside = min(right, other[2]) - max(left, other[0])
            assert over < 1 or beside < 1, f"{(left, bottom, right, top)} and {other}"


def test_a_letter_that_the_font_has_not_is_a_question_mark() -> None:
    text = pypdfium2.PdfDocument(invitation_pdf(sheet(name="Kari 漢")))[0].get_textpage().get_text_range()
    assert "Kari ?" in text


def test_without_a_telephone_somebody_is_asked() -> None:
    text = pypdfium2.PdfDocument(invitation_pdf(sheet(telephone="")))[0].get_textpage().get_text_range()
    assert "Spør den som ga deg arket" in text


def test_a_calendar_reads_the_file() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    data = calendar_file("Kurs; med, tegn", "nb", meetings(2), "robot.example.org:8443", now, LINK)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    calendar = Calendar.from_ical(data)
    first, second = calendar.walk("VEVENT")
    assert (first["SUMMARY"], first["UID"], first["URL"]) == ("Kurs; med, tegn", "meeting-0@robot.example.org", LINK)
    assert first["DTSTART"].dt == datetime(2030, 3, 25, 9, tzinfo=UTC)
    assert second["DTSTART"].dt == datetime(2030, 4, 1, 8, tzinfo=UTC), "summer time has begun"
    assert f"Søvn og hvile\nBli med: {LINK}" == first["DESCRIPTION"]
    assert LINK not in calendar_file("Kurs", "nb", meetings(1), "robot.example.org", now).decode().replace("\r\n ", "")
