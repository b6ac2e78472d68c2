"""Room board: the judges, one for each kind of promise, found by the promise's path in the notice."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from tepati.board.judges import clocks, door, held, minors, outside, people, piloted, roles
from tepati.board.verdict import Case, Verdict

Judge = Callable[[Case], Verdict]

# The first pattern that fits judges. ``*`` stands for any rest of a path, so the narrower ones come first.
JUDGES: Final[tuple[tuple[str, Judge], ...]] = (
    ("notice.announce*", outside.announced),
    ("notice.new_purpose", outside.announced),
    ("notice.shown", door.door),
    ("notice.covers", door.act),
    ("notice.approvals", outside.occasion),
    ("notice.*", outside.published),
    ("populations.*", door.door),
    ("minors.guardian.within", clocks.clock),
    ("minors.guardian", minors.guardian),
    ("minors*", door.door),
    ("data", door.section),
    ("data.*.fields.*", door.field),
    ("data.*", door.door),
    ("retention.*.hold", people.hold),
    ("retention*", held.life),
    ("systems*", outside.observed),
    ("cases.*.within", clocks.clock),
    ("cases.*", door.door),
    ("purposes", door.section),
    ("purposes.*", roles.purpose),
    ("points", door.section),
    ("points.*", door.point),
    ("consents*", door.consent),
    ("messages*", door.message),
    ("cookies*", outside.cookies),
    ("visits", outside.observed),
    ("statistics*", outside.occasion),
    ("decisions*", outside.occasion),
    ("roles", door.section),
    ("roles.*", roles.role),
    ("recipients.*.agreement", people.agreement),
    ("recipients.*.transfer", people.transfer),
    ("recipients*", door.leaving),
    ("endpoints.sms_gateway", door.carried),
    ("endpoints.whatsapp_gateway", door.carried),
    ("endpoints*", door.leaving),
    ("disclosure*", outside.occasion),
    ("business_transfer", outside.occasion),
    ("never.*", door.leaving),
    ("rights.assistance*", clocks.assistance),
    ("rights.who_looked", door.act),
    ("rights.*", clocks.clock),
    ("mailboxes*", outside.occasion),
    ("questions.within", clocks.clock),
    ("questions", outside.occasion),
    ("terms.*", door.door),
    ("security.transport", outside.transport),
    ("security.storage", held.storage),
    ("security.second_factor", door.act),
    ("security.own_account", door.act),
    ("security.access_log", door.act),
    ("security.decoys", outside.decoys),
    ("security.backups", held.backups),
    ("security.audit", clocks.again),
    ("security.drills", clocks.again),
    ("security.second_look", people.second_look),
    ("security.*", outside.observed),
    ("breach*", outside.occasion),
    ("accountability.officer", people.officer),
    ("accountability.impact_assessments*", people.assessment),
    ("accountability.supervision", people.undertaking),
    ("accountability.ledger", held.ledger),
    ("accountability.proofs", held.proofs),
    ("accountability.*", clocks.again),
)


@lru_cache(maxsize=4096)
def judge_of(path: str) -> Judge:
    """Return the judge of a promise; a path nobody judges waits for its occasion and is never called kept."""
    return next((judge for pattern, judge in JUDGES if fnmatchcase(path, pattern)), outside.occasion)


def judge(case: Case) -> Verdict:
    """Hear one promise."""
    return piloted.told(case, judge_of(case.path)(case))
