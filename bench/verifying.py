"""Verify a whole exported ledger, as a stranger does, beside the hashing alone."""
