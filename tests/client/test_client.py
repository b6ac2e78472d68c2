"""``tepati.client`` asks the running pages over the real acts; and what a broken or foreign answer becomes."""

import asyncio
import json

import httpx
import pytest

from tepati.client import AsyncTepati, Busy, Faulty, NotSignedIn, Problem, Refusal, Submission, Tepati, Unreached
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.web.test_batch import VALUES, records, signed
from tests.web.test_whole import ORIGIN, site  # noqa: F401 - a fixture

SLUG = "home-cleaning"
SENT = {"url": "https://toko.example", "org": SLUG, "bearer": "rahasia"}


def booking(n: int, **other: str) -> Submission:
    values = (
        VALUES | {"identity.email": f"orang{n}@contoh.example"} | {k.replace("__", "."): v for k, v in other.items()}
    )
    return Submission("booking", "phone", values, once=f"pesanan-{n}", terms=True)


AHEAD = booking(1, booking__date="2026-11-25")  # an hour that can still be held


def bearer_of(header) -> str:
    return header["authorization"].removeprefix("Bearer ")


class Blocking(httpx.BaseTransport):
    """Asks an app of this loop from a thread, as a program that waits does over a socket."""

    def __init__(self, app, loop) -> None:
        self.inner, self.loop = httpx.ASGITransport(app), loop

    def handle_request(self, request):
        async def ask():
            answer = await self.inner.handle_async_request(request)
            return answer.status_code, answer.headers, await answer.aread()

        status, headers, body = asyncio.run_coroutine_threadsafe(ask(), self.loop).result(20)
        return httpx.Response(status, headers=headers, content=body)


async def test_what_is_collected_once_is_collected_once(site):  # noqa: F811
    opened, client, header = await signed(site)
    async with AsyncTepati(ORIGIN, SLUG, bearer_of(header), transport=client._transport) as ours:
        first, again = await ours.collect(AHEAD), await ours.collect(AHEAD)
        many = await ours.collect_many([booking(2), booking(3)])
    assert first == again
    assert len({first, *many}) == 3
    assert await records(opened) == 3


async def test_the_waiting_client_does_the_same(site):  # noqa: F811
    _, client, header = await signed(site)
    loop = asyncio.get_running_loop()

    def ask() -> tuple[str, str, tuple[str, ...]]:
        with Tepati(ORIGIN, SLUG, bearer_of(header), transport=Blocking(client._transport.app, loop)) as ours:
            return ours.collect(AHEAD), ours.collect(AHEAD), ours.collect_many([booking(2)])

    first, again, many = await asyncio.to_thread(ask)
    assert first == again
    assert many != (first,)


async def test_a_refusal_carries_its_promise_and_faults_their_row(site):  # noqa: F811
    _, client, header = await signed(site)
    async with AsyncTepati(ORIGIN, SLUG, bearer_of(header), transport=client._transport) as ours:
        with pytest.raises(Faulty) as faulty:
            await ours.collect_many([booking(1), booking(2, booking__slot="s9999")])
        with pytest.raises(Refusal) as refused:
            await ours.look("offers", ["identity.name"], email="orang1@contoh.example", reason="mencoba")
    assert set(faulty.value.faults) == {"1.booking.slot"}
    assert refused.value.promise == "roles.dispatcher"
    assert "orang1" not in str(refused.value) + repr(refused.value)


async def test_without_a_session_the_client_says_so(site):  # noqa: F811
    _, client = site
    async with AsyncTepati(ORIGIN, SLUG, "tidak-ada", transport=client._transport) as ours:
        with pytest.raises((NotSignedIn, Refusal)):
            await ours.collect(booking(1))


def answered(*answers):
    """A transport that gives these in turn, or breaks, and keeps what it was asked."""
    left, asked = list(answers), []

    def answer(request):
        asked.append(request)
        made = left.pop(0)
        if isinstance(made, Exception):
            raise made
        return made

    return httpx.MockTransport(answer), asked


TAKEN = httpx.Response(201, json={"number": "HC-1"})
LOST = httpx.ReadError("lost")


def test_a_lost_answer_is_asked_for_again_with_the_same_key():
    transport, asked = answered(LOST, LOST, TAKEN)
    with Tepati(**SENT, transport=transport) as ours:
        assert ours.collect(booking(1)) == "HC-1"
    assert len(asked) == 3
    assert len({json.loads(one.content)["once"] for one in asked}) == 1


def test_a_look_is_never_repeated_unasked():
    transport, asked = answered(LOST)
    with Tepati(**SENT, transport=transport) as ours, pytest.raises(Unreached) as lost:
        ours.look("fulfil", ["identity.name"], number="HC-1")
    assert len(asked) == 1
    assert lost.value.__context__ is None, "httpx's error would carry the request, and reporters show it"


def test_a_table_is_said_again_and_a_moment_is_not():
    taken = httpx.Response(201, json={"number": "PS-1", "rows": 2})
    moment = httpx.Response(201, json={"number": "OS-1", "moment": "charged", "at": "2026-11-18T12:26:40Z"})
    transport, asked = answered(LOST, taken, moment, LOST)
    with Tepati(**SENT, transport=transport) as ours:
        assert ours.upload("catalogue", "toko@contoh.example", "nama,harga\nTeh,1\nKopi,2", once="berkas-1").rows == 2
        assert ours.happened("OS-1", "charged").year == 2026
        with pytest.raises(Unreached):
            ours.happened("OS-1", "charged")
        with pytest.raises(ValueError, match="once"):
            ours.upload("catalogue", "toko@contoh.example", "x", once="")
    assert len(asked) == 4
    assert asked[0].content == asked[1].content


def test_after_three_tries_the_loss_is_told():
    transport, asked = answered(LOST, LOST, LOST)
    with Tepati(**SENT, transport=transport) as ours, pytest.raises(Unreached):
        ours.collect(booking(1))
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (httpx.Response(503, headers={"retry-after": "7"}), Busy, "not_tepati"),
        (httpx.Response(502, text="<h1>Ratna Dewi</h1>"), Problem, "not_tepati"),
        (httpx.Response(200, text="<h1>Ratna Dewi</h1>"), Problem, "not_tepati"),
        (httpx.Response(201, json={"number": 7}), Problem, "not_tepati"),
        (httpx.Response(302, headers={"location": "https://lain.example/"}), Problem, "not_tepati"),
        (httpx.Response(400, json={"type": "urn:tepati:bad_json", "faults": ["x"]}), Faulty, "bad_json"),
        (httpx.Response(403, json={"type": "urn:tepati:not_available"}), Refusal, "not_available"),
        (httpx.Response(403, json={"type": "Ratna\nDewi", "promise": "Ratna\nDewi"}), Refusal, "not_tepati"),
    ],
)
def test_every_other_answer_is_a_typed_problem_without_its_words(answer, kind, code):
    transport, asked = answered(answer)
    with Tepati(**SENT, transport=transport) as ours, pytest.raises(kind) as problem:
        ours.collect(booking(1))
    assert problem.value.code == code
    assert "Ratna" not in f"{problem.value} {vars(problem.value)}"
    assert len(asked) == 1
    if isinstance(problem.value, Busy):
        assert problem.value.after == 7


def test_a_bearer_does_not_travel_in_the_open():
    with pytest.raises(ValueError, match="https"):
        Tepati("http://toko.example", SLUG, "rahasia")
    Tepati("http://127.0.0.1:8000", SLUG, "rahasia").close()


def test_values_are_not_shown_by_repr():
    assert "orang1" not in repr(booking(1))


@pytest.mark.parametrize("many", [[], [booking(n) for n in range(501)]])
def test_a_batch_has_one_to_five_hundred(many):
    transport, asked = answered()
    with Tepati(**SENT, transport=transport) as ours, pytest.raises(ValueError, match="batch"):
        ours.collect_many(many)
    assert not asked
