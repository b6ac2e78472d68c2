"""Room web/site."""
