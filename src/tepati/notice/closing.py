"""Room notice: the later sections of the document: rights, children, cookies, safeguards, changes, contact."""

from tepati.notice.audience import Audience, row
from tepati.notice.blocks import Block, Cell, Fact, Facts, Paragraph, Row, Said
from tepati.notice.citing import behind
from tepati.notice.model import Right
from tepati.notice.sayings.held import age_rules
from tepati.notice.speech import capital, duration

GUARDS = (
    "transport", "storage", "separation", "second_factor", "audit", "alerts", "drills", "decoys", "browsers",
    "own_account",
)  # fmt: skip


def rights(for_: Audience) -> tuple[Block, ...]:
    """List what people may ask, by when and how; where the law speaks instead of the company it is said."""
    boxes = for_.sentences(*for_.under("mailboxes"))
    rows = (_right(for_, name, right) for name, right in for_.said.notice.rights.items())
    return (*for_.table(("right", "within", "how"), rows), *for_.items(boxes))


def _right(for_: Audience, name: str, right: Right) -> Row:
    said, notice = for_.said, for_.said.notice
    paths = tuple(path for path in (f"rights.{name}", f"rights.{name}.within") if path in for_.texts)
    silent = set(paths) & notice.defaults
    small = [for_.words(f"rights.{name}", right)]
    open_to = [purpose for purpose, one in notice.purposes.items() if purpose in right.to or one.objection]
    small += [for_.say("objection_to", purposes=said.purposes(open_to))] if right.to else []
    small += [right.then.of(said.lang)] if right.then else []
    small += [for_.say("ways", ways=said.each("way", right.ways))] if right.ways else []
    small += [for_.say("law_default", articles=behind(notice.laws, min(silent), said.lang))] if silent else []
    within = duration(right.within, said.lang) if right.within else for_.say("when_asked")
    now = for_.say("withdraw_now").lower() if name == "withdrawal" else ""
    channels = said.channels(right.channels or ("site", "email"))
    first = Cell(said.say(f"right.{name}"), " ".join(filter(None, small)))
    return row(first, Cell(within, now), channels, of=paths)


def minors(for_: Audience) -> tuple[Block, ...]:
    """Say what holds for children."""
    limits = for_.said.notice.minors.guardian.limits
    own = (Said(f"{capital(limits.of(for_.said.lang))}.", also=("minors.guardian",)),) if limits else ()
    gates = _gates(for_)
    guardian = for_.sentences("minors.guardian", "minors.guardian.within")
    return (
        *for_.paragraph("minors", "minors.asked_at"),
        *((Paragraph(gates),) if gates else ()),
        Paragraph((*guardian, *own)),
    )


def _gates(for_: Audience) -> tuple[Said, ...]:
    """Say what follows from an age; ways in that answer alike stand in one sentence."""
    alike: dict[tuple[tuple[int, str], ...], list[str]] = {}
    for name, point in for_.said.notice.points.items():
        if point.age:
            alike.setdefault(tuple(point.age.items()), []).append(name)
    return tuple(
        Said(age_rules(for_.said, dict(rules), *names), tuple(f"points.{name}.age" for name in names))
        for rules, names in alike.items()
    )


def cookies(for_: Audience) -> tuple[Block, ...]:
    """List cookies, and what is lost without the optional ones."""
    rows = (_cookie(for_, name) for name in for_.said.notice.cookies.set)
    return (
        *for_.table(("cookie", "cookie_class", "cookie_life"), rows),
        *for_.paragraph("cookies.choice", "cookies.refused"),
        *for_.paragraph("visits"),
    )


def _cookie(for_: Audience, name: str) -> Row:
    cookie, said = for_.said.notice.cookies.set[name], for_.said
    life = said.duration(cookie.life) if cookie.life else said.say("cookie.session")
    first = Cell(
        capital(said.cookie(name)),
        for_.words(f"cookies.set.{name}", cookie) or said.say("cookie.named", name=said.cookie_name(name)),
    )
    return row(first, said.say(f"cookie.{cookie.class_}"), life, of=(f"cookies.set.{name}",))


def security(for_: Audience) -> tuple[Block, ...]:
    """List the safeguards, what happens when they fail, and what shows that we answer for it."""
    shows = ("processing_record", "proofs", "synthetic")
    return (
        *for_.items(for_.sentences(*(f"security.{name}" for name in GUARDS))),
        *for_.paragraph("breach", "breach.within"),
        *for_.paragraph(*(f"accountability.{name}" for name in shows)),
    )


def changes(for_: Audience) -> tuple[Block, ...]:
    """Say how changes are told, and from when they hold."""
    minor, material = for_.said.notice.notice.announce.minor, for_.said.notice.notice.announce.material
    told = [*for_.sentences("notice.announce")]
    if minor and minor.before and minor != material:
        before = for_.said.duration(minor.before)
        text = for_.say("changes_minor", by=for_.said.channels(minor.by), before=before)
        told.append(Said(text, also=("notice.announce",)))
    told.append(Said(for_.say("changes_own"), also=("notice.announce",)))
    return (Paragraph(tuple(told)), *for_.paragraph("notice.approvals", "notice.page", "notice.history"))


def contact(for_: Audience) -> tuple[Block, ...]:
    """Say who answers, where, and to whom one may complain."""
    organisation, officer = for_.said.notice.organisation, for_.said.notice.accountability.officer
    who = organisation.contact
    email = officer.email if officer else who.email
    name = officer.name if officer and officer.name else email
    facts = [Fact(for_.say("contact_person"), name, ("accountability.officer",), f"mailto:{email}")]
    facts.append(Fact(for_.say("contact_email"), who.email, (), f"mailto:{who.email}"))
    if who.phone:
        facts.append(Fact(for_.say("contact_phone"), who.phone, (), f"tel:{who.phone.replace(' ', '')}"))
    if who.postal:
        facts.append(Fact(for_.say("contact_postal"), who.postal))
    if who.page:
        facts.append(Fact(for_.say("contact_page"), who.page, (), who.page))
    told = for_.said.notice.rights.get("complaint")
    to_whom = told.to_whom if told else ""
    complaint = for_.say("contact_authority", name=to_whom or for_.said.notice.breach.authority)
    rests = ("rights.complaint",) if "rights.complaint" in for_.texts else ("breach",)
    return (
        Facts(tuple(facts)),
        *for_.paragraph("questions", "questions.within"),
        Paragraph((Said(complaint, also=rests),)),
    )
