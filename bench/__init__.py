"""Measures each operation beside its floor, in one run, on both engines. Nothing here is asserted in a test."""
