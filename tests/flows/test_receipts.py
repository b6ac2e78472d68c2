"""Receipts in the person's hand: what they hold, what they prove, and every way to forge one."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tepati.errors import NotFound, Unavailable
from tepati.flows import links
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import PATIENCE, deliver
from tepati.flows.acts.erase import Ask, cancel, request
from tepati.flows.acts.receipt import receipt as certificate_file
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.acts.withdraw import withdraw
from tepati.flows.desk import Desk, Sheet
from tepati.flows.readable import BASES, PURPOSES
from tepati.flows.receipts import Slip, issue
from tepati.flows.tick import tick
from tepati.ledger.receipt import detached, digest
from tepati.ledger.verify import Policy, read_policy, verify_receipt
from tepati.notice.vocabulary import Basis, PurposeKind
from tepati.ports.mail import Attachment
from tepati.store.port import Tx
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import hired

TYPED = ("Ratna", "ratna@contoh", "3456", "Kenanga", "2026-11-25", "s1330", "online", "18_or_over", "routine")

# Terms of DPV 2.3 (https://w3id.org/dpv), looked up one by one.
TERMS = """
    ServiceProvision PaymentManagement PersonnelHiring CommunicationManagement DirectMarketing Personalisation
    ImproveExistingProductsAndServices EnforceSecurity FraudPreventionAndDetection IdentityVerification
    ScientificResearch HumanResourceManagement LegalCompliance ExplicitlyExpressedConsent Contract LegalObligation
    VitalInterest PublicInterest LegitimateInterest ConsentRecord DataProcessingRecord ConsentGiven ConsentRefused
    ActivityOngoing Organisation DataController PrivacyNotice ConsentNotice hasDataSubject hasProcess hasNotice
    hasPurpose hasLegalBasis hasPersonalData hasDataController hasStorageCondition hasDuration hasJurisdiction
    ConsentWithdrawn RightExerciseRecord RequestAcknowledged RequestFulfilled RequestRejected ActivityHalted hasStatus
    hasRecipient hasConsentControl hasRight hasIndicationMethod hasConsentStatus hasActivityStatus
"""
DPV = frozenset(re.findall(r"\w+", TERMS))


async def integrate(desk: Desk) -> None:
    """Run the sequencer's round."""
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))


async def confirmed(desk: Desk, post: Post, n: int = 1, *, yes: bool = True, **other: str) -> str:
    """Book and answer by the mailed link; the letter with the receipts has not left."""
    number = (await collect(desk, booking(desk, n, **other))).number
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset({"offers_by_email"} if yes else ()), "id")
    return number


async def received(desk: Desk, post: Post, n: int = 1, *, yes: bool = True, **other: str) -> tuple[Attachment, ...]:
    """Return what the confirmation brought."""
    await confirmed(desk, post, n, yes=yes, **other)
    await integrate(desk)
    await deliver(desk, post)
    return post.sent[-1].attachments


def pinned(desk: Desk) -> Policy:
    return read_policy(f"log {desk.log.key}\nquorum none\n")


def broken(raw: bytes, policy: Policy) -> str:
    """Name the first thing that is wrong with a receipt."""
    report = verify_receipt(raw, policy)
    return report.findings[0].code if report.findings else ""


def altered(raw: bytes, *path: str, value: Any) -> bytes:
    """Write a receipt with one part replaced."""
    whole = json.loads(raw)
    at = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value(at[path[-1]]) if callable(value) else value
    return json.dumps(whole).encode()


@pytest.mark.promise("F7")
async def test_the_confirmation_brings_a_receipt_for_the_booking_and_for_the_consent(desk: Desk, post: Post) -> None:
    """Both verify offline, with the log's key pinned and without; the record is bound by the ledger."""
    booked, promo = await received(desk, post)
    number = re.search(r"HC-\w{4}-\w{4}", post.sent[-1].subject)
    assert number
    assert (booked.name, promo.name) == (
        f"tanda-terima-{number[0]}.json", f"tanda-terima-{number[0]}-offers_by_email.json",
    )  # fmt: skip
    for file, act, answer in ((booked, "confirm", "done"), (promo, "agree", "given")):
        for policy, standing in ((None, "unpinned"), (pinned(desk), "unwitnessed")):
            report = verify_receipt(file.body, policy)
            assert (report.findings, report.standing) == ([], standing)
            assert (report.opening, report.record) == ("opened", "bound")
            assert report.line
            assert (report.line.act, report.line.answer) == (act, answer)
    assert "Tanda terima terlampir" in post.sent[-1].text


@pytest.mark.promise("F7")
@pytest.mark.parametrize("yes", [True, False])
async def test_the_record_says_what_the_notice_says(desk: Desk, post: Post, yes: bool) -> None:
    """Purpose, basis, words, digest of the notice, controller, end and the way out: given or refused."""
    _, promo = await received(desk, post, yes=yes)
    record = json.loads(promo.body)["record"]
    (process,), (event,) = record["processing"], record["events"]
    assert event["event_state"] == ("dpv:ConsentGiven" if yes else "dpv:ConsentRefused")
    assert (process["purpose_type"], process["lawful_basis"]) == (
        "dpv:DirectMarketing", "dpv:ExplicitlyExpressedConsent",
    )  # fmt: skip
    assert [d["pii_type"] for d in process["pii_information"]] == ["identity.email", "identity.name", "identity.phone"]
    assert process["pii_controllers"][0]["party_name"] == "FINECLEAN.ID"
    assert "identity: P2Y after booking.closed" in process["retention_period"]
    ways = ["mailto:privasi@fineclean.example", "link in each messages.offer", "link in each messages.offer_chat"]
    assert process["withdrawal_method"] == "; ".join(ways)
    assert event["validity_duration"] == ("P2Y" if yes else "P180D")
    assert event["event_time"].startswith("2026-11-18T11:06:40")
    assert {p["party_name"] for p in process["recipient_third_parties"]} == {"PT Surel Contoh", "PT Pesan Contoh"}
    shown, words = record["dpv:hasNotice"]
    assert shown["dct:identifier"] == f"sha256:{desk.digest.hex()}"
    said = words["dct:description"]["@value"]
    assert words["dct:identifier"] == f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"
    assert words["dct:identifier"].endswith(desk.words("offers_by_email", "id").hex())
    assert json.loads(json.loads(promo.body)["opening"]["payload"])["record"] == digest(record)


async def test_a_yes_given_in_english_binds_the_indonesian_words_beside_it(desk: Desk, post: Post) -> None:
    """The Indonesian text stands beside the box and prevails: the digest in the register is of both."""
    await collect(desk, msgspec.structs.replace(booking(desk), language="en"))
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset({"offers_by_email"}), "en")
    await integrate(desk)
    await deliver(desk, post)
    words = json.loads(post.sent[-1].attachments[-1].body)["record"]["dpv:hasNotice"][1]
    texts = words["dct:description"]
    assert [(text["@language"], text["@value"][:3]) for text in texts] == [("en", "Yes"), ("id", "Ya,")]
    both = "\n".join(text["@value"] for text in texts)
    assert words["dct:identifier"] == f"sha256:{hashlib.sha256(both.encode()).hexdigest()}"
    assert words["dct:identifier"].endswith(desk.words("offers_by_email", "en").hex())


async def test_a_receipt_holds_no_value(desk: Desk, post: Post) -> None:
    """Not one thing that was typed into the form; the opening says instant, role, effect and paths only."""
    for file in await received(desk, post):
        text = file.body.decode()
        assert not [typed for typed in TYPED if typed in text]
        says = json.loads(json.loads(text)["opening"]["payload"])
        assert says.keys() <= {"at", "effect", "point", "question", "until", "role", "record"}
    person = await desk.read(lambda s: desk.vault.find(s.tx, "identity.email", "ratna@contoh.example"))
    assert person
    assert not [file for file in post.sent[-1].attachments if person.hex() in file.body.decode()]


async def test_two_receipts_do_not_show_that_one_person_holds_them(desk: Desk, post: Post) -> None:
    """The name of the person in a record is made for that record alone."""
    first, second = (json.loads(f.body)["record"]["pii_principal_id"] for f in await received(desk, post))
    assert first != second


@pytest.mark.promise("F7")
async def test_any_changed_part_fails_and_is_named(desk: Desk, post: Post) -> None:
    """Line, proof, opening and record each say that it was they."""
    _, promo = await received(desk, post, yes=False)
    policy = pinned(desk)
    assert broken(promo.body, policy) == ""
    line = altered(promo.body, "line", value=lambda s: s.replace("refused_by_person", "given"))
    said = altered(promo.body, "opening", "payload", value=lambda s: s.replace("ConsentRefused", "ConsentGiven"))
    shown = altered(promo.body, "record", "events", value=lambda e: [{**e[0], "event_state": "dpv:ConsentGiven"}])
    salt = altered(promo.body, "opening", "salt", value=lambda s: s[::-1].replace("=", "") + "=")
    assert broken(line, policy) == "not_included"
    assert broken(said, policy) == "opening"
    assert broken(shown, policy) == "record"
    assert broken(salt, policy) in {"opening", "unreadable"}
    proof = altered(promo.body, "proof", value=lambda s: s.replace("index ", "index 1"))
    assert broken(proof, policy) in {"not_included", "unreadable", "signature"}
    unsigned = altered(promo.body, "proof", value=lambda s: s[: s.rindex("—") + 30] + "A" + s[s.rindex("—") + 31 :])
    assert broken(unsigned, policy) in {"signature", "unreadable"}


@pytest.mark.promise("F7")
async def test_any_changed_byte_of_what_is_said_fails(desk: Desk, post: Post) -> None:
    """Each character of line, payload and record, turned into another: never sound and bound."""
    _, promo = await received(desk, post)
    whole, policy = json.loads(promo.body), pinned(desk)
    record = json.dumps(whole["record"])
    parts = {
        "line": (whole["line"], lambda s: altered(promo.body, "line", value=s)),
        "payload": (whole["opening"]["payload"], lambda s: altered(promo.body, "opening", "payload", value=s)),
        "record": (record, lambda s: altered(promo.body, "record", value=json.loads(s))),
    }
    for name, (text, write) in parts.items():
        for i in range(0, len(text), 7):
            changed = text[:i] + ("1" if text[i] != "1" else "2") + text[i + 1 :]
            try:
                raw = write(changed)
            except ValueError:
                continue  # no JSON any more: cannot stand in a file
            assert broken(raw, policy), (name, i)


@pytest.mark.promise("F7")
async def test_without_the_salt_it_proves_the_line_and_names_nobody(desk: Desk, post: Post) -> None:
    """Detached: still in the log, opens nothing; a part taken away by hand does not open either."""
    for file in await received(desk, post):
        bare = detached(file.body)
        report = verify_receipt(bare, pinned(desk))
        assert (report.sound, report.opening, report.record) == (True, "closed", "none")
        for secret in ("urn:uuid", 'salt": "', "ConsentGiven", "confirmed"):
            assert secret not in bare.decode()
        by_hand = altered(file.body, "opening", "salt", value=None)
        assert verify_receipt(by_hand, pinned(desk)).record == "unbound"


@pytest.mark.promise("F7")
async def test_somebody_elses_line_does_not_verify_as_mine(desk: Desk, post: Post) -> None:
    """My opening and record on their line and proof, or their opening on mine: refused."""
    mine = await received(desk, post)
    theirs = await received(desk, post, 2, identity__email="budi@contoh.example")
    for own, other in zip(mine, theirs, strict=True):
        a, b = json.loads(own.body), json.loads(other.body)
        swapped = json.dumps({**b, "opening": a["opening"], "record": a["record"]}).encode()
        assert broken(swapped, pinned(desk)) == "opening"
        assert broken(json.dumps({**a, "record": b["record"]}).encode(), pinned(desk)) == "record"
        assert broken(json.dumps({**a, "line": b["line"]}).encode(), pinned(desk)) == "not_included"


async def test_a_slip_of_another_persons_line_opens_nothing(desk: Desk, post: Post) -> None:
    """The permit names the person: an id of somebody else's line, or of none, is not found."""
    await confirmed(desk, post)
    await confirmed(desk, post, 2, identity__email="budi@contoh.example")
    await integrate(desk)
    one, two = [
        await desk.read(lambda s, e=e: desk.vault.find(s.tx, "identity.email", e))  # type: ignore[misc]
        for e in ("ratna@contoh.example", "budi@contoh.example")
    ]
    found = await desk.read(
        lambda s: s.tx.one("SELECT ledger_id FROM consent WHERE person = $1 AND state = 'ConsentGiven'", two)
    )

    async def take(sheet: Sheet, who: bytes, line: bytes) -> list[Attachment] | None:
        facts, _ = await sheet.facts(who)
        return await issue(sheet, who, [Slip(line)], facts, "HC-1", "id")

    for line in (bytes(found[0]), bytes(16)):
        with pytest.raises(NotFound):
            await desk.write(lambda sheet, line=line: take(sheet, one, line))  # type: ignore[misc]
    (own,) = await desk.write(lambda sheet: take(sheet, two, bytes(found[0]))) or []
    assert "ConsentGiven" in own.body.decode()


async def test_every_term_is_one_that_dpv_has(desk: Desk, post: Post) -> None:
    """No invented IRI: whatever a record says in DPV stands in this list, which was compared with DPV 2.3."""
    used = {term for file in await received(desk, post) for term in re.findall(r'"(dpv:\w+)"', file.body.decode())}
    assert used | set(PURPOSES.values()) | set(BASES.values()) <= {f"dpv:{term}" for term in DPV}


async def test_another_logs_key_is_not_believed(desk: Desk, post: Post) -> None:
    """Whoever makes a whole log of their own makes no receipt of this one."""
    from tepati.ledger.note import signer

    booked, _ = await received(desk, post)
    other = read_policy(f"log {signer('fineclean.example', b'x' * 32).key}\nquorum none\n")
    assert broken(booked.body, other) == "signature"


@pytest.mark.promise("F7")
async def test_a_pending_line_has_no_receipt(desk: Desk, post: Post) -> None:
    """The letter waits for the sequencer and brings it then; nothing was opened or written for it meanwhile."""
    await confirmed(desk, post)
    sent = len(post.sent)
    lines = await desk.read(lambda s: desk.log.pending(s.tx))
    assert (await deliver(desk, post)).waiting == 1
    assert (len(post.sent), await desk.read(lambda s: desk.log.pending(s.tx))) == (sent, lines)
    await integrate(desk)
    assert (await deliver(desk, post)).sent == 1
    assert len(post.sent[-1].attachments) == 2


@pytest.mark.promise("F7")
async def test_the_letter_leaves_without_it_when_the_sequencer_stands_still(desk: Desk, post: Post) -> None:
    """After a few rounds the letter matters more: it leaves, says so, and is not sent again."""
    await confirmed(desk, post)
    rounds = [await deliver(desk, post) for _ in range(PATIENCE)]
    assert [r.waiting for r in rounds] == [1] * (PATIENCE - 1) + [0]
    assert rounds[-1].sent == 1
    assert post.sent[-1].attachments == ()
    assert "belum dapat dilampirkan" in post.sent[-1].text
    await integrate(desk)
    assert (await deliver(desk, post)).sent == 0


async def alter_lines(tx: Tx) -> None:
    """Say another thing in the lines themselves."""
    for lane, ident, entry in await tx.all("SELECT lane, id, entry FROM log_leaf"):
        forged = bytes(entry).replace(b"given", b"taken").replace(b"confirm", b"consume")  # type: ignore[arg-type]
        await tx.run("UPDATE log_leaf SET entry = $3 WHERE lane = $1 AND id = $2", lane, ident, forged)


async def alter_openings(tx: Tx) -> None:
    """Put one line's opening in another's place."""
    other = "SELECT blob FROM opening o WHERE o.ledger_id <> opening.ledger_id LIMIT 1"
    await tx.run(f"UPDATE opening SET blob = ({other})")


async def alter_tiles(tx: Tx) -> None:
    """Overwrite the hashes of the tree."""
    await tx.run("UPDATE log_tile SET hashes = $1 WHERE level = 0", bytes(32 * 256))


@pytest.mark.parametrize("alter", [alter_lines, alter_openings, alter_tiles])
async def test_what_would_not_verify_is_not_sent(
    desk: Desk, post: Post, alter: Callable[[Tx], Awaitable[None]]
) -> None:  # fmt: skip
    """SQL without keys alters the line, the opening or the tree: no false receipt leaves, and it is an alarm."""
    await confirmed(desk, post)
    await integrate(desk)
    sent = len(post.sent)
    await desk.store.write(alter)
    assert (await deliver(desk, post)).failed == 1
    assert len(post.sent) == sent
    assert desk.alarms


async def test_a_server_that_was_down_gets_the_same_receipts(desk: Desk, post: Post, clock: Clock) -> None:
    """Tried again later the letter still has them."""
    await confirmed(desk, post)
    await integrate(desk)
    post.down = True
    assert (await deliver(desk, post)).failed == 1
    post.down = False
    clock.forward(seconds=300)
    assert (await deliver(desk, post)).sent == 1
    assert len(post.sent[-1].attachments) == 2


async def test_what_was_opened_for_a_receipt_is_a_line(desk: Desk, post: Post) -> None:
    """Opening the person's opening is a use: one line says so, for the purpose of proofs."""
    await received(desk, post)
    await integrate(desk)
    size = await desk.read(lambda s: desk.log.size(s.tx))
    entries = [json.loads(e) for e in await desk.read(lambda s: desk.log.leaves(s.tx, 0, size))]
    assert [(e["purpose"], e["answer"]) for e in entries if e["act"] == "prove"] == [("proof", "allowed")]


async def test_a_letter_of_before_receipts_still_leaves(desk: Desk) -> None:
    """What was sealed by an earlier version has no slips and is read all the same."""
    from tepati.flows.post import Letter

    old = msgspec.msgpack.encode(["confirmed", "id", {"number": "HC-0000-0000"}, "00"])
    assert msgspec.msgpack.decode(old, type=Letter).slips == ()


async def test_a_certificate_file_needs_an_erasure(desk: Desk) -> None:
    """An unknown capability gives nothing, whatever it looks like."""
    for capability in ("", "x", "0" * 48, "\udcff"):
        with pytest.raises(NotFound):
            await certificate_file(desk, capability)


@pytest.mark.promise("F7")
async def test_the_certificate_is_a_file_that_verifies_and_names_nobody(
    desk: Desk, post: Post, clock: Clock
) -> None:  # fmt: skip
    """The line of the erasure is proven; there is no opening; its facts are told to be beside the ledger, not in it."""
    number = await confirmed(desk, post)
    clerk = (
        await welcome(
            desk, Newcomer("Wulan", "w@fineclean.example", "0812 0000 1111", "kata sandi panjang", ("privacy_desk",))
        )
    ).person
    actor = Actor(clerk, ("privacy_desk",), await undertake(desk, clerk))
    await tick(desk, post)
    await request(desk, actor, Ask(number, "counter", "in_person"))
    clock.forward(seconds=61)
    with pytest.raises(NotFound):
        await certificate_file(desk, "0" * 48)
    assert (await tick(desk, post)).erased == 1
    capability = post.link("certificate", "ratna@")
    with pytest.raises(Unavailable):
        await certificate_file(desk, capability)
    await integrate(desk)
    file = await certificate_file(desk, capability)
    report = verify_receipt(file.body, pinned(desk))
    assert (report.findings, report.opening, report.record) == ([], "none", "unbound")
    assert report.line
    assert (report.line.act, report.line.answer, report.line.opening) == ("erase", "erased", "")
    whole = json.loads(file.body)
    assert whole["record"]["openings"] == report.line.openings > 0
    assert not [typed for typed in TYPED if typed in file.body.decode()]
    assert broken(altered(file.body, "line", value=lambda s: s.replace("erased", "denied")), pinned(desk))
    await tick(desk, post)
    assert (await certificate_file(desk, capability)).number == file.number


def test_every_kind_and_basis_of_the_language_has_a_term() -> None:
    """A new kind of purpose without a term would make receipts fail: this fails first."""
    assert set(PURPOSES) == set(PurposeKind.__args__)  # type: ignore[attr-defined]
    assert set(BASES) == set(Basis.__args__)  # type: ignore[attr-defined]


async def letter_with(desk: Desk, post: Post, subject: str) -> tuple[Attachment, ...]:
    """Enter what waits, let letters leave, and return what came with the newest of a subject."""
    await integrate(desk)
    await deliver(desk, post)
    return next(mail.attachments for mail in reversed(post.sent) if subject in mail.subject)


def holds(file: Attachment, desk: Desk, act: str, answer: str) -> dict[str, Any]:
    """Check a receipt as its holder does, and return its record."""
    report = verify_receipt(file.body, pinned(desk))
    assert (report.findings, report.opening, report.record) == ([], "opened", "bound")
    assert report.line
    assert (report.line.act, report.line.answer) == (act, answer)
    found: dict[str, Any] = json.loads(file.body)["record"]
    assert set(re.findall(r"dpv:(\w+)", json.dumps(found))) <= DPV
    return found


@pytest.mark.promise("F7")
async def test_a_withdrawal_is_confirmed_with_a_receipt_once(desk: Desk, post: Post) -> None:
    """Who takes a consent back holds the proof of it; pressing twice gives one letter."""
    await received(desk, post)
    person = await desk.read(lambda s: desk.vault.find(s.tx, desk.address, "ratna@contoh.example"))
    assert person
    line = bytes(16)
    token = await desk.write(
        lambda sheet: links.mint(sheet, person, "stop", "offers_by_email", sheet.at + 10**12, line)
    )
    for _ in range(2):
        done = await withdraw(desk, token, "en")
        assert (done.question, bool(done.answer.number)) == ("offers_by_email", True)
    assert done.again
    (file,) = await letter_with(desk, post, "withdrawn")
    record = holds(file, desk, "withdraw", "withdrawn")
    assert record["events"][0]["event_state"] == "dpv:ConsentWithdrawn"
    assert re.fullmatch(r"receipt-HC-\w{4}-\w{4}-offers_by_email.json", file.name)
    assert "/verify/en/" in post.sent[-1].text
    await letter_with(desk, post, "withdrawn")
    assert len([mail for mail in post.sent if "withdrawn" in mail.subject]) == 1


@pytest.mark.promise("F7")
async def test_a_request_and_its_cancel_are_confirmed_with_receipts(desk: Desk, post: Post) -> None:
    """The letter about the erasure carries the proof of the request, which holds when the person is gone."""
    await received(desk, post)
    number = re.search(r"HC-\w{4}-\w{4}", post.sent[-1].subject)
    assert number
    asked = await request(desk, await hired(desk, "privacy_desk"), Ask(number[0], "email", "link"))
    (file,) = await letter_with(desk, post, "penghapusan")
    record = holds(file, desk, "request", "received")
    assert (record["@type"], record["events"][0]["event_state"]) == (
        "dpv:RightExerciseRecord", "dpv:RequestAcknowledged",
    )  # fmt: skip
    assert file.name == f"tanda-terima-{asked.number}.json"
    assert "kapan, dari buku catatan" in post.sent[-1].text
    assert not any(value in file.body.decode() for value in TYPED)
    assert await cancel(desk, post.link("confirm")) == asked.number
    (file,) = await letter_with(desk, post, "dibatalkan")
    assert holds(file, desk, "request", "cancelled")["events"][0]["event_state"] == "dpv:ActivityHalted"
