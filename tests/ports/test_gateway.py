"""Short messages out: any HTTP gateway, and what becomes of a message where it fails."""

import pytest

from tepati.errors import BadInput, Misconfigured, Unavailable
from tepati.ports.gateway import Gateway, Server, Spending, Texting, Texts
from tepati.ports.mail import Undeliverable
from tests.ports.gateway import gateway

BODY = {"to": "{to}", "text": "{text}", "from": "TEPATI", "meta": ["{key}"]}
ONE = Texting("+628125550101", "Kode Anda 123456", "k1", "sms")


@pytest.fixture(scope="module")
def local():
    with gateway() as taken:
        yield taken


@pytest.fixture
def taken(local):
    local.bodies, local.heads, local.status, local.says, local.waits = [], [], 200, b"{}", 0.0
    return local


def way(taken, **more) -> Gateway:
    return Gateway(Server(taken.url, {"Authorization": "Bearer s3"}, BODY, **more))


async def test_a_message_leaves_as_the_template_says(taken):
    await way(taken).send(ONE)
    assert taken.bodies == [{"to": ONE.to, "text": ONE.text, "from": "TEPATI", "meta": ["k1"]}]
    assert taken.heads[0]["authorization"] == "Bearer s3"
    assert taken.heads[0]["idempotency-key"] == "k1"


async def test_a_form_leaves_as_a_form(taken):
    await Gateway(Server(taken.url, {}, {"to": "{to}", "text": "{text}"}, form=True)).send(ONE)
    assert taken.bodies == [{"text": "to=%2B628125550101&text=Kode+Anda+123456"}]


async def test_what_is_said_becomes_no_field_and_no_hole(taken):
    """Quotes, braces and a hole's own name in the words stay words."""
    text = '"}, "to": "+1900", {to} {key} \\'
    await way(taken).send(Texting(ONE.to, text, "k2", "sms"))
    assert taken.bodies[0]["text"] == text
    assert taken.bodies[0]["to"] == ONE.to


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (202, None), (409, None), (301, Unavailable), (401, Unavailable), (429, Unavailable),
     (500, Unavailable), (503, Unavailable), (400, Undeliverable), (422, Undeliverable)],
)  # fmt: skip
async def test_the_status_says_what_becomes_of_it(taken, status, error):
    """Junk in an answer is not read; what speaks of the message is final, all else is tried again."""
    taken.status, taken.says = status, b'\xff{"to": "+628125550101"' * 9
    if error is None:
        return await way(taken).send(ONE)
    with pytest.raises(error) as raised:
        await way(taken).send(ONE)
    assert isinstance(raised.value, Undeliverable) == (error is Undeliverable)
    assert ONE.to not in f"{raised.value!r} {raised.value} {raised.value.__context__!r}"
    return None


async def test_a_gateway_that_is_slow_or_gone_is_tried_again(taken):
    taken.waits = 0.5
    with pytest.raises(Unavailable, match="text_gone"):
        await way(taken, patience=0.05).send(ONE)
    nobody = Gateway(Server("http://127.0.0.1:9/", {}, BODY, patience=0.2))
    with pytest.raises(Unavailable, match="text_gone"):
        await nobody.send(ONE)


@pytest.mark.parametrize(
    "url", ["http://sms.example/", "ftp://127.0.0.1/", "https://u:p@sms.example/", "https:///x", ""]
)
def test_an_address_that_would_show_numbers_is_refused(url):
    with pytest.raises(Misconfigured, match="text_address"):
        Gateway(Server(url, {}, BODY))


@pytest.mark.parametrize("body", [{"to": "{to}"}, {"text": "{text}"}, "", {}])
def test_a_template_names_number_and_words(body):
    with pytest.raises(Misconfigured, match="text_body"):
        Gateway(Server("https://sms.example/", {}, body))


@pytest.mark.parametrize(("to", "text"), [("08125550101", "x"), ("+62812\r\nX: y", "x"), ("+628125550101", ""),
                                          ("+628125550101", "x" * 481), ("+628125550101", "a\x00b")])  # fmt: skip
async def test_what_is_no_message_goes_nowhere(taken, to, text):
    with pytest.raises(BadInput):
        await way(taken).send(Texting(to, text, "k", "sms"))
    assert not taken.bodies


async def test_a_gateway_within_the_network_is_the_operators_to_allow():
    with pytest.raises(Unavailable, match="text_gone"):
        await Gateway(Server("https://127.0.0.1:9/", {}, BODY, patience=0.2)).send(ONE)


def test_what_one_network_asks_for_ends_for_the_day():
    texts = Texts(spending=Spending(network=2))
    assert [texts.spends(b"n", 1) for _ in range(3)] == [True, True, False]
    assert texts.spends(b"m", 1)
    assert texts.spends(b"n", 86_400_000_001)
