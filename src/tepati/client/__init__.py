"""Room client: what a shop's own program asks of Tepati over HTTP. It imports nothing of the server."""

from tepati.client.answers import Seen
from tepati.client.asking import AsyncTepati, Tepati
from tepati.client.calls import Submission
from tepati.client.problems import Busy, Changed, Faulty, NotSignedIn, Problem, Refusal

__all__ = [
    "AsyncTepati", "Busy", "Changed", "Faulty", "NotSignedIn", "Problem", "Refusal", "Seen", "Submission", "Tepati",
]  # fmt: skip
