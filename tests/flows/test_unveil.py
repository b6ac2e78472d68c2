"""Who used somebody's data is named only by a security case of two approvers, and whoever was named can read that."""

from dataclasses import replace

import pytest

from tepati.errors import BadInput, NotFound, Refused, Tampered
from tepati.flows import members
from tepati.flows.actor import Actor
from tepati.flows.acts.audit import audit
from tepati.flows.acts.bookings import bookings
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.dismiss import dismiss
from tepati.flows.acts.dispute import dispute
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.overview import overview
from tepati.flows.acts.trace import trace
from tepati.flows.acts.unveil import TERM, approve, cases, open_case, unveil
from tepati.flows.acts.unveiled import unveiled
from tepati.flows.tick import tick
from tepati.ledger.entry import decode
from tests.flows.inside import known
from tests.flows.people import count, guest, hired, lines

WHY = "Ratna tidak mengenal penggunaan ini"
DAY = 86_400_000_000


@pytest.fixture
def world(desk, post, run):
    return run(begun(desk, post))


async def begun(desk, post):
    """A guest whom a dispatcher looked at; an owner and a privacy desk to open cases."""
    number, clerk = await guest(desk, post), await hired(desk, "dispatcher")
    await look(desk, clerk, Wish(number, "orders", frozenset({"identity.name"})))
    await lines(desk, "", "")
    rows = await desk.store.read(lambda tx: tx.all("SELECT idx, id, entry FROM log_leaf ORDER BY idx"))
    index, line = next((str(i), bytes(id).hex()) for i, id, entry in rows if decode(bytes(entry)).act == "look")
    return index, line, clerk, await hired(desk, "director"), await hired(desk, "privacy_desk")


async def codes(what):
    with pytest.raises(Refused) as refused:
        await what
    return refused.value.code


async def test_two_open_a_line_and_its_actor_reads_that_they_did(desk, world):
    """Both see who, in which role, why, exactly when; each once; the actor finds two entries of their own."""
    index, _, clerk, owner, officer = world
    case = await open_case(desk, owner, index, WHY)
    assert await codes(unveil(desk, owner, case)) == "case_unapproved"
    await approve(desk, officer, case)
    for reader in (officer, owner):
        (found,) = await unveil(desk, reader, case)
        assert (found.name, found.says.role, found.says.at) == ("Wulan", "dispatcher", desk.now())
        assert await codes(unveil(desk, reader, case)) == "case_shown"
    await lines(desk, "", "")
    mine = await unveiled(desk, clerk)
    assert {(one.act, one.says.effect, one.says.role) for one in mine} == {
        ("unveil", "unveiled", "director"), ("unveil", "unveiled", "privacy_desk"),
    }  # fmt: skip
    assert not [one for one in await unveiled(desk, clerk) if one.says.reason], "why is the opener's to tell"
    assert await lines(desk, "unveil", "allowed") == ["security.access_log"] * 2
    assert len(await lines(desk, "unveil", "refused")) == 3
    assert not [one for one in await audit(desk) if one.at != "agreement"]


async def test_each_reads_their_own_entries_only(desk, world):
    """The officer's page has what the officer did, the clerk's what was done to the clerk."""
    index, _, clerk, owner, officer = world
    case = await open_case(desk, owner, index, WHY)
    await approve(desk, officer, case)
    assert await unveiled(desk, clerk) == []
    assert [one.answer for one in await unveiled(desk, officer)] == ["approved"]
    assert [(one.answer, one.says.reason) for one in await unveiled(desk, owner)] == [("opened", WHY)]


async def test_a_dispute_leads_to_a_case(desk, post, clock, world):
    """The number that the person was given is enough; so is the line's id."""
    _, line, _, owner, officer = world
    who = await known(desk, post, clock)
    seen = (await trace(desk, who)).traces
    used = next(one.line for one in seen if one.act == "look")
    assert used == line
    answer = await dispute(desk, who, used)
    case = await open_case(desk, owner, answer.number.lower(), WHY)
    assert [(one.line, one.mine, one.approved) for one in await cases(desk, officer)] == [(line, False, False)]
    await approve(desk, officer, case)
    assert (await unveil(desk, officer, case))[0].name == "Wulan"


async def test_a_case_is_hidden_from_the_member_whom_it_is_about(desk, world):
    """A steward who acted sees it neither in the list nor counted in the morning, at any step; the others do."""
    _, line, _, owner, officer = world
    other = await hired(desk, "service_desk", "dispatcher", "privacy_desk")
    (number,) = [row.number for row in (await bookings(desk, other, "open", 0, 9)).rows]
    await look(desk, other, Wish(number, "orders", frozenset({"identity.name"})))
    await lines(desk, "", "")
    rows = await desk.store.read(lambda tx: tx.all("SELECT id, entry FROM log_leaf ORDER BY idx DESC"))
    theirs = next(bytes(id).hex() for id, entry in rows if decode(bytes(entry)).act == "look")
    case = await open_case(desk, owner, theirs, WHY)

    async def seen(who):
        return [one.case for one in await cases(desk, who)], (await overview(desk, who)).cases

    assert await seen(other) == ([], 0)
    assert await seen(officer) == ([case], 1)
    await approve(desk, officer, case)
    assert await seen(other) == ([], 0)
    assert await seen(owner) == ([case], 1)
    again = await open_case(desk, owner, line, WHY)
    assert await seen(other) == ([again], 1), "a case about somebody else is theirs to approve"


async def test_one_person_is_not_two(desk, world):
    index, _, _, owner, officer = world
    case = await open_case(desk, owner, index, WHY)
    assert await codes(approve(desk, owner, case)) == "case_twice"
    await approve(desk, officer, case)
    assert await codes(approve(desk, officer, case)) == "case_approved"
    assert len(await lines(desk, "case", "refused")) == 2


async def test_who_acted_neither_opens_nor_approves(desk, post, world):
    """A steward who used the data is no judge of it."""
    _, _, _, owner, officer = world
    case = await open_case(desk, owner, (await lines_of(desk, "undertake", officer)), WHY)
    assert await codes(approve(desk, officer, case)) == "case_own"
    assert await codes(open_case(desk, owner, (await lines_of(desk, "undertake", owner)), WHY)) == "case_own"
    assert await count(desk.store, "unveiling") == 1


async def lines_of(desk, act, actor):
    await lines(desk, "", "")
    rows = await desk.store.read(
        lambda tx: tx.all(
            "SELECT l.idx, l.entry FROM log_leaf l JOIN opening o ON o.ledger_id = l.id WHERE o.person = $1",
            actor.person,
        )
    )
    return next(str(i) for i, entry in rows if decode(bytes(entry)).act == act)


async def test_after_seven_days_it_opens_nothing_and_later_it_is_gone(desk, post, clock, world):
    index, _, _, owner, officer = world
    late = await open_case(desk, owner, index, WHY)
    case = await open_case(desk, owner, index, WHY)
    await approve(desk, officer, case)
    clock.at += TERM
    assert await codes(approve(desk, officer, late)) == "case_expired"
    assert await codes(unveil(desk, officer, case)) == "case_expired"
    assert await cases(desk, owner) == []
    clock.at += 8 * DAY
    kept = desk.vault.room.keystore.mirrors[0].rows("SELECT count(*) FROM anchor")[0][0]
    await tick(desk, post)
    assert await count(desk.store, "unveiling") == 0
    assert desk.vault.room.keystore.mirrors[0].rows("SELECT count(*) FROM anchor")[0][0] == kept - 1


async def test_a_strangers_role_opens_approves_shows_and_lists_nothing(desk, world):
    index, _, clerk, owner, officer = world
    case = await open_case(desk, owner, index, WHY)
    await approve(desk, officer, case)
    other = await hired(desk, "service_desk")
    for asked in (open_case(desk, other, index, WHY), approve(desk, other, case), unveil(desk, other, case),
                  cases(desk, other), unveil(desk, clerk, case)):  # fmt: skip
        assert await codes(asked) == "act_not_given"
    third = Actor(other.person, ("director",), other.undertaken)
    assert await codes(unveil(desk, third, case)) == "case_not_yours"
    unbound = Actor(owner.person, owner.roles, 0)
    assert await codes(unveil(desk, unbound, case)) == "undertaking_missing"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE unveiling SET second = (SELECT person FROM staff WHERE person <> unveiling.person LIMIT 1)",
        "UPDATE unveiling SET expires = expires + 864000000000",
        "UPDATE unveiling SET line = (SELECT id FROM log_leaf WHERE id <> unveiling.line LIMIT 1)",
        "UPDATE unveiling SET shown = 3",
        "UPDATE unveiling SET version = version + 1",
    ],
)
async def test_sql_approves_and_prolongs_nothing(desk, world, sql):
    index, _, _, owner, officer = world
    case = await open_case(desk, owner, index, WHY)
    await desk.store.write(lambda tx: tx.run(sql))
    for asked in (unveil(desk, owner, case), approve(desk, officer, case)):
        with pytest.raises(Tampered) as tampered:
            await asked
        assert tampered.value.code == "case_tampered"
    assert "case_tampered" in desk.alarms
    assert await lines(desk, "unveil", "allowed") == []


@pytest.mark.parametrize("when", ["before the look", "before the second approval"])
async def test_an_older_row_put_back_opens_nothing(desk, world, when):
    """It verifies by its own MAC; the key store knows a newer version, also of a look that was taken."""
    index, _, _, owner, officer = world
    case = await open_case(desk, owner, index, WHY)
    columns = "second, shown, version, mac"
    copy = "UPDATE unveiling SET second = $1, shown = $2, version = $3, mac = $4"
    if when == "before the look":
        await approve(desk, officer, case)
    row = await desk.store.read(lambda tx: tx.one(f"SELECT {columns} FROM unveiling"))
    if when == "before the look":
        await unveil(desk, owner, case)
    else:
        await approve(desk, officer, case)
    await desk.store.write(lambda tx: tx.run(copy, *row))
    for asked in (unveil(desk, owner, case), approve(desk, officer, case)):
        with pytest.raises(Tampered) as tampered:
            await asked
        assert tampered.value.code == "case_old"
    assert "case_old" in desk.alarms


async def test_an_approval_ends_with_its_givers_role(desk, world):
    """Neither who left nor who lost the role stands behind a case, opened or approved before."""
    index, _, _, owner, officer = world
    third = await hired(desk, "service_desk", "director")
    one, two = [await open_case(desk, who, index, WHY) for who in (officer, owner)]
    await approve(desk, third, one)
    await approve(desk, officer, two)
    await dismiss(desk, owner, "director@fineclean.example")
    assert await codes(unveil(desk, officer, two)) == "case_void"
    assert await unveil(desk, officer, one)
    await roles_taken(desk, third.person)
    assert await codes(unveil(desk, third, one)) == "case_void"
    late = await open_case(desk, third, index, WHY)
    assert await codes(approve(desk, officer, late)) == "case_void"


async def roles_taken(desk, person):
    async def act(sheet):
        member = await members.present(sheet, person, members.floor(desk, person))
        await members.narrow(sheet, replace(member, roles=("dispatcher",)), await sheet.line(
            "narrow", promise="roles", purpose="staff_access"))  # fmt: skip

    await desk.write(act)


async def test_whoever_was_named_gets_a_letter_and_sees_it_in_the_morning(desk, post, clock, world):
    """It says that it happened and where to read more, and nothing of a customer or of why."""
    index, _, clerk, owner, officer = world
    case = await open_case(desk, owner, index, WHY)
    await approve(desk, officer, case)
    await unveil(desk, officer, case)
    await lines(desk, "", "")
    await deliver(desk, post)
    letter = post.sent[-1]
    assert letter.to == "dispatcher@fineclean.example"
    assert "/own/" in letter.text
    for value in ("Ratna", "Kenanga", "mengenal", "Wulan"):
        assert value not in letter.subject + letter.text + letter.html
    assert [(await overview(desk, who)).named for who in (clerk, owner, officer)] == [1, 0, 0]
    clock.forward(days=8)
    assert (await overview(desk, clerk)).named == 0


async def test_an_actor_who_hides_their_row_for_a_while_gains_nothing(desk, world):
    """Whoever approves what they did themselves, their opening taken out by SQL meanwhile, is found at the look."""
    _, _, _, owner, officer = world
    index = await lines_of(desk, "undertake", officer)
    case = await open_case(desk, owner, index, WHY)
    move = "UPDATE opening SET person = $1 WHERE person = $2 AND ledger_id = (SELECT line FROM unveiling)"
    other = await hired(desk, "editor")
    await desk.store.write(lambda tx: tx.run(move, other.person, officer.person))
    await approve(desk, officer, case)
    await desk.store.write(lambda tx: tx.run(move, officer.person, other.person))
    assert await codes(unveil(desk, owner, case)) == "case_own"


async def test_another_organisations_line_and_case_are_unknown(desk, world):
    index, line, _, owner, officer = world
    other = replace(desk, org="elsewhere", log=desk.log)
    case = await open_case(desk, owner, index, WHY)
    for about in (index, line):
        with pytest.raises(NotFound):
            await open_case(other, owner, about, WHY)
    with pytest.raises(NotFound):
        await approve(other, officer, case)


@pytest.mark.parametrize("about", ["", "999999", "-1", "zz", "00" * 16, "00" * 15, "A7-XXXX-XXXX", "9" * 40])
async def test_a_line_that_is_none(desk, world, about):
    with pytest.raises(NotFound):
        await open_case(desk, world[3], about, WHY)
    for case in ("", "zz", "00" * 16):
        with pytest.raises(NotFound):
            await approve(desk, world[3], case)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
async def test_a_case_without_a_reason_is_none(desk, world, reason):
    with pytest.raises(BadInput):
        await open_case(desk, world[3], world[0], reason)


async def test_a_line_of_nobody_names_nobody(desk, world):
    """What a person or a program did has no member of staff behind it."""
    rows = await desk.store.read(lambda tx: tx.all("SELECT idx, entry FROM log_leaf ORDER BY idx"))
    index = next(str(i) for i, entry in rows if decode(bytes(entry)).act == "collect")
    with pytest.raises(NotFound) as unknown:
        await open_case(desk, world[3], index, WHY)
    assert unknown.value.code == "case_no_actor"


async def test_the_reason_is_nowhere_in_clear(desk, world):
    """It is sealed in the opener's own opening, as the case holds no value of anybody."""
    await open_case(desk, world[3], world[0], WHY)
    for table in ("unveiling", "log_leaf", "log_pending", "opening", "observation"):
        rows = await desk.store.read(lambda tx, t=table: tx.all(f"SELECT * FROM {t}"))
        assert WHY not in repr(rows)
        assert WHY.encode() not in b"".join(bytes(c) for row in rows for c in row if isinstance(c, bytes))
