"""Room web/console."""
