"""Room notice: what is judged over a whole notice once every value is typed; one module a part."""

from tepati.notice.checks import claims, entry, holding, outward, purpose, sight
from tepati.notice.checks.judge import Judge

_ALL = (*holding.CHECKS, *purpose.CHECKS, *entry.CHECKS, *sight.CHECKS, *outward.CHECKS, *claims.CHECKS)


def judge(case: Judge) -> None:
    """Run all checks."""
    for check in _ALL:
        check(case)
