"""Who sits where."""

from typing import Final

from hardware_sim.room.program import Person

SEATS: Final = (
    (-1.78, 3.02),
    (-1.80, 2.28),
    (-1.80, 1.50),
    (1.78, 3.02),
    (1.80, 2.28),
    (1.80, 1.50),
    (-1.15, -0.72),
    (1.15, -0.72),
)
"""x and z of the participants, around the outside of the horseshoe."""

SEAT_OF: Final[dict[Person, int]] = {"bjorg": 1, "liv": 3, "samuel": 5, "turid": 6}
"""Which seat those have who ever say something."""
