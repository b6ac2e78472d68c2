"""Room web: the erasure certificate behind its capability link; it grows from erased to complete at one address."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.words import words
from tepati.web.ports import File
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page, Visit, visit

FIGURES = ("keys", "values", "openings", "left", "epoch")


@get(["/{org:str}/c/{capability:str}", "/{org:str}/en/c/{capability:str}"])
async def certificate(request: Asked, org: FromPath[str], capability: FromPath[str]) -> Page:
    """Show a certificate. Raises NotFound, Expired."""
    at = visit(request, org, "certificate")
    found = await at.org.certificate(capability)
    copies = found.get("copies")
    return await at.draw(
        "site/certificate.html",
        tail=capability,
        capability=capability,
        found=found,
        complete=bool(found.get("destroyed")) and not _open(copies, at),
        whole=destroyed(found, at),
        steps=steps(found, at),
        facts=facts(found, at),
        copies=_copies(copies, at),
    )


@get(["/{org:str}/c/{capability:str}/json", "/{org:str}/en/c/{capability:str}/json"])
async def proof(request: Asked, org: FromPath[str], capability: FromPath[str]) -> Response[bytes]:
    """Hand the certificate out as a file with the proof of its line. Raises NotFound, Unavailable."""
    at = visit(request, org, "certificate")
    made = await at.org.certificate_file(capability)
    return download(File(f"{at.say('certificate.file', number=made.name)}.json", made.body))


def steps(found: Mapping[str, Any], at: Visit) -> list[tuple[str, str, str]]:
    """Tell what happened when, oldest first: the instant said, the page's word for it, and "" or now or later."""
    told: list[tuple[str, str, str]] = [(at.time(found["requested"]), "requested", "")]
    if found.get("erased"):
        told.append((at.time(found["erased"]), "erased", ""))
    if found.get("destroyed"):
        told.append((at.time(found["destroyed"]), "destroyed" if _attested(found) else "ended", ""))
    if found.get("erased") and not found.get("destroyed"):
        told.append(("", "waiting", "now"))
    kind = "" if found.get("destroyed") and found["destroyed"] > found["promised"] else "later"
    return [*told, (at.time(found["promised"], deadline=True), "promised", kind)]


def destroyed(found: Mapping[str, Any], at: Visit) -> bool:
    """Say whether the word *destroyed* is true (UU PDP Art. 44): nothing is held, left or unknown, no copy lives on.

    Else the page says *erased*, with the list. What the keys' end is worth is said by who keeps them.
    """
    copies = (found.get("copies") or {}).values()
    gone = bool(found.get("destroyed")) and not found.get("left") and not found.get("held")
    return gone and _attested(found) and all(0 < last <= at.now for last in copies)


def _attested(found: Mapping[str, Any]) -> bool:
    return found.get("grade") == "attested"


def facts(found: Mapping[str, Any], at: Visit) -> list[tuple[str, str]]:
    """Tell the figures, what is held by law, and how the keys end; before the erasure there is nothing to count."""
    rows = _counted(found, at) if found.get("erased") else []
    if found.get("told"):
        rows.append((at.say("certificate.fact.told"), at.say(f"certificate.told.{found['told']}")))
    if found.get("grade"):
        day = f", {speech.day(found['ends'], at.tz, at.lang)}" if found.get("ends") else ""
        rows.append((at.say("certificate.fact.grade"), _coded("grade", str(found["grade"]), at) + day))
    if found.get("line"):
        rows.append((at.say("certificate.fact.line"), str(found["line"])))
    return rows


def _counted(found: Mapping[str, Any], at: Visit) -> list[tuple[str, str]]:
    figures = [(at.say(f"certificate.fact.{n}"), speech.number(int(found[n]), at.lang)) for n in FIGURES if n in found]
    held = "; ".join(_held(found, name, rule, at) for name, rule in found.get("held", {}).items())
    return [*figures, (at.say("certificate.fact.held"), held or at.say("none"))]


def _held(found: Mapping[str, Any], category: str, rule: str, at: Visit) -> str:
    """Say what is kept of a category, by which rule, until when."""
    called = labels(at.org.notice, at.lang)
    fields, until = found.get("held_fields", {}).get(category, ()), found.get("held_until", {}).get(category, 0)
    what = called.fields(fields) if fields else called.category(category)
    return (
        at.say("certificate.held", what=what, rule=called.rule(rule), until=speech.day(until, at.tz, at.lang))
        if until
        else f"{what}: {called.rule(rule)}"
    )


def _coded(table: str, code: str, at: Visit) -> str:
    """Say a code of the certificate; one without words is shown as it was noted."""
    key = code.partition(",")[0].replace(" ", "_")
    return words(at.lang, "site").either(f"certificate.{table}.{key}", code)


def _open(copies: Any, at: Visit) -> bool:
    return any(last > at.now for last in (copies or {}).values())


def _copies(copies: Any, at: Visit) -> list[tuple[str, str, bool]]:
    """List copies outside Tepati's control: name, last day said, whether that day is over."""
    return [
        (
            _coded("copies_of", name, at),
            speech.day(last, at.tz, at.lang) if last else at.say("certificate.unknown_day"),
            0 < last <= at.now,
        )
        for name, last in (copies or {}).items()
    ]
