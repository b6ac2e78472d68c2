"""Room web: the part of a form that asks for a guardian: shown once an age calls for it, never to anybody of age."""

from collections.abc import Mapping

from tepati.flows import guardians
from tepati.web.errors import fault
from tepati.web.forms import Form, one
from tepati.web.site.frame import Visit
from tepati.web.site.inputs import WIDGETS, Input

NONE = "guardian.none"  # ticked: the guardian has no e-mail, and calls
OWN = (guardians.ADDRESS, NONE)


def names(at: Visit) -> tuple[str, ...]:
    """Name what a form may send of a guardian: nothing where its point asks for no age, or none can answer."""
    point = at.org.notice.points[at.read.point]
    return OWN if point.age and guardians.serves(at.org.notice) else ()


def given(typed: Form) -> dict[str, list[str]]:
    """Say what the door is given: that it was asked for; an address, "" where they have none, nothing if unsaid."""
    before = {guardians.ASKED_BEFORE: ["yes"]} if guardians.ADDRESS in typed else {}
    said = one(typed, guardians.ADDRESS)
    return before | ({guardians.ADDRESS: [said]} if said or one(typed, NONE) else {})


def asked(at: Visit, typed: Form, faults: Mapping[str, str]) -> Input | None:
    """Make the input for the guardian's address, where a form needs one; None elsewhere."""
    if not names(at) or not (guardians.ADDRESS in typed or guardians.ADDRESS in faults):
        return None
    widget, _, keys, longest = WIDGETS["email"]
    label, code = at.say("guarding.email"), faults.get(guardians.ADDRESS, "")
    wrong = at.spoken(fault(code, at.lang, label)) if code else ""
    return Input(
        guardians.ADDRESS, "wali-email", widget, "off", keys, longest, label, at.say("guarding.hint"),
        optional=False, choices=(), value=one(typed, guardians.ADDRESS), wrong=wrong, either=bool(unmailed(at, typed)),
    )  # fmt: skip


def unmailed(at: Visit, typed: Form) -> str:
    """Say whether a guardian without an address may call instead: "" no, "offered", or "ticked"."""
    if not guardians.heard(at.org.notice):
        return ""
    return "ticked" if one(typed, NONE) else "offered"
