"""The device side of the body's serial bus: Dynamixel Protocol 2.0 with two servos and a head board."""
