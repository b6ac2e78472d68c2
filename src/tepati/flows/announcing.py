"""Room flows: a new version is told to whom it concerns, one by one; it holds for each from when it reached them.

Order of durable steps: (1) the announcement's row, in the transaction that publishes; (2) letters are queued a few
persons at a time and the cursor moved, in one transaction; (3) each leaves by the outbox; (4) handed over, that this
person was told is written into their facts. Who could not be written to reads it when they come in (``reached``).
When the version is in force, everybody is put under it: the rows that sets of people are filtered by are made anew, and
what it keeps for less ends earlier (``redating``). A crash between any two goes on where it stood; nobody is queued
twice.
"""

from dataclasses import replace
from functools import lru_cache

import msgspec

from tepati.errors import NotFound, Tampered
from tepati.flows import post, redating
from tepati.flows.desk import Desk, Sheet
from tepati.flows.told import Told
from tepati.notice.load import load
from tepati.notice.revision import revision
from tepati.registers import acceptances, notices, people, tellings
from tepati.registers.acceptances import Acceptance
from tepati.registers.notices import Published
from tepati.registers.tellings import Telling

STEP = 200  # persons in one transaction
STEPS = 10  # transactions in one round of the clock: what else is due waits no longer than these
LETTER, TO_STAFF = "notice_changed", "notice_changed_staff"
KINDS = frozenset({LETTER, TO_STAFF})
BOUNCED, NO_CHANNEL = "bounced", "no_channel"  # why a letter did not reach somebody, in a line of its own
PROMISE = "notice.announce"


async def go_on(desk: Desk) -> int:
    """Go on with every announcement that is not over; return how many there are."""
    alive = await desk.read(lambda sheet: tellings.alive(sheet.tx, desk.org), single=True)
    for one in alive:
        for _ in range(STEPS):
            more, bad = await desk.write(lambda sheet, one=one: _step(sheet, one.digest))  # type: ignore[misc]
            for fault in bad:
                await desk.alarm(fault)
            if not more:
                break
    return len(alive)


async def _step(sheet: Sheet, digest: bytes) -> tuple[bool, list[Tampered]]:
    """Move an announcement by one transaction, whoever else moves it; say whether there is more to do now."""
    org, mac = sheet.desk.org, sheet.desk.mac
    telling = await tellings.locked(sheet.tx, org, digest)
    version = await notices.by_digest(sheet.tx, mac, org, digest)
    if telling is None or version is None or telling.state == tellings.OVER:
        return False, []
    if telling.state == tellings.RUNNING:
        return await _queue(sheet, telling, version), []
    if telling.state == tellings.STANDING:
        return await _stand(sheet, telling)
    running = sheet.desk.notice.notice.version
    state = tellings.STANDING if digest == sheet.desk.digest else tellings.OVER
    if running >= version.version:
        await tellings.move(sheet.tx, org, Telling(digest, state, told=telling.told))
    return running >= version.version, []


async def _queue(sheet: Sheet, telling: Telling, version: Published) -> bool:
    """Queue letters to a few persons; those told already (they were shown this version) get none."""
    desk, tx = sheet.desk, sheet.tx
    old = await notices.before(tx, desk.mac, desk.org, version.version)
    concerned = _concerned(old.source if old else version.source, version.source)
    page = await people.reachable(tx, desk.org, telling.cursor, STEP)
    letters = []
    for person, population in page:
        if population in concerned:
            language = await acceptances.language(tx, person)
            fills = {
                "version": str(version.version), "holds": str(version.effective),
                "changes": desk.url("changes", language, str(version.version)),
                "centre": desk.url("centre", language, ""),
            }  # fmt: skip
            letters.append((person, post.Letter(TO_STAFF if population == "staff" else LETTER, language, fills)))
    if letters:
        told = [sheet.to_person(person, {"at": sheet.at, "effect": "announced", "version": version.version})
                for person, _ in letters]  # fmt: skip
        line = await sheet.line("announce", promise=PROMISE, purpose="proof", answer="queued", told=told,
                                n=len(letters), notice=version.digest)  # fmt: skip
        await post.put_all(sheet, letters, line)
    more = len(page) == STEP
    unproven = {} if more else await people.unproven(tx, desk.org)
    if left := sum(n for population, n in unproven.items() if population in concerned):
        await sheet.line("announce", promise=PROMISE, purpose="proof", answer=NO_CHANNEL, n=left, notice=version.digest)
    moved = replace(telling, cursor=page[-1][0] if more else tellings.FIRST, told=telling.told + len(letters),
                    state=telling.state if more else tellings.TOLD)  # fmt: skip
    await tellings.move(tx, desk.org, moved)
    return True


async def since(sheet: Sheet, letter: post.Letter, told: int) -> dict[str, str]:
    """Lead a letter's reader to all that changed since the version they were told, where another came between."""
    if letter.kind not in KINDS:
        return {}
    desk, version = sheet.desk, int(letter.fills["version"])
    old = await notices.before(sheet.tx, desk.mac, desk.org, version)
    if old is None or not 0 < told < old.version:
        return {}
    return {"changes": desk.url("changes", letter.language, f"{told}-{version}")}


@lru_cache(maxsize=8)
def _concerned(old: str, new: str) -> frozenset[str]:
    """Name the populations that a change concerns: those whose data it widens, or all where it widens nothing."""
    was, now = (load(source.encode(), "notice.yaml").published() for source in (old, new))
    return frozenset(revision(was, now).people or now.populations)


async def _stand(sheet: Sheet, telling: Telling) -> tuple[bool, list[Tampered]]:
    """Put a few persons under the version now in force: rows, and ends that it brings nearer.

    Who does not verify holds up nobody.
    """
    page, bad = await people.everybody(sheet.tx, sheet.desk.org, telling.cursor, STEP), list[Tampered]()
    changed, told = redating.shorter(sheet.desk.policy), list[Told]()
    for person in page:
        try:
            told += await _under(sheet, person, changed)
        except NotFound:
            continue  # erased in this moment
        except Tampered as fault:
            bad.append(fault)
    if told:
        await sheet.line("redate", promise="retention", purpose="requests", answer="shortened", told=told,
                         n=len(told), notice=telling.digest)  # fmt: skip
    more = len(page) == STEP
    state = telling.state if more else tellings.OVER
    await tellings.move(sheet.tx, sheet.desk.org, replace(telling, cursor=page[-1] if more else telling.cursor,
                                                          state=state))  # fmt: skip
    return more, bad


async def _under(sheet: Sheet, person: bytes, changed: frozenset[str]) -> list[Told]:
    """Make somebody's rows anew; where ends moved, say of which categories."""
    facts, known = await sheet.facts(person)
    after, moved = await redating.redate(sheet, person, facts, changed)
    if not moved:
        await sheet.stand(person, facts)
        return []
    await sheet.keep(person, after, known)
    fields = [f"{category}.{field}" for category in moved for field in sheet.desk.notice.data[category].fields]
    return [sheet.to_person(person, {"at": sheet.at, "fields": fields, "effect": "shortened"})]


async def reached(sheet: Sheet, person: bytes, version: int, language: str, how: str) -> None:
    """Write down that a version has reached somebody; from its day on it holds for them. Told newer, nothing changes.

    ``how``: ``told`` (a letter was handed over) or ``seen`` (it was read in the privacy centre).
    """
    desk, tx = sheet.desk, sheet.tx
    facts, known = await sheet.facts(person)
    if facts.told >= version:
        return
    found = await notices.numbered(tx, desk.mac, desk.org, version)
    if found is None:
        raise NotFound("page")
    told = sheet.to_person(person, {"at": sheet.at, "effect": f"notice {how}", "version": version})
    line = await sheet.line("announce", promise=PROMISE, purpose="proof", answer=how, told=[told], notice=found.digest)
    row = Acceptance("notice", version, "shown", language, sheet.at, found.digest)
    await acceptances.add(tx, desk.org, person, row, line)
    await sheet.keep(person, msgspec.structs.replace(facts, told=version), known)
