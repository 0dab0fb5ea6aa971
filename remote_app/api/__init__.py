"""The REST API under /api/v1: courses and what belongs to them, from one table of routes."""
