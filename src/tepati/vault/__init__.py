"""Room vault."""
