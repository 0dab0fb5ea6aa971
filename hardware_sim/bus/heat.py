"""How warm a servo's motor is: the square of its current heats it, the room cools it. Pure.

The e-manual gives no thermal figures; these let a head that moves stay below 40 °C and a stalled motor reach its limit
of 70 °C within half a minute, which is what small servos do.
"""

import math
from typing import Final

ROOM_C: Final = 27.0
RISE_C_PER_A2: Final = 100.0  # after a long time; 450 mA for ever: 20 °C over the room
TIME_CONSTANT_S: Final = 120.0  # of 18 g of motor and gear in plastic


def warmed(was_c: float, current_ma: float, seconds: float) -> float:
    """The temperature in °C after so long at that current."""
    end_c = ROOM_C + RISE_C_PER_A2 * (current_ma / 1000) ** 2
    return end_c + (was_c - end_c) * math.exp(-seconds / TIME_CONSTANT_S)
