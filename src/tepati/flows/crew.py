"""Room flows: members of staff by name, for those whose role sees names: a set act, one line for the page."""

from collections.abc import Sequence

from tepati.errors import NotFound, Refused, Tampered
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.flows.told import Told
from tepati.registers import staff
from tepati.registers.staff import Member
from tepati.rules.asking import check_asker
from tepati.rules.facts import Use


def role_of(desk: Desk, actor: Actor, fields: frozenset[str]) -> tuple[str, str] | None:
    """Name the actor's role and purpose that see these fields of staff, or None."""
    for role in actor.roles:
        for purpose in desk.notice.roles[role].for_ if role in desk.notice.roles else ():
            if fields <= desk.policy.aims[purpose].seats[role].fields:
                return role, purpose
    return None


async def named(
    sheet: Sheet, actor: Actor, members: Sequence[Member], fields: frozenset[str]
) -> dict[bytes, dict[str, str]]:
    """Open fields of members of staff, as their purpose allows; who cannot be opened is left out. One line.

    Raises Refused (written down) where no role of the actor sees these fields.
    """
    desk = sheet.desk
    role, purpose = role_of(desk, actor, fields) or (next(iter(actor.roles), "none"), "staff_access")
    use = Use(act="list", purpose=purpose, fields=fields, at=sheet.at, role=role, actor=actor.person.hex())
    sheet.asked = use
    actor.bound(sheet.at)
    check_asker(desk.policy, use)
    out: dict[bytes, dict[str, str]] = {}
    told: list[Told] = []
    for member in members:
        try:
            out[member.person] = await _one(sheet, use, member, told)
        except (Refused, NotFound, Tampered):
            continue
    sheet.asked = use
    if told:
        told.append(sheet.to_actor(actor.person, {"at": sheet.at, "role": role, "reason": ""}))
        await sheet.line("list", promise=f"roles.{role}", purpose=purpose, answer="allowed", told=told, n=len(out))
    return out


async def _one(sheet: Sheet, use: Use, member: Member, told: list[Told]) -> dict[str, str]:
    found = await sheet.desk.vault.facts(sheet.tx, member.person)
    if found is None:
        raise NotFound("staff")
    asked = Use(act=use.act, purpose=use.purpose, fields=use.fields, at=0, role=use.role, actor=use.actor,
                person=member.person)  # fmt: skip
    values = await opened(sheet, await sheet.ask(asked, found[0]), found[0])
    told += [each for each in sheet.told_of(asked, known=True) if each.party == "person"]
    return values


async def present(sheet: Sheet) -> list[Member]:
    """List the members of the organisation who have not left. Raises Tampered."""
    return [one for one in await staff.all_of(sheet.tx, sheet.desk.mac, sheet.desk.org) if not one.gone]
