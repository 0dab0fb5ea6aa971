"""The ruler for real-time text: each letter is timed until it, or a longer line, stands on the other page."""

from __future__ import annotations

import pytest

from bench.text import delays_of


def test_a_letter_is_there_when_the_line_is_as_long() -> None:
    typed = [(1.0, 1000.0), (2.0, 1130.0), (3.0, 1260.0)]
    assert delays_of(typed, [(1.0, 1040.0), (3.0, 1300.0)]) == [40.0, 170.0, 40.0]
    with pytest.raises(RuntimeError, match="letter 3 never stood"):
        delays_of(typed, [(2.0, 1200.0)])
