"""Room notice/law."""
