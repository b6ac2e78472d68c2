"""Room notice: the later sections of the document: children, cookies, safeguards, changes, contact."""

from tepati.notice.blocks import Block, Fact, Facts, Items, Paragraph, Table
from tepati.notice.parts import Audience, row
from tepati.notice.speech import capital


def minors(for_: Audience) -> tuple[Block, ...]:
    """Say what holds for children."""
    gates = [path for path in for_.texts if path.startswith("points.") and path.endswith(".age")]
    limits = for_.said.notice.minors.guardian.limits
    said = [for_.paragraph("minors", "minors.asked_at"), for_.paragraph("minors.guardian", "minors.guardian.within")]
    if limits:
        said.append(Paragraph(f"{capital(limits.of(for_.said.lang))}.", ("minors.guardian",)))
    return tuple(said) if gates or for_.said.notice.minors.asked_at else (for_.paragraph("minors"),)


def cookies(for_: Audience) -> tuple[Block, ...]:
    """List cookies, and what is lost without the optional ones."""
    rows = []
    for name, cookie in for_.said.notice.cookies.set.items():
        use = capital(for_.said.cookie(name))
        life = for_.said.duration(cookie.life) if cookie.life else for_.said.say("cookie.session")
        cells = (name, for_.said.say(f"cookie.{cookie.class_}"), use, life)
        rows.append(row(cells, f"cookies.set.{name}", keep=True))
    if not rows:
        return (for_.paragraph("cookies"),)
    table = Table(for_.head("cookie", "cookie_class", "cookie_use", "cookie_life"), tuple(rows))
    return (
        table,
        for_.paragraph("cookies.choice", "cookies.refused"),
        *([for_.paragraph("visits")] if "visits" in for_.texts else []),
    )


def security(for_: Audience) -> tuple[Block, ...]:
    """List the safeguards, and what happens when they fail."""
    paths = [path for path in for_.texts if path.startswith("security.")]
    guards = Items(tuple(for_.paragraph(path) for path in paths))
    return (
        guards,
        for_.paragraph("breach", "breach.within"),
        for_.paragraph("accountability.ledger", "accountability.proofs"),
    )


def changes(for_: Audience) -> tuple[Block, ...]:
    """Say how changes are told, and from when they hold."""
    minor, material = for_.said.notice.notice.announce.minor, for_.said.notice.notice.announce.material
    said = [for_.paragraph("notice.announce"), Paragraph(for_.say("changes_own"), ("notice.announce",))]
    if minor and minor.before and minor != material:
        before = for_.said.duration(minor.before)
        text = for_.say("changes_minor", by=for_.said.channels(minor.by), before=before)
        said.append(Paragraph(text, ("notice.announce",)))
    return (*said, for_.paragraph("notice.page", "notice.history"))


def contact(for_: Audience) -> tuple[Block, ...]:
    """Say who answers, where, and to whom one may complain."""
    organisation, officer = for_.said.notice.organisation, for_.said.notice.accountability.officer
    who = organisation.contact
    email = officer.email if officer else who.email
    facts = [
        Fact(
            for_.say("contact_person"),
            officer.name if officer and officer.name else email,
            ("accountability.officer",),
            f"mailto:{email}",
        )
    ]
    facts.append(Fact(for_.say("contact_email"), who.email, (), f"mailto:{who.email}"))
    if who.phone:
        facts.append(Fact(for_.say("contact_phone"), who.phone, (), f"tel:{who.phone.replace(' ', '')}"))
    if who.postal:
        facts.append(Fact(for_.say("contact_postal"), who.postal))
    if who.page:
        facts.append(Fact(for_.say("contact_page"), who.page, (), who.page))
    named = for_.say("controller", name=organisation.legal_name or organisation.name)
    complaint = for_.say("contact_authority", name=for_.said.notice.breach.authority)
    return (
        Paragraph(named, tuple(f"populations.{name}" for name in sorted(for_.people))),
        Facts(tuple(facts)),
        for_.paragraph("questions", "questions.within"),
        Paragraph(complaint),
    )
