"""Room notice."""
