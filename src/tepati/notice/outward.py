"""Room notice: the sections on who sees data, and on who receives it."""

from tepati.notice.audience import Audience, row
from tepati.notice.blocks import Block, Cell, Row, Said
from tepati.notice.model import Recipient
from tepati.notice.sayings.guarded import ungiven, veiled
from tepati.notice.speech import capital


def access(for_: Audience) -> tuple[Block, ...]:
    """List the roles that see data of these people, and when; then those that see none."""
    roles = for_.said.notice.roles
    mine = [name for name, role in roles.items() if for_.touches(role.sees)]
    blind = (f"roles.{name}" for name, role in roles.items() if not role.sees)
    return (
        *for_.table(("role", "data", "for", "window"), (_role(for_, name) for name in mine)),
        *for_.items(for_.sentences(*blind)),
        *for_.paragraph("accountability.supervision", "accountability.ledger", "security.access_log"),
        *for_.paragraph("security.second_look"),
    )


def _role(for_: Audience, name: str) -> Row:
    role, said = for_.said.notice.roles[name], for_.said
    masked = veiled(said, name)
    some = said.say("how.cell", fields=said.fields(for_.own(masked))) if masked else ""
    every = "all_masked" if len(for_.own(role.sees)) > 1 else "masked"
    how = said.say(f"how.{every}") if masked == role.sees else some
    first = Cell(capital(said.role(name)), for_.words(f"roles.{name}", role))
    fields = Cell(capital(said.groups(for_.own(role.sees))), how)
    return row(first, fields, said.purposes(role.for_), said.window(role), of=(f"roles.{name}",))


def recipients(for_: Audience) -> tuple[Block, ...]:
    """List who receives data, what is never done, orders, a business that moves, and who runs which part."""
    named = for_.said.notice.recipients
    mine = [name for name, one in named.items() if not one.gets or for_.touches(one.gets)]
    vows = [name for name in for_.said.notice.never if name != "automated_decisions"]  # told with the purposes
    return (
        *for_.table(("recipient", "data", "for", "condition"), (_recipient(for_, name) for name in mine)),
        *for_.items(for_.sentences(*(f"never.{name}" for name in vows))),
        *for_.paragraph("disclosure.compelled", "disclosure.voluntary"),
        *for_.paragraph("business_transfer"),
        *for_.paragraph("endpoints"),
        *for_.items(_endpoints(for_)),
    )


def _recipient(for_: Audience, name: str) -> Row:
    one, said = for_.said.notice.recipients[name], for_.said
    got = said.groups(for_.own(one.gets)) if one.gets else said.say(f"recipient.{ungiven(said.notice, name)}")
    kind = f"{said.say(f'recipient.{one.kind}')}, {said.country(one.country)}"
    paths = (f"recipients.{name}", f"recipients.{name}.agreement", f"recipients.{name}.transfer")
    first = Cell(capital(said.recipient(name)), for_.words(f"recipients.{name}", one) or kind)
    purposes = [purpose for purpose in one.for_ if for_.meets(purpose)]
    condition = Cell(capital(_condition(for_, one)), for_.texts.get(f"recipients.{name}.transfer", ""))
    why = said.purposes(purposes) if purposes else said.say(f"function.{one.function or 'none'}")
    return row(first, got, why, condition, of=tuple(path for path in paths if path in for_.texts))


def _condition(for_: Audience, one: Recipient) -> str:
    """Say under what agreement data goes out, and while what."""
    said = for_.said
    if one.agreement is None:
        return said.say("recipient.no_agreement")
    renew = one.agreement.renew
    agreed = said.say("recipient.renew", every=said.every(renew)) if renew else said.say("recipient.required")
    return f"{agreed}; {said.window(one)}" if one.while_ or one.from_ or one.until else agreed


def _endpoints(for_: Audience) -> tuple[Said, ...]:
    """Say who runs which part of the system, each party once."""
    by: dict[str, list[str]] = {}
    for name, party in for_.said.notice.endpoints.items():
        by.setdefault(party, []).append(name)
    said = for_.said
    found = []
    for party, names in by.items():
        who = said.recipient(party) if party in said.notice.recipients else for_.say("ourselves").lower()
        what = said.join(said.say(f"endpoint.{name}") for name in names)
        paths = tuple(f"endpoints.{name}" for name in names if f"endpoints.{name}" in for_.texts)
        found.append(Said(f"{capital(who)}: {what}.", paths))
    return tuple(found)
