"""Room rules: by when a promised time is over for one person: by the best of the versions that hold for them.

A version that makes a right slower worsens nothing for whom it has not reached; one that makes it faster holds at once.
"""

from tepati.notice.values import Duration
from tepati.rules.deadlines import after
from tepati.rules.policy import Policy

LAW = Duration(72, "hour")  # 3x24 hours, where the notice names no time (UU PDP Art. 30, 32, 40, 41)


def by(policy: Policy, path: str, start: int, told: int) -> int:
    """Give the instant a promise such as ``cases.complaint.within`` made at ``start`` ends, or 0 where none is made.

    A right has the law's time where a version names none. A case that was renamed has the time of its former name.
    """
    law = LAW if path.startswith("rights.") else None
    section, _, rest = path.partition(".")
    name, _, key = rest.partition(".")
    promised = (
        (each, each.clocks.get(f"{section}.{then}.{key}" if key else path, law))
        for each, then in policy.called(section, name, told)
    )
    return min((after(start, within, each.days) for each, within in promised if within), default=0)
