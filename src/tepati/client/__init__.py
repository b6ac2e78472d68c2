"""Room client: what a shop's own program asks of Tepati over HTTP. It imports nothing of the server.

``tepati.client.django``, ``.fastapi`` and ``.flask`` wire it into a program's own requests; nothing else imports them.
"""

from tepati.client.acting import Acting, AsyncActing
from tepati.client.answers import Consent, Seen, Table, Withdrawn
from tepati.client.asking import AsyncTepati, Tepati
from tepati.client.calls import Question, Submission
from tepati.client.problems import Busy, Changed, Faulty, NotSignedIn, Problem, Refusal, Unreached
from tepati.client.settings import Settings

__all__ = [
    "Acting", "AsyncActing", "AsyncTepati", "Busy", "Changed", "Consent", "Faulty", "NotSignedIn", "Problem",
    "Question", "Refusal", "Seen", "Settings", "Submission", "Table", "Tepati", "Unreached", "Withdrawn",
]  # fmt: skip
