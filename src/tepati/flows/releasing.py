"""Room flows: what a yes taken back lets go of: foreseen before the button, by the same rule as the act cuts it out."""

from dataclasses import dataclass

import msgspec

from tepati.flows.desk import Desk
from tepati.rules.aims import Fields
from tepati.rules.facts import Facts
from tepati.rules.needs import parted


@dataclass(frozen=True, slots=True)
class Lists:
    """Both lists: the fields of each record (hex) that go, and fields that stay, each with the purposes or rules."""

    by_record: dict[str, Fields]
    stays: dict[str, tuple[str, ...]]

    @property
    def gone(self) -> tuple[str, ...]:
        return tuple(sorted({path for paths in self.by_record.values() for path in paths}))


def without(facts: Facts, question: str) -> Facts:
    """Give the facts as they are once a question's yes is taken back."""
    left = {name: until for name, until in facts.consents.items() if name != question}
    return msgspec.structs.replace(facts, consents=left)


def foreseen(desk: Desk, facts: Facts, question: str) -> Lists:
    """Say what taking back the yes to a question would erase and keep; nothing is changed."""
    purpose, after = desk.notice.consents[question].for_, without(facts, question)
    return Lists(*parted(desk.policy, purpose, after))


def copies_end(desk: Desk, gone: tuple[str, ...], at: int) -> int:
    """Say until when a backup made before may still hold what was cut out; 0 where nothing was, or none is made."""
    backups = desk.notice.security.backups
    return desk.after(at, backups.keep) if gone and backups else 0
