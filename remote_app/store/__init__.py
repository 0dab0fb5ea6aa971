"""The store: courses, seats, people, invitations, choices, answers and the access log, in SQLite or PostgreSQL."""
