"""The invitation sheet: one page of A4 with the QR code, the six digits, three steps with pictures and a telephone.

All sizes in points. The font is in the file: Inter (SIL OFL 1.1), the letters of the Nordic and Sámi languages.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from remote_app.sheet.content import Sheet
from remote_app.sheet.words import SheetWords, meeting_in_words, words_of

FONTS: Final = Path(__file__).parent / "fonts"
PLAIN, STRONG = "Inter", "Inter-SemiBold"
INK, QUIET, DEEP, PAPER = HexColor("#1f2625"), HexColor("#4a4a44"), HexColor("#0b4f57"), HexColor("#f1eade")
WIDTH: Final[float] = A4[0]
HEIGHT: Final[float] = A4[1]
EDGE: Final = 48.0
INNER: Final = WIDTH - 2 * EDGE
QR_SIZE: Final = 165.0
PICTURE: Final = 56.0
MOST_MEETINGS: Final = 8  # so many have room for their themes; of more the dates stand alone
NO_LETTER: Final = "?"
SMALLEST: Final = 5.0


def invitation_pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF. A letter that the font has not is shown as a question mark."""
    for name, file in ((PLAIN, "Inter-Regular.ttf"), (STRONG, "Inter-SemiBold.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, FONTS / file))
    words, data = words_of(sheet.language), io.BytesIO()
    canvas = Canvas(data, pagesize=A4, lang=sheet.language, invariant=1)
    canvas.setTitle(f"{words.invitation}: {sheet.course}")
    pen = _Pen(canvas)
    y = _head(pen, sheet, words)
    y = _key(pen, sheet, words, y)
    y = _steps(pen, words, y)
    y = _meetings(pen, sheet, words, y)
    _foot(pen, sheet, words)
    canvas.save()
    return data.getvalue()


class _Pen:
    """Text in our two weights; what does not fit into its width becomes smaller."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas
        self._letters = pdfmetrics.getFont(PLAIN).face.charToGlyph

    def line(
        self, x: float, y: float, text: str, size: float, font: str = PLAIN, color: Any = INK, wide: float = 0
    ) -> None:
        """One line; with `wide` no longer than that."""
        text = self._writable(text)
        while wide and pdfmetrics.stringWidth(text, font, size) > wide and size > SMALLEST:
            size -= 0.5
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(color)
        self.canvas.drawString(x, y, text)

    def lines(self, x: float, y: float, text: str, size: float, wide: float, color: Any = INK) -> float:
        """Broken at words; the height of the next line."""
        for part in simpleSplit(self._writable(text), PLAIN, size, wide):
            self.line(x, y, str(part), size, PLAIN, color, wide)
            y -= size * 1.35
        return y

    def _writable(self, text: str) -> str:
        return "".join(letter if ord(letter) in self._letters else NO_LETTER for letter in text)


def _head(pen: _Pen, sheet: Sheet, words: SheetWords) -> float:
    y = HEIGHT - EDGE - 22
    pen.line(EDGE, y, words.invitation, 15, STRONG, DEEP)
    y -= 34
    pen.line(EDGE, y, sheet.course, 30, STRONG, wide=INNER)
    y -= 30
    pen.line(EDGE, y, words.for_whom.format(name=sheet.name), 19, wide=INNER)
    return y - 24


def _key(pen: _Pen, sheet: Sheet, words: SheetWords, top: float) -> float:
    """The QR code, and beside it the digits, as large as they can be read aloud from."""
    canvas, height = pen.canvas, QR_SIZE + 44
    canvas.setFillColor(PAPER)
    canvas.roundRect(EDGE, top - height, INNER, height, 14, stroke=0, fill=1)
    x, y = EDGE + 18, top - 18 - QR_SIZE
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.rect(x, y, QR_SIZE, QR_SIZE, stroke=0, fill=1)
    rows: list[list[int]] = [list(row) for row in segno.make_qr(sheet.link, error="m").matrix_iter(border=4)]
    dot = QR_SIZE / len(rows)
    canvas.setFillColor(HexColor("#000000"))
    for number, row in enumerate(rows):
        for column, dark in enumerate(row):
            if dark:  # a hair wider, or printers leave white lines between
                canvas.rect(x + column * dot, y + QR_SIZE - (number + 1) * dot, dot + 0.1, dot + 0.1, stroke=0, fill=1)
    pen.line(x, y - 17, words.scan, 12, PLAIN, QUIET)
    right, wide = x + QR_SIZE + 26, INNER - QR_SIZE - 62
    below = pen.lines(right, top - 62, words.or_type.format(host=sheet.host), 16, wide)
    pen.line(right, below - 40, f"{sheet.digits[:3]} {sheet.digits[3:]}", 54, STRONG, DEEP, wide=wide)
    return top - height - 20


def _steps(pen: _Pen, words: SheetWords, top: float) -> float:
    pictures = (_tablet, _finger, _door)
    for number, ((title, text), draw) in enumerate(zip(words.steps, pictures, strict=True), 1):
        draw(pen.canvas, EDGE, top - PICTURE)
        pen.line(EDGE + PICTURE + 18, top - 20, f"{number}. {title}", 17, STRONG)
        pen.lines(EDGE + PICTURE + 18, top - 40, text, 14, INNER - PICTURE - 18)
        top -= PICTURE + 13
    return top - 18


def _meetings(pen: _Pen, sheet: Sheet, words: SheetWords, y: float) -> float:
    pen.line(EDGE, y, words.meetings, 15, STRONG, DEEP)
    y -= 19
    size = 12.0 if len(sheet.meetings) <= MOST_MEETINGS else 7.5
    columns = 1 if len(sheet.meetings) <= MOST_MEETINGS else 2
    rows = -(-len(sheet.meetings) // columns)
    for number, meeting in enumerate(sheet.meetings):
        x = EDGE + (number // rows) * INNER / columns
        text = meeting_in_words(words, meeting.starts, meeting.ends)
        if columns == 1 and meeting.themes:
            text += f"   {', '.join(meeting.themes)}"
        pen.line(x, y - (number % rows) * size * 1.4, text[:1].upper() + text[1:], size, wide=INNER / columns)
    y -= rows * size * 1.4 + 2.0
    return pen.lines(EDGE, y, words.early, 11, INNER, color=QUIET)


def _foot(pen: _Pen, sheet: Sheet, words: SheetWords) -> None:
    y = EDGE - 2
    pen.canvas.setStrokeColor(DEEP)
    pen.canvas.setLineWidth(1.5)
    pen.canvas.line(EDGE, y + 24, WIDTH - EDGE, y + 24)
    call = words.help.format(telephone=sheet.telephone) if sheet.telephone else words.no_help
    pen.line(EDGE, y, f"{words.help_title} {call}", 17, STRONG, wide=INNER)
    pen.line(EDGE, y - 22, words.keep, 11, PLAIN, QUIET, wide=INNER)


def _frame(canvas: Any, x: float, y: float) -> None:
    canvas.setStrokeColor(DEEP)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setLineWidth(2.2)
    canvas.setLineCap(1)
    canvas.roundRect(x + 2, y + 8, PICTURE - 4, PICTURE - 16, 6, stroke=1, fill=1)


def _tablet(canvas: Any, x: float, y: float) -> None:
    """A tablet that sees a square of dots."""
    _frame(canvas, x, y)
    canvas.setFillColor(INK)
    for column, row in ((0, 0), (0, 2), (2, 2), (1, 1), (2, 0)):
        canvas.rect(x + 21 + column * 7, y + 20 + row * 7, 6, 6, stroke=0, fill=1)


def _finger(canvas: Any, x: float, y: float) -> None:
    """A tablet with one large button, and a fingertip on it."""
    _frame(canvas, x, y)
    canvas.setFillColor(DEEP)
    canvas.roundRect(x + 11, y + 24, PICTURE - 22, 13, 4, stroke=0, fill=1)
    canvas.setFillColor(PAPER)
    canvas.roundRect(x + 31, y - 2, 13, 31, 6.5, stroke=1, fill=1)


def _door(canvas: Any, x: float, y: float) -> None:
    """A door that stands open."""
    canvas.setStrokeColor(DEEP)
    canvas.setFillColor(PAPER)
    canvas.setLineWidth(2.2)
    canvas.rect(x + 14, y + 6, 34, PICTURE - 12, stroke=1, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    door = canvas.beginPath()
    door.moveTo(x + 14, y + 6)
    door.lineTo(x + 34, y + 1)
    door.lineTo(x + 34, y + PICTURE - 14)
    door.lineTo(x + 14, y + PICTURE - 6)
    door.close()
    canvas.drawPath(door, stroke=1, fill=1)
    canvas.setFillColor(DEEP)
    canvas.circle(x + 29, y + PICTURE / 2 - 3, 2, stroke=0, fill=1)
