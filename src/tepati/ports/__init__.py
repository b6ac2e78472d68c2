"""Room ports."""
