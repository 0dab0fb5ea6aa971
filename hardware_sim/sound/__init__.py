"""The sound of the simulated course room, and the socket that stands in for the robot's sound card."""
