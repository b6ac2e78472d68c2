"""Decoys: what comes to their mailboxes, what the door refuses them, and what of it each promise may claim."""

import dataclasses
import hashlib

import msgspec
import pytest

from tepati.board.board import board
from tepati.board.tally import tally
from tepati.errors import NotFound, Refused, Unavailable
from tepati.flows.acts.agreements import agreements, listed
from tepati.flows.acts.attest import attest
from tepati.flows.acts.decoys import mark
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.repair import repair
from tepati.flows.acts.watch import Came, Watched, speaks_of, watch
from tepati.flows.desk import Desk
from tepati.registers import decoys, observations
from tepati.rules.policy import compile as compiled
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import guest, hired, lines

RECIPIENTS = ("payment_provider", "mailer", "texter", "host")  # which of them it was, no mail tells
LEFT = ("never.sale", "never.payment_elsewhere", "recipients", *(f"recipients.{r}" for r in RECIPIENTS))
OFFERS = ("messages.offer", "consents.offers_by_email", "purposes.offers")


class Boxes:
    """Mailboxes that hold what a test put there."""

    def __init__(self) -> None:
        self.mails: dict[str, list[Came]] = {}
        self.down = False

    async def came(self, address: str) -> list[Came]:
        if self.down:
            raise Unavailable("mail_gone")
        return self.mails.get(address, [])


async def placed(desk: Desk, post: Post, *kinds: str) -> dict[str, str]:
    """Book as one decoy of each kind; return kind -> number."""
    numbers = {}
    for n, kind in enumerate(kinds, 50):
        numbers[kind] = await guest(desk, post, n, yes=False, identity__email=f"{kind}@umpan.example")
        await mark(desk, numbers[kind], kind)
    return numbers


async def outcomes(desk: Desk, promise: str) -> list[str]:
    """List the outcomes of looks at a promise, newest first."""
    found = await desk.read(lambda sheet: observations.of(sheet.tx, desk.org, desk.mac, promise))
    return [one.outcome for one in found]


async def states(desk: Desk) -> dict[str, str]:
    """Judge every promise."""
    while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    while await desk.store.write(lambda tx: tally(tx, desk.org, desk.now())):
        pass
    made = await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))
    return {row.promise.id: row.state for row in made.rows}


async def test_quiet_mailboxes_and_refused_attempts_are_evidence(desk: Desk, post: Post) -> None:
    """Each kind speaks of its own promises; every attempt is written as ours and none as a real refusal."""
    await placed(desk, post, *decoys.KINDS)
    assert await watch(desk, Boxes()) == Watched(4, 0, 0)
    assert await outcomes(desk, "security.decoys") == ["ok"] * 4
    for promise in LEFT:
        assert await outcomes(desk, promise) == ["ok"], promise
    for promise in OFFERS:
        assert await outcomes(desk, promise) == ["ok"] * 3, promise
    assert await outcomes(desk, "messages.offer_chat") == [], "a mailbox does not see the chat"
    refused = await lines(desk, "watch", "refused")
    assert refused.count("consents.offers_by_email") == refused.count("consents.offers_by_whatsapp") == 3
    assert {p for p in refused if p.startswith("recipients.")} == {f"recipients.{r}" for r in desk.notice.recipients}
    assert await lines(desk, "send", "refused") == await lines(desk, "share", "refused") == []
    assert (await states(desk))["security.decoys"] == "kept"


@pytest.mark.parametrize(
    ("kind", "ours", "broken"),
    [
        (decoys.UNSHARED, False, LEFT), (decoys.UNSHARED, True, ()), (decoys.UNTICKED, True, OFFERS),
        (decoys.ORDER_ONLY, True, OFFERS), (decoys.WITHDRAWN, True, OFFERS), (decoys.UNTICKED, False, ()),
    ],
)  # fmt: skip
async def test_what_should_not_come_breaks_what_it_speaks_of(
    desk: Desk, post: Post, clock: Clock, kind: str, ours: bool, broken: tuple[str, ...]
) -> None:
    """A stranger's mail to an unshared decoy breaks what is said of recipients; our promotion what is said of it."""
    await placed(desk, post, kind)
    boxes = Boxes()
    boxes.mails[f"{kind}@umpan.example"] = [Came(clock.forward(hours=1), ours=ours, promotion=True)]
    assert (await watch(desk, boxes)).unwanted == 1
    assert await outcomes(desk, "security.decoys") == ["broken"]
    for promise in speaks_of(desk.notice, kind):
        assert await outcomes(desk, promise) == ["broken" if promise in broken else "ok"], promise
    assert (await states(desk))["security.decoys"] == "broken"


async def test_mail_we_owe_and_mail_from_before_break_nothing(desk: Desk, post: Post, clock: Clock) -> None:
    """Service letters of ours are wanted, and what came before the decoy was one says nothing."""
    boxes = Boxes()
    boxes.mails["unticked@umpan.example"] = [Came(clock() - 1, ours=False, promotion=True)]
    await placed(desk, post, decoys.UNTICKED)
    boxes.mails["unticked@umpan.example"].append(Came(clock.forward(hours=1), ours=True, promotion=False))
    assert await watch(desk, boxes) == Watched(1, 0, 0)


async def test_an_attempt_let_by_breaks_the_promise(desk: Desk, post: Post) -> None:
    """Where the door lets a promotion to a decoy pass, the watch says so."""
    await placed(desk, post, decoys.UNTICKED)
    offers = msgspec.structs.replace(desk.notice.purposes["offers"], basis="contract")
    purposes = {**desk.notice.purposes, "offers": offers}
    points = {**desk.notice.points}
    points["booking"] = msgspec.structs.replace(points["booking"], for_=(*points["booking"].for_, "offers"))
    notice = msgspec.structs.replace(desk.notice, purposes=purposes, points=points, consents={})
    loose = dataclasses.replace(desk, notice=notice, policy=compiled(notice))
    assert (await watch(loose, Boxes())).let_by > 0
    assert await outcomes(desk, "messages.offer") == await outcomes(desk, "security.decoys") == ["broken"]


async def test_a_mailbox_that_cannot_be_read_proves_nothing(desk: Desk, post: Post) -> None:
    """No look, no evidence: neither ok nor an accusation."""
    await placed(desk, post, decoys.UNSHARED)
    boxes = Boxes()
    boxes.down = True
    assert (await watch(desk, boxes)).decoys == 0
    assert await outcomes(desk, "security.decoys") == ["unable"]
    assert await outcomes(desk, "never.sale") == []


async def test_a_repair_ends_the_alarm_and_the_same_mail_raises_no_other(desk: Desk, post: Post, clock: Clock) -> None:
    """Staff say how it was mended: 90 clean days later the promise is no longer broken, though the mail lies there."""
    await placed(desk, post, decoys.UNSHARED)
    boxes = Boxes()
    boxes.mails["unshared@umpan.example"] = [Came(clock.forward(hours=1), ours=False, promotion=False)]
    await watch(desk, boxes)
    director = await hired(desk, "director")
    clock.forward(hours=1)
    for promise in ("never.sale", "security.decoys"):
        await repair(desk, director, promise, "daftar lama dihapus")
    await watch(desk, boxes)
    assert (await outcomes(desk, "never.sale"))[:3] == ["ok", "repaired", "broken"]
    assert (await states(desk))["never.sale"] == "broken", "marked until 90 days have passed"
    clock.forward(days=90)
    assert (await states(desk))["never.sale"] != "broken"
    assert (await outcomes(desk, "recipients"))[0] == "broken", "what nobody mended stays"


async def test_only_stewards_repair_attest_and_sign(desk: Desk, post: Post) -> None:
    """Others are refused, and the refusal is written down; unknown promises are nobody's to mend."""
    dispatcher, clerk = await hired(desk, "dispatcher"), await hired(desk, "privacy_desk")
    with pytest.raises(Refused) as refused:
        await repair(desk, dispatcher, "security.decoys", "x")
    assert refused.value.promise == "roles.dispatcher"
    with pytest.raises(Refused):
        await attest(desk, dispatcher, "security.decoys", "x")
    with pytest.raises(Refused):
        await agreements(desk, dispatcher, "mailer", (0, 1), b"x")
    with pytest.raises(NotFound):
        await repair(desk, clerk, "never.nothing", "x")
    with pytest.raises(NotFound):
        await agreements(desk, clerk, "stranger", (0, 1), b"x")
    await attest(desk, clerk, "accountability.processing_record", "petugas privasi")
    assert await outcomes(desk, "accountability.processing_record") == ["attested"]
    assert await lines(desk, "repair", "refused") == ["roles.dispatcher"]
    assert (await states(desk))["accountability.processing_record"] == "kept"


async def test_staff_who_open_a_decoy_raise_the_alarm(desk: Desk, post: Post) -> None:
    """Nobody has a reason to look at somebody whom nobody serves."""
    numbers = await placed(desk, post, decoys.ORDER_ONLY)
    await look(
        desk, await hired(desk, "dispatcher"), Wish(numbers["order_only"], "orders", frozenset({"identity.name"}))
    )
    assert await outcomes(desk, "security.decoys") == ["broken"]


async def test_agreements_are_listed_with_the_hash_of_their_paper(desk: Desk, clock: Clock) -> None:
    """Of the paper only its SHA-256 is kept; a newer one replaces the older."""
    clerk = await hired(desk, "privacy_desk")
    for paper in (b"satu", b"dua"):
        made = await agreements(desk, clerk, "host", (clock(), clock() + 1), paper)
    assert [one for one in await listed(desk) if one.recipient == "host"] == [made]
    assert made.document == f"sha256:{hashlib.sha256(b'dua').hexdigest()}"
