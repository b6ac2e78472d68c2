"""``tepati.client``: what it adds to a call of httpx with the same body, answered by nothing but memory."""

import time
from collections.abc import Callable, Iterator

import httpx
import msgspec

from bench.engines import Place
from bench.result import Result
from tepati.client import Submission, Tepati

ADDS, TIMES, ROUNDS = 0.2, 400, 7  # ms; calls of a round; the best of so many rounds counts
URL, ORG = "https://toko.example", "home-cleaning"
FIELDS = ["booking.slot", "identity.email", "identity.name", "identity.phone", "location.address"]
SEEN = {
    "number": "HC-1",
    "role": "dispatcher",
    "promise": "roles.dispatcher",
    "values": dict.fromkeys(FIELDS, "x" * 20),
}
TAKEN = {"number": "HC-1"}


def measure(place: Place, people: int) -> Iterator[Result]:
    """A look at five fields, and a collect of ten: through the client, and by httpx alone."""
    del people
    values = {f"identity.field{n}": "Jalan Kenanga 7, Depok" for n in range(10)}
    one = Submission("booking", "phone", values, once="pesanan-1", terms=True)
    body = {"point": "booking", "channel": "phone", "values": values, "once": "0" * 32, "ticks": [], "terms": True,
            "language": "id"}  # fmt: skip
    wish = {"purpose": "orders", "fields": FIELDS, "reason": "", "number": "HC-1", "email": ""}
    with _client(SEEN) as ours, _bare(SEEN) as bare:
        yield _beside(
            "look", place, lambda: ours.look("orders", FIELDS, number="HC-1"), lambda: _post(bare, "look", wish)
        )
    with _client(TAKEN) as ours, _bare(TAKEN) as bare:
        yield _beside("collect", place, lambda: ours.collect(one), lambda: _post(bare, "collect", body))


def _answering(said: dict[str, object]) -> httpx.MockTransport:
    content = msgspec.json.encode(said)
    return httpx.MockTransport(lambda _: httpx.Response(200, content=content))


def _client(said: dict[str, object]) -> Tepati:
    return Tepati(URL, ORG, "tpk_x", transport=_answering(said))


def _bare(said: dict[str, object]) -> httpx.Client:
    return httpx.Client(base_url=URL, headers={"authorization": "Bearer tpk_x"}, transport=_answering(said))


def _post(client: httpx.Client, path: str, body: dict[str, object]) -> object:
    return client.post(f"/v1/{ORG}/{path}", json=body).json()


def _beside(name: str, place: Place, ours: Callable[[], object], bare: Callable[[], object]) -> Result:
    """Take turns, so that both see the same machine."""
    turns = [(_took(ours), _took(bare)) for _ in range(ROUNDS)]
    through, alone = (min(took) for took in zip(*turns, strict=True))
    note = f"{through:.3f} against {alone:.3f} of httpx alone"
    return Result(f"tepati.client adds to a {name}", place.engine, through - alone, "ms CPU", ADDS, note=note)


def _took(call: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(TIMES):
        call()
    return 1000 * (time.process_time() - started) / TIMES
