"""A sign-in from the button to the claims, against a provider that signs, on a real TLS socket."""

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwk

from tepati.errors import BadInput, Unavailable
from tepati.ports import https, openid
from tepati.ports.https import Asked
from tepati.ports.provider import Begun, Client, SignIn
from tests.ports.certificate import contexts
from tests.ports.openid_provider import CLIENT, SECRET, Provider, serve

AT = 1_790_000_000  # seconds
BACK = "https://office.example/sign-in/back"
SECRETS = ("1027", "Sari", "sari@", SECRET)


class Scene:
    """A provider, us, and a browser between them."""

    def __init__(self, provider: Provider, trust: ssl.SSLContext) -> None:
        self.provider, self.trust, self.now = provider, trust, AT
        self.ours = self.client()

    def client(self, issuer: str = "", *, private: bool = True) -> SignIn:
        told = Client(issuer or self.provider.issuer, CLIENT, SECRET, private)
        return SignIn(told, self.trust, lambda: self.now * 1_000_000)

    async def begun(self, *claims: str) -> tuple[Begun, dict[str, str]]:
        """Sign in as a browser does; return what was begun and what the browser brings back."""
        begun = Begun.new(os.urandom, BACK)
        at = urlsplit(await self.ours.address(begun, claims or ("sub", "name", "email"), "id"))
        browser = http.client.HTTPSConnection(at.netloc, context=self.trust, timeout=5)
        browser.request("GET", f"{at.path}?{at.query}")
        back = browser.getresponse().headers["location"]
        browser.close()
        return begun, {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

    async def why(self, begun: Begun, answer: dict[str, str]) -> object:
        """Return which check refused, after looking that nothing of the person or of us stands in the error."""
        with pytest.raises(BadInput) as refused:
            await self.ours.finish(begun, answer)
        assert refused.value.code == "sign_in_refused"
        assert not any(value in repr(refused.value) for value in (*SECRETS, begun.state, begun.verifier))
        return refused.value.values["why"]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    shown, trust = contexts(tmp_path)
    provider = Provider(now=AT)
    server = serve(provider, shown)
    yield Scene(provider, trust)
    server.shutdown()
    server.server_close()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return where a connection was tried; none is made."""
    tried: list[object] = []

    def refuse(where: object, *_: object) -> None:
        tried.append(where)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


async def test_a_sign_in_proves_who_came(scene: Scene) -> None:
    who = await scene.ours.finish(*await scene.begun())
    assert (who.issuer, who.subject) == (scene.provider.issuer, "1027")
    assert openid.kept(who, {"google.name": "name"}) == {"google.name": "Sari Contoh"}


async def test_what_it_publishes_is_asked_once_an_hour(scene: Scene) -> None:
    for _ in range(2):
        await scene.ours.finish(*await scene.begun())
    assert scene.provider.asked.count("GET /keys") == 1
    scene.now = scene.provider.now = AT + 3600
    await scene.ours.finish(*await scene.begun())
    assert scene.provider.asked.count("GET /keys") == 2


async def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(scene: Scene) -> None:
    scene.provider.methods = ("client_secret_post",)
    assert (await scene.ours.finish(*await scene.begun())).subject == "1027"


async def test_what_is_not_declared_is_not_asked_for(scene: Scene) -> None:
    asked = [parse_qs(urlsplit(await scene.ours.address(Begun.new(os.urandom, BACK), c)).query)["scope"]
             for c in (["sub"], ["sub", "email"], ["name"])]  # fmt: skip
    assert asked == [["openid"], ["email openid"], ["openid profile"]]


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"iss": "https://o.example"}, "issuer"), ({"aud": "other"}, "audience"), ({"nonce": "other"}, "nonce")],
)
async def test_a_false_token_is_refused(scene: Scene, changed: dict[str, object], why: str) -> None:
    scene.provider.changed = changed
    assert await scene.why(*await scene.begun()) == why


async def test_a_code_is_good_once(scene: Scene) -> None:
    begun, answer = await scene.begun()
    await scene.ours.finish(begun, answer)
    assert await scene.why(begun, answer) == "code"


async def test_an_answer_of_another_sign_in_is_refused_before_its_code_is_used(scene: Scene) -> None:
    mine, _ = await scene.begun()
    other, answer = await scene.begun()
    assert await scene.why(mine, answer) == "state"
    assert await scene.why(mine, {**answer, "state": mine.state}) == "code"  # its verifier is not of this code
    assert "POST /token" in scene.provider.asked
    assert other.state not in repr(other)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://o.example"}, "issuer"),
        ({"error": "access_denied"}, "declined"),
        ({"code": ""}, "declined"),
        ({"code": "\udc80"}, "declined"),
        ({"code": "c" * 4001}, "declined"),
        ({"state": "\udc80"}, "state"),
    ],
)
async def test_an_answer_that_is_none_never_reaches_the_provider(
    scene: Scene, changed: dict[str, str], why: str
) -> None:
    begun, answer = await scene.begun()
    assert await scene.why(begun, {**answer, **changed}) == why
    assert "POST /token" not in scene.provider.asked


async def test_new_keys_are_fetched_once_a_minute_and_no_oftener(scene: Scene) -> None:
    await scene.ours.finish(*await scene.begun())
    scene.now = scene.provider.now = AT + 60
    scene.provider.key = jwk.RSAKey.generate_key(2048, {"kid": "b", "use": "sig"})
    assert (await scene.ours.finish(*await scene.begun())).subject == "1027"
    scene.provider.keys = [scene.provider.key]
    scene.provider.key = jwk.RSAKey.generate_key(2048, {"kid": "c", "use": "sig"})
    for _ in range(3):
        assert await scene.why(*await scene.begun()) == "key"
    assert scene.provider.asked.count("GET /keys") == 2


@pytest.mark.parametrize("status", [302, 500])
async def test_a_provider_that_is_down_is_left_alone_for_ten_seconds(scene: Scene, status: int) -> None:
    scene.provider.broken = status  # a redirect is not followed either
    for _ in range(3):
        with pytest.raises(Unavailable, match="sign_in_unreachable"):
            await scene.ours.address(Begun.new(os.urandom, BACK), ["sub"])
    assert len(scene.provider.asked) == 1
    scene.provider.broken, scene.now = 0, AT + 10
    assert await scene.ours.address(Begun.new(os.urandom, BACK), ["sub"])


async def test_a_wrong_secret_of_ours_is_no_fault_of_the_person(scene: Scene) -> None:
    told = await scene.begun()
    scene.provider.methods = ("client_secret_post",)  # it changed its mind within the hour
    with pytest.raises(Unavailable, match="sign_in_unreachable"):
        await scene.ours.finish(*told)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]"]
)
async def test_no_private_address_is_asked_unless_the_operator_allows_it(
    scene: Scene, lines: list[object], host: str
) -> None:
    with pytest.raises(Unavailable, match="sign_in_unreachable"):
        await scene.client(f"https://{host}", private=False).address(Begun.new(os.urandom, BACK), ["sub"])
    assert not lines


async def test_the_address_looked_at_is_the_one_asked(
    scene: Scene, lines: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter(["8.8.8.8", "127.0.0.1"])  # a name that means something else when asked again
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(told), 443))])
    with pytest.raises(Unavailable, match="sign_in_unreachable"):
        await scene.client("https://p.example", private=False).address(Begun.new(os.urandom, BACK), ["sub"])
    assert lines == [("8.8.8.8", 443)]


async def test_one_private_address_among_public_ones_is_enough_to_refuse(
    scene: Scene, lines: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(2, 1, 6, "", (each, 443)) for each in ("8.8.8.8", "192.168.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(Unavailable, match="sign_in_unreachable"):
        await scene.client("https://p.example", private=False).address(Begun.new(os.urandom, BACK), ["sub"])
    assert not lines


async def test_no_plain_http_is_asked(scene: Scene) -> None:
    plain = scene.client(scene.provider.issuer.replace("https", "http"))
    with pytest.raises(Unavailable, match="sign_in_unreachable"):
        await plain.address(Begun.new(os.urandom, BACK), ["sub"])


def test_whoever_answers_a_byte_at_a_time_is_cut_off(tmp_path: Path) -> None:
    shown, trust = contexts(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            line, _ = listening.accept()
            try:
                with shown.wrap_socket(line, server_side=True) as secure:
                    secure.sendall(b"HTTP/1.1 200 OK\r\n")
                    for _ in range(100):
                        secure.sendall(b"x: y\r\n")
                        time.sleep(0.1)
            except OSError:
                pass

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/keys"
        with pytest.raises(Unavailable, match="sign_in_unreachable"):
            https.reach(url, trust, Asked("GET", "", {}), private=True, patience=0.5)
        assert time.monotonic() - began < 3
