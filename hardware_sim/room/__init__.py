"""The course room that the simulated robot looks into: drawn once as a panorama, seen through a turned camera."""
