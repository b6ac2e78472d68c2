"""A campaign killed anywhere goes on and doubles nobody; its limit, preview, test and stop; and who may not."""

import asyncio

import pytest

from tepati.errors import NotFound, Refused
from tepati.flows import campaigns
from tepati.flows.acts.campaign import Sent, campaign, launch
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.halt import halt
from tepati.flows.acts.mails import mails, retry
from tepati.flows.acts.preview import preview
from tepati.flows.acts.progress import overview, progress
from tepati.flows.acts.rehearse import rehearse
from tepati.flows.coarse import FEW, OTHER, told
from tepati.flows.desk import Desk
from tepati.flows.tick import tick
from tepati.registers import campaigns as register
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import count, guest, hired, lines, person_of


async def crowd(desk: Desk, post: Post, n: int) -> list[str]:
    """Let people in who agreed; give their addresses."""
    who = [f"orang{i}@contoh.example" for i in range(n)]
    for i, email in enumerate(who):
        await guest(desk, post, 100 + i, identity__email=email)
    post.sent.clear()
    return who


async def one(desk: Desk, name: bytes) -> register.Campaign:
    found = await desk.read(lambda sheet: register.get(sheet.tx, desk.org, name))
    assert found
    return found


@pytest.mark.parametrize("killed_after", [0, 1, 2])
async def test_a_killed_campaign_goes_on_and_doubles_nobody(
    desk: Desk, post: Post, store: Store, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    """Killed before, between and after its steps: the clock finishes it, each person exactly once."""
    who = await crowd(desk, post, 5)
    monkeypatch.setattr(campaigns, "STEP", 2)
    editor = await hired(desk, "editor")
    name = await launch(desk, editor, "offer", b"form")
    await campaigns.advance(desk, await one(desk, name), killed_after)
    assert await count(store, "sending") == 2 * killed_after
    for _ in range(3):
        await tick(desk, post)
    assert sorted(mail.to for mail in post.sent) == sorted(who)
    done = await one(desk, name)
    assert (done.state, done.queued, done.sent, done.unsent) == ("over", 5, 5, 0)
    assert await count(store, "sending") == 5


async def test_a_step_that_dies_leaves_nothing(
    desk: Desk, post: Post, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed inside a step, after some were queued: neither letters nor cursor remain, and the next try queues all."""
    who = await crowd(desk, post, 4)
    name = await launch(desk, await hired(desk, "editor"), "offer", b"form")
    whole, calls = register.note, []

    async def dies(*args: object) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise OSError
        await whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(register, "note", dies)
    with pytest.raises(OSError):
        await campaigns.advance(desk, await one(desk, name))
    assert (await count(store, "sending"), await count(store, "outbox WHERE message = 'offer:'")) == (0, 0)
    monkeypatch.setattr(register, "note", whole)
    await tick(desk, post)
    assert sorted(mail.to for mail in post.sent) == sorted(who)


async def test_two_workers_at_once_queue_each_once(
    desk: Desk, post: Post, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command and the clock move one campaign at the same time: the row is locked, the cursor read again."""
    await crowd(desk, post, 6)
    monkeypatch.setattr(campaigns, "STEP", 2)
    name = await launch(desk, await hired(desk, "editor"), "offer", b"form")
    found = await one(desk, name)
    await asyncio.gather(*(campaigns.advance(desk, found) for _ in range(3)))
    assert await count(store, "sending") == 6
    assert await count(store, "outbox WHERE message = 'offer:'") == 6


async def test_two_campaigns_at_once_keep_the_limit(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """One a week each: of two campaigns of one message the second finds everybody served, whoever was faster."""
    await crowd(desk, post, 4)
    editor = await hired(desk, "editor")
    sums = await asyncio.gather(campaign(desk, editor, "offer"), campaign(desk, editor, "offer"))
    assert sum(s.queued for s in sums) == 4
    assert sum(s.refused for s in sums) == 4
    assert await count(store, "outbox WHERE message = 'offer:'") == 4
    clock.forward(days=6.9)
    assert await campaign(desk, editor, "offer") == Sent(0, 4)
    clock.forward(days=0.2)
    assert await campaign(desk, editor, "offer") == Sent(4, 0)
    assert "messages.offer" in await lines(desk, "send", "refused")


async def test_pressed_twice_is_one_campaign(desk: Desk, post: Post, store: Store) -> None:
    """The form's own id names the campaign."""
    await crowd(desk, post, 1)
    editor = await hired(desk, "editor")
    assert await launch(desk, editor, "offer", b"form") == await launch(desk, editor, "offer", b"form")
    assert await count(store, "campaign") == 1
    assert await lines(desk, "campaign", "asked") == ["messages.offer"]


async def test_a_stopped_campaign_takes_back_what_has_not_left(desk: Desk, post: Post, store: Store) -> None:
    """Two left, the others do not; who got nothing is not counted as written to, so that next time they get it."""
    await crowd(desk, post, 5)
    editor = await hired(desk, "editor")
    name = await launch(desk, editor, "offer", b"form")
    await campaigns.advance(desk, await one(desk, name))
    assert (await deliver(desk, post, limit=2)).sent == 2
    await halt(desk, editor, name)
    await halt(desk, editor, name)
    for _ in range(2):
        await tick(desk, post)
    assert len(post.sent) == 2
    done = await one(desk, name)
    assert (done.state, done.sent, done.unsent) == ("over", 2, 3)
    assert await count(store, "outbox WHERE state = 'stopped' AND length(blob) = 0") == 3
    assert await campaign(desk, editor, "offer") == Sent(3, 2)
    assert await lines(desk, "campaign", "cancelled") == ["messages.offer"]


async def test_a_letter_on_its_way_is_waited_for(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """Stopped while one is being handed over: it is not called stopped, for it may arrive."""
    await crowd(desk, post, 2)
    editor = await hired(desk, "editor")
    name = await launch(desk, editor, "offer", b"form")
    await campaigns.advance(desk, await one(desk, name))
    lease = clock() + 120_000_000
    await store.write(lambda tx: tx.run("UPDATE outbox SET taken = $1 WHERE mail = (SELECT min(mail) FROM"
                                        " outbox WHERE state = 'open')" if tx.engine == "sqlite" else
                                        "UPDATE outbox SET taken = $1 WHERE mail = (SELECT mail FROM outbox"
                                        " WHERE state = 'open' LIMIT 1)", lease))  # fmt: skip
    await halt(desk, editor, name)
    await campaigns.go_on(desk)
    assert (await one(desk, name)).state == "stopping"
    clock.forward(hours=1)
    await campaigns.go_on(desk)
    done = await one(desk, name)
    assert (done.state, done.unsent) == ("over", 2)


async def test_the_preview_tells_how_many_and_why_not_the_others(desk: Desk, post: Post, store: Store) -> None:
    """Counted by one statement that opens nobody: agreed, never, withdrawn, unproven."""
    desk = _least(desk, 2)
    await crowd(desk, post, 3)
    for n in range(2):
        await guest(desk, post, 200 + n, yes=False, identity__email=f"tidak{n}@contoh.example")
    editor = await hired(desk, "editor")
    found = await preview(desk, editor, "offer")
    assert (found.n, found.reasons, found.total) == (3, (("declined", 2),), 5)
    await campaign(desk, editor, "offer")
    again = await preview(desk, editor, "offer")
    assert (again.n, dict(again.reasons)["limit"]) == (0, 3)


async def test_a_preview_of_few_people_tells_few(desk: Desk, post: Post) -> None:
    """The notice's smallest group is ten: three who agreed and one who did not are no figures."""
    await crowd(desk, post, 3)
    await guest(desk, post, 200, yes=False, identity__email="tidak@contoh.example")
    found = await preview(desk, await hired(desk, "editor"), "offer")
    assert (found.n, found.reasons, found.total) == (FEW, ((OTHER, FEW),), FEW)


@pytest.mark.parametrize(
    ("n", "reasons", "shown", "total"),
    [
        (611, {"never": 1034, "withdrawn": 142}, {"never": 1034, "withdrawn": 142}, 1787),
        (611, {"never": 1034, "unproven": 9, "limit": 4}, {"never": 1034, OTHER: 13}, 1658),
        (611, {"never": 1034, "withdrawn": 20, "unproven": 3}, {"never": 1034, OTHER: 23}, 1668),
        (611, {"unproven": 3}, {OTHER: FEW}, FEW),
        (3, {"never": 1034, "withdrawn": 142}, {"never": 1030, "withdrawn": 140}, FEW),
        (0, {"never": 25}, {"never": 25}, 25),
        (12, {}, {}, 12),
    ],
)
def test_no_small_group_follows_by_subtraction(
    n: int, reasons: dict[str, int], shown: dict[str, int], total: int
) -> None:
    """Reasons of few people go together with larger ones; where that cannot be, every figure is rounded."""
    found = told(n, reasons, 10)
    assert (dict(found.reasons), found.total) == (shown, total)
    assert all(m in {FEW, 0} or m >= 10 for m in (found.n, *dict(found.reasons).values()))
    if FEW in (found.n, *dict(found.reasons).values()):
        assert all(m in {FEW, 0} or m % 10 == 0 for m in (found.n, *dict(found.reasons).values()))


async def test_a_test_goes_to_its_sender_and_says_so(desk: Desk, post: Post, store: Store) -> None:
    """Own staff address, marked, no customer's data, no working way out; it is no sending and has no limit."""
    await crowd(desk, post, 1)
    editor = await hired(desk, "editor")
    for _ in range(2):
        await rehearse(desk, editor, "offer", "id")
    await deliver(desk, post)
    assert [mail.to for mail in post.sent] == ["editor@fineclean.example"] * 2
    mail = post.sent[0]
    assert mail.subject.startswith("[Uji] ")
    assert "Ini percobaan" in mail.text
    assert "[nama]" in mail.text
    assert "Ratna" not in mail.text + mail.html
    assert (mail.unsubscribe, await count(store, "sending")) == ("", 0)


@pytest.mark.parametrize("act", [launch, preview, rehearse])
@pytest.mark.parametrize("role", ["dispatcher", "service_desk", "privacy_desk", "director"])
async def test_who_may_not_send_may_neither_count_nor_try(desk: Desk, role: str, act: object) -> None:
    """Each is refused with the role's promise, and written down."""
    actor = await hired(desk, role)
    more = {launch: (b"form",), rehearse: ("id",)}.get(act, ())  # type: ignore[call-overload]
    with pytest.raises(Refused) as refused:
        await act(desk, actor, "offer", *more)  # type: ignore[operator]
    assert refused.value.promise == f"roles.{role}"
    assert await lines(desk, "send", "refused") == [f"roles.{role}"]


@pytest.mark.parametrize("message", ["hadiah", "confirmed", "offer' OR '1'='1", ""])
async def test_only_a_declared_promotion_goes_to_many(desk: Desk, store: Store, message: str) -> None:
    """A name that is not declared, and a letter that belongs to one event, are no campaigns."""
    editor = await hired(desk, "editor")
    for act in (campaign, preview):
        with pytest.raises(NotFound):
            await act(desk, editor, message)
    assert await count(store, "campaign") == 0


async def test_a_channel_that_this_installation_has_not_is_refused(desk: Desk, store: Store) -> None:
    """offer_chat is declared for WhatsApp: nothing is queued that could not leave."""
    with pytest.raises(Refused) as refused:
        await campaign(desk, await hired(desk, "editor"), "offer_chat")
    assert refused.value.code == "channel_not_offered"


async def test_progress_is_seen_by_who_may_send_alone(desk: Desk, post: Post) -> None:
    """Few people are told as few, whatever happened to them."""
    await crowd(desk, post, 3)
    editor, clerk = await hired(desk, "editor"), await hired(desk, "dispatcher")
    name = await launch(desk, editor, "offer", b"form")
    await campaigns.advance(desk, await one(desk, name))
    shown = await progress(desk, editor, name)
    assert (shown.state, shown.queued, shown.waiting, shown.by_me) == ("queued", FEW, FEW, True)
    assert [p.campaign for p in await overview(desk, editor)] == [name.hex()]
    assert await overview(desk, clerk) == []
    for act in (progress, halt):
        with pytest.raises(Refused):
            await act(desk, clerk, name)
        with pytest.raises(NotFound):
            await act(desk, editor, bytes(16))


async def test_letters_given_up_are_counted_and_tried_again(desk: Desk, post: Post, clock: Clock) -> None:
    """A server that was down all day: the letter is shown as given up, and leaves when somebody asks for it."""
    await crowd(desk, post, 1)
    editor = await hired(desk, "editor")
    await campaign(desk, editor, "offer")
    post.down = True
    for _ in range(14):
        await deliver(desk, post)
        clock.forward(hours=2)
    kinds = {kind.kind: kind for kind in await mails(desk, editor)}
    assert (kinds["offer"].failed, kinds["offer"].waiting) == (1, 0)
    post.down = False
    assert (await deliver(desk, post)).sent == 0
    assert await retry(desk, editor) == 1
    assert await retry(desk, editor) == 0
    assert (await deliver(desk, post)).sent == 1
    for act in (mails, retry):
        with pytest.raises(Refused):
            await act(desk, await hired(desk, "dispatcher") if act is mails else (await hired(desk, "analyst")))


async def test_an_erased_person_leaves_no_trace_in_campaigns(desk: Desk, post: Post, store: Store) -> None:
    """Whom a campaign had goes with the person."""
    await crowd(desk, post, 2)
    await campaign(desk, await hired(desk, "editor"), "offer")
    gone = await person_of(desk, "orang0@contoh.example")

    async def act(sheet):  # type: ignore[no-untyped-def]
        await desk.vault.facts(sheet.tx, gone, lock=True)
        await desk.vault.erase(sheet.tx, gone)

    await desk.write(act)
    assert await count(store, "sending") == 1


async def test_whom_a_campaign_had_is_forgotten_when_no_limit_looks_back(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """A month after the campaign nothing says who got it but the ledger's openings."""
    await crowd(desk, post, 2)
    await campaign(desk, await hired(desk, "editor"), "offer")
    for _ in range(2):
        await tick(desk, post)
    clock.forward(days=30)
    await tick(desk, post)
    assert await count(store, "sending") == 2
    clock.forward(days=2)
    await tick(desk, post)
    assert await count(store, "sending") == 0


def _least(desk: Desk, n: int) -> Desk:
    import dataclasses

    import msgspec

    said = msgspec.structs.replace(desk.notice.statistics, smallest_group=n)
    return dataclasses.replace(desk, notice=msgspec.structs.replace(desk.notice, statistics=said))
