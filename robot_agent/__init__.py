"""The program on the robot: link to the broker, head, lights, picture, sound and the media session."""
