"""Room notice: what is judged over a whole notice once every value is typed; one module a part."""

from tepati.notice.checks import claims, entry, holding, lawful, outward, purpose, sight, told
from tepati.notice.checks.judge import Judge

_ALL = (
    *holding.CHECKS,
    *purpose.CHECKS,
    *entry.CHECKS,
    *sight.CHECKS,
    *outward.CHECKS,
    *lawful.CHECKS,
    *claims.CHECKS,
    *told.CHECKS,
)


def judge(case: Judge) -> None:
    """Run all checks."""
    for check in _ALL:
        check(case)
