"""Room flows: the staff of an organisation as whoever is answerable for them sees it: names, roles, undertakings."""

from dataclasses import dataclass

from tepati.flows import connecting, crew, guards
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import Passkey
from tepati.registers.staff import Member

FIELDS = frozenset({"staff.name", "staff.email"})


@dataclass(frozen=True, slots=True)
class Mate:
    """A member of staff. Instants in microseconds since 1970 UTC; ``undertaken`` 0: never signed.

    ``app`` and ``keys`` say by what they sign in.
    """

    name: str
    email: str
    roles: tuple[str, ...]
    since: int
    undertaken: int
    app: bool
    keys: tuple[Passkey, ...]
    company: str = ""  # their account at the company's provider: invited, connected


async def team(desk: Desk, actor: Actor, *, company: bool = False) -> list[Mate]:
    """List who is on the staff; who must sign soonest comes first. Raises Refused (written down), Tampered."""

    async def act(sheet: Sheet) -> list[Mate]:
        members = await crew.present(sheet)
        found = await crew.named(sheet, actor, members, FIELDS)
        mates = [
            _mate(desk, one, said, await _account(sheet, one.person) if company else "")
            for one in members if (said := found.get(one.person))
        ]  # fmt: skip
        return sorted(mates, key=lambda mate: (mate.undertaken, mate.name))

    return await desk.write(act)


async def _account(sheet: Sheet, person: bytes) -> str:
    known = {one.provider for one in await connecting.of(sheet, person)}
    return "connected" if connecting.STAFF in known else "invited" if known else ""


def _mate(desk: Desk, one: Member, said: dict[str, str], company: str) -> Mate:
    guard = guards.opened(desk, one.person, one.factor)
    name, email = said["staff.name"], said["staff.email"]
    return Mate(name, email, one.roles, one.since, one.undertaken, bool(guard.secret), guard.keys, company)
