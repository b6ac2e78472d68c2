"""Every letter about a right carries its receipt, and every receipt says in both languages what it proves."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tepati.flows.acts.agree import agree
from tepati.flows.acts.answer import answer
from tepati.flows.acts.collect import collect
from tepati.flows.acts.correct import correct
from tepati.flows.acts.deliver import BUILT_IN, ELSEWHERE, deliver
from tepati.flows.acts.dispute import dispute
from tepati.flows.acts.export import export
from tepati.flows.acts.give import give
from tepati.flows.acts.oppose import oppose
from tepati.flows.acts.prove import prove
from tepati.flows.acts.receive import receive
from tepati.flows.acts.restrict import restrict
from tepati.flows.acts.trace import owed, trace
from tepati.flows.acts.withdraw import take_back
from tepati.flows.desk import Desk
from tepati.flows.rights import Answer
from tepati.flows.visitors import Visitor
from tepati.ledger.verify import read_policy, verify_receipt
from tepati.notice.words import words
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.inside import integrated, known
from tests.flows.people import count, guest, hired


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_kind_of_letter_has_a_name_in_the_console(lang: str) -> None:
    assert not [kind for kind in {*BUILT_IN, *ELSEWHERE} if f"kind.{kind}" not in words(lang, "mail")]


Act = Callable[[Desk, Visitor], Awaitable[Answer | None]]


async def _corrected(desk: Desk, who: Visitor) -> Answer:
    return await correct(desk, who, {"identity.name": "Ratna Baru"})


async def _objected(desk: Desk, who: Visitor) -> Answer | None:
    return await oppose(desk, who, {"optimise"})


async def _lifted(desk: Desk, who: Visitor) -> Answer | None:
    await oppose(desk, who, {"optimise"})
    return await oppose(desk, who, ())


async def _restricted(desk: Desk, who: Visitor) -> Answer | None:
    return await restrict(desk, who, {"*"})


async def _freed(desk: Desk, who: Visitor) -> Answer | None:
    await restrict(desk, who, {"orders"})
    return await restrict(desk, who, ())


async def _disputed(desk: Desk, who: Visitor) -> Answer:
    found = await trace(desk, who)
    return await dispute(desk, who, next(one.line for one in found.traces if one.act == "confirm"))


async def _copied(desk: Desk, who: Visitor) -> Answer:
    return (await export(desk, who, "csv", "id")).answer


async def _withdrawn(desk: Desk, who: Visitor) -> Answer:
    return (await take_back(desk, who, "offers_by_email", "id")).answer


async def _answered(desk: Desk, who: Visitor) -> Answer:
    asked = await _disputed(desk, who)
    return await answer(desk, await hired(desk, "privacy_desk"), asked.number, "in_order")


async def _declined(desk: Desk, who: Visitor) -> Answer:
    asked = await _disputed(desk, who)
    return await answer(desk, await hired(desk, "privacy_desk"), asked.number, "declined")


RIGHTS: dict[str, tuple[Act, str, str, str]] = {
    "correction": (_corrected, "RequestFulfilled", "diperbaiki di semua catatan yang memuatnya: nama",
                   "corrected in every record that holds it: name"),
    "objection": (_objected, "RequestFulfilled", "tidak dipakai untuk: memperbaiki layanan", "is not used for: "),
    "objection lifted": (_lifted, "RequestFulfilled", "mencabut keberatan", "withdrew an objection"),
    "restriction": (_restricted, "RequestFulfilled", "tidak dipakai untuk: semua tujuan", "every purpose"),
    "restriction lifted": (_freed, "RequestFulfilled", "mencabut pembatasan", "lifted a restriction"),
    "dispute": (_disputed, "RequestAcknowledged", "tidak mengenali satu pemakaian", "do not recognise a use"),
    "answer": (_answered, "RequestFulfilled", "sesuai dengan janji kami", "is what we promised"),
    "refusal": (_declined, "RequestRejected", "tidak dapat dipenuhi", "cannot be met"),
    "access": (_copied, "RequestFulfilled", "diunduh, dalam bentuk CSV", "downloaded, as CSV"),
    "withdrawal": (_withdrawn, "ConsentWithdrawn", "menarik kembali persetujuan atas", "withdrew your consent to"),
}  # fmt: skip


def record_of(raw: bytes, desk: Desk) -> dict[str, Any]:
    """Check a receipt as its holder does, and return what it says."""
    report = verify_receipt(raw, read_policy(f"log {desk.log.key}\nquorum none\n"))
    assert (report.findings, report.opening, report.record) == ([], "opened", "bound")
    found: dict[str, Any] = json.loads(raw)["record"]
    return found


@pytest.mark.promise("F7")
@pytest.mark.parametrize("right", RIGHTS)
async def test_the_letter_of_a_right_proves_it_in_words(desk: Desk, post: Post, clock: Clock, right: str) -> None:
    """Number, absolute clock, and a file that verifies: its words are bound, in Indonesian and in English."""
    await guest(desk, post)
    who = await known(desk, post, clock)
    await integrated(desk)
    act, state, indonesian, english = RIGHTS[right]
    done = await act(desk, who)
    assert done
    await integrated(desk)
    await deliver(desk, post)
    letter = next(mail for mail in reversed(post.sent) if done.number in mail.text)
    assert "Tanda terima terlampir" in letter.text
    (file,) = letter.attachments
    record = record_of(file.body, desk)
    assert record["events"][0]["event_state"] == f"dpv:{state}"
    assert any(indonesian in said for said in record["in_words"]["id"]), record["in_words"]["id"]
    assert any(english in said for said in record["in_words"]["en"]), record["in_words"]["en"]
    assert record["in_words"]["id"][0].startswith("Pada ")
    assert " WIB" in record["in_words"]["id"][0]
    if state != "ConsentWithdrawn":
        assert any(done.number in said for said in record["in_words"]["en"])
    assert not [typed for typed in ("Ratna", "ratna@", "3456", "Kenanga") if typed in file.body.decode()]
    altered = file.body.replace(indonesian.encode(), b"sesuatu yang lain")
    assert [one.code for one in verify_receipt(altered, None).findings] == ["record"]


async def test_the_centre_gives_the_very_record_that_the_letter_carried(desk: Desk, post: Post, clock: Clock) -> None:
    """Months later it is the words of that day: they lie with the opening, not in the code or the notice of today."""
    await collect(desk, booking(desk))
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset({"offers_by_email"}), "id")
    await integrated(desk)
    await deliver(desk, post)
    sent = {record_of(file.body, desk)["record_id"]: record_of(file.body, desk) for file in post.sent[-1].attachments}
    clock.forward(days=90)
    who = await known(desk, post, clock)
    await integrated(desk)
    taken = [record_of((await prove(desk, who, one.line)).body, desk) for one in await owed(desk, who)]
    assert {record["record_id"]: record for record in taken} == sent
    assert any("Anda menyetujui: “" in said for record in taken for said in record["in_words"]["id"])


async def test_a_yes_given_in_the_centre_has_its_receipt(desk: Desk, post: Post, clock: Clock) -> None:
    """Giving by the switch is recorded as fully as giving by the form."""
    await guest(desk, post, yes=False)
    who = await known(desk, post, clock)
    line = await give(desk, who, "offers_by_email", "en")
    await integrated(desk)
    record = record_of((await prove(desk, who, line.hex())).body, desk)
    assert record["events"][0]["event_state"] == "dpv:ConsentGiven"
    assert record["in_words"]["en"][0].startswith("On ")
    assert any(said.startswith("In force until ") for said in record["in_words"]["en"])


async def test_a_request_told_on_the_phone_is_confirmed_by_mail(desk: Desk, post: Post, store: Store) -> None:
    """Who asked staff for a copy has the number, the end of the clock and the proof in their mailbox, once."""
    number = await guest(desk, post)
    actor = await hired(desk, "privacy_desk")
    asked = await receive(desk, actor, number, "access", "email", "link")
    await receive(desk, actor, number, "access", "email", "link")
    await integrated(desk)
    await deliver(desk, post)
    (letter,) = [mail for mail in post.sent if asked.number in mail.subject]
    assert "paling lambat: " in letter.text
    assert any("dicatat oleh" in said for said in record_of(letter.attachments[0].body, desk)["in_words"]["id"])
    assert await count(store, "request") == 1
