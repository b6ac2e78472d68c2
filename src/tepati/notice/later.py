"""Room notice: what a later part of Tepati enforces. It loads, is told by ``check``, and its promises count as unused.

Take a line out when the door knows the thing; at the end none remains.
"""

LATER = (
    "systems.*",
    "decisions.*",
    "statistics.groups.*",
    "statistics.releases.*",
    "visits",
    "mailboxes.*",
    "questions",
    "disclosure.compelled",
    "disclosure.voluntary",
    "business_transfer",
    "populations.*.represented_by",
    "roles.*.emergency",
    "points.*.proposal",
    "rights.human_review",
    "rights.*.otherwise",
    "rights.*.limit",
    "rights.*.fee",
    "rights.*.for_others",
    "populations.*.told",
    "minors.married_are_adult",
    "data.*.also_of",
    "points.*.warranted_by",
    "consents.*.by",
    "consents.*.witness",
    "cookies.set.*.holds",
    "roles.*.limit",
    "recipients.*.members",
    "recipients.*.countries",
    "recipients.*.chosen_by",
    "recipients.*.sub_processors",
    "recipients.*.by",
    "recipients.*.every",
    "recipients.*.tell",
    "recipients.*.returns",
    "accountability.supervision.training",
    "breach",
    "security.separation",
    "security.drills",
    "security.alerts",
    "security.browsers",
)

_PATTERNS: dict[str, list[list[str]]] = {}
for _pattern in LATER:
    _PATTERNS.setdefault(_pattern.partition(".")[0], []).append(_pattern.split("."))


def later(path: str) -> str:
    """Give the part of ``path`` (itself or what it stands under) that is not enforced yet, or ""."""
    wanted = _PATTERNS.get(path.partition(".")[0])
    if wanted is None:
        return ""
    steps = path.split(".")
    for pattern in wanted:
        if len(steps) >= len(pattern) and all(w in ("*", s) for w, s in zip(pattern, steps, strict=False)):
            return ".".join(steps[: len(pattern)])
    return ""
