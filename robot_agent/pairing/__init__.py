"""Pairing: a robot without a service reads its code with the camera and gets its credentials. See `desk.pair`."""
