"""Several nodes of the service."""
