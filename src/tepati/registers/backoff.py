"""Room registers: how long a duty or a mail that failed waits before it is tried again. Pure."""

FIRST = 30_000_000  # microseconds after the first failure
LONGEST = 3_600_000_000  # microseconds between later tries at most


def pause(attempts: int, id: bytes) -> int:
    """Return the wait in microseconds after ``attempts`` failures: doubled each time, spread by the random id.

    The spread (three quarters to five quarters) keeps a thousand mails that failed together from returning together.
    """
    wait = min(FIRST << min(max(attempts - 1, 0), 20), LONGEST)
    return wait * (768 + 2 * id[-1]) // 1024
