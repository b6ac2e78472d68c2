"""Room flows: a choice of optional cookies is counted, of nobody; in a privacy centre it is a line of its person."""

from collections.abc import Mapping

from tepati.flows.desk import Desk, Sheet
from tepati.flows.told import Says
from tepati.flows.visitors import Visitor
from tepati.registers import counters
from tepati.registers.counters import Count, day_of

PROMISE = "cookies.choice"
COUNTED = "chosen_"  # counters: chosen_all, chosen_none, chosen_some; no dot, so no sum of lines


async def choose(desk: Desk, answer: str, kept: Mapping[str, bool], who: Visitor | None) -> None:
    """Write down what was chosen: ``answer`` is all, none or some; ``kept`` says yes or no to each cookie by name."""

    async def act(sheet: Sheet) -> None:
        counts = {(PROMISE, COUNTED + answer, day_of(sheet.at)): Count(1, sheet.at)}
        await counters.add(sheet.tx, desk.org, counts)
        if who is not None:
            await sheet.facts(who.person)
            yes = sorted(name for name, wanted in kept.items() if wanted)
            says: Says = {"at": sheet.at, "role": "person", "effect": f"cookies {' '.join(yes) or 'none'}"}
            told = sheet.to_person(who.person, says)
            await sheet.line("choose", promise=PROMISE, purpose="proof", answer=answer, told=[told])

    await desk.write(act)
