"""Room flows: the staff of an organisation as whoever is answerable for them sees it: names, roles, undertakings."""

from dataclasses import dataclass

from tepati.flows import crew, guards
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


async def team(desk: Desk, actor: Actor) -> list[Mate]:
    """List who is on the staff; who must sign soonest comes first. Raises Refused (written down), Tampered."""

    async def act(sheet: Sheet) -> list[Mate]:
        members = await crew.present(sheet)
        found = await crew.named(sheet, actor, members, FIELDS)
        mates = [
            _mate(desk, one, said) for one in members if (said := found.get(one.person))
        ]  # fmt: skip
        return sorted(mates, key=lambda mate: (mate.undertaken, mate.name))

    return await desk.write(act)


def _mate(desk: Desk, one: Member, said: dict[str, str]) -> Mate:
    guard = guards.opened(desk, one.person, one.factor)
    name, email = said["staff.name"], said["staff.email"]
    return Mate(name, email, one.roles, one.since, one.undertaken, bool(guard.secret), guard.keys)
