"""Fixtures of the adversary: a whole organisation at its door, and the demonstration as a process of its own."""

from tests.flows.conftest import desk, keystore, post

__all__ = ["desk", "keystore", "post"]
