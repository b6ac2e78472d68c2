"""Room web/api."""
