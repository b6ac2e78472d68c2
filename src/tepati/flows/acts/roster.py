"""Room flows: who of the staff goes to visits, by name, for whoever gives visits to them."""

from tepati.flows import crew
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.hours import crew as roles_of_crew

NAME = frozenset({"staff.name"})


async def roster(desk: Desk, actor: Actor) -> dict[str, str]:
    """Return id (hex) and name of each of the crew. Where no role of the actor sees names they are empty."""

    async def act(sheet: Sheet) -> dict[str, str]:
        crews = [one for one in await crew.present(sheet) if roles_of_crew(desk.notice) & set(one.roles)]
        if crew.role_of(desk, actor, NAME) is None:
            return {one.person.hex(): "" for one in crews}
        names = await crew.named(sheet, actor, crews, NAME)
        return {person.hex(): values["staff.name"] for person, values in names.items()}

    return await desk.write(act)
