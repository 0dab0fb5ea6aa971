"""`av1-robot doctor`: every part of a robot tried on the spot, and what to do about it in plain words."""
