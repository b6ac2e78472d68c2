"""Room notice: which purposes a declaration itself shows to be of high risk (UU PDP Art. 34(2)). Pure.

Of the law's list, what a file can show: (a) machines that decide, (b) specific data, (e) joined sources. Whether it is
large, new or hinders a right, somebody has to say.
"""

from tepati.notice.model import Notice


def risks(notice: Notice, name: str) -> tuple[str, ...]:
    """Name the reasons: ``specific``, ``combines``, ``decisions``."""
    purpose = notice.purposes[name]
    classes = {notice.data[field.partition(".")[0]].class_ for field in purpose.uses}
    found = {
        "specific": any(one.startswith("specific:") for one in classes),
        "combines": purpose.combines,
        "decisions": any(one.for_ == name for one in notice.decisions.values()),
    }
    return tuple(reason for reason, here in found.items() if here)
