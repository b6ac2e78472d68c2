"""Tepati keeps the promises of a privacy notice: one file declares them, one door enforces them."""

__version__ = "0.1.0"
