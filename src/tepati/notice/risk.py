"""Room notice: which purposes a declaration itself shows to be of high risk (UU PDP Art. 34(2)). Pure.

Of the law's list a file can show (a) machines that decide and (b) specific data: ``risks``. It hints at (d) watching
or scoring people and (e) joined sources: ``signs``. Whether it is large (c), new (f) or hinders a right (g), somebody
has to say.
"""

from tepati.notice.model import Notice

_WATCHING = ("fraud_prevention", "personalisation")


def risks(notice: Notice, name: str) -> tuple[str, ...]:
    """Name what makes an assessment due: ``decisions``, ``specific``."""
    purpose = notice.purposes[name]
    classes = {notice.data[field.partition(".")[0]].class_ for field in purpose.uses}
    found = {
        "specific": any(one.startswith("specific:") for one in classes),
        "decisions": any(one.for_ == name for one in notice.decisions.values()),
    }
    return tuple(reason for reason, here in found.items() if here)


def signs(notice: Notice, name: str) -> tuple[str, ...]:
    """Name what somebody must weigh before saying that none is due: ``combines``, ``watches``."""
    purpose, visits = notice.purposes[name], notice.visits
    found = {
        "combines": purpose.combines,
        "watches": purpose.kind in _WATCHING or (visits is not None and visits.for_ == name and bool(visits.tied_by)),
    }
    return tuple(sign for sign, here in found.items() if here)
