"""Every route there is, as outsider, customer and staff: GET changes nothing but the ledger, POST nothing unasked."""

import hashlib
import re
import time
from dataclasses import dataclass, field
from html import unescape

import pytest

from tepati.web import server
from tests.attacks.demonstration import FORM, Answer, Demonstration

ORG, CENTRE, CONSOLE = "/home-cleaning", "/home-cleaning/pusat-privasi", "/home-cleaning/konsol"
# What a look may add to: lines and their openings, and how often something was done (design, section 3).
GROWS = frozenset(
    {"log_pending", "log_leaf", "log_tile", "log_head", "log_cosign", "log_tally", "opening", "dek", "counter"}
)
OWN_TIME = frozenset({"observation"})  # written by the daily round, whenever that is
PAGES = 100  # that one of them looks at; a few hundred tickets lead to the same few pages
DOORS = (f"{CONSOLE}/masuk", f"{ORG}/en/console/sign-in", CENTRE, f"{ORG}/en/privacy-centre")


@dataclass
class Browser:
    demo: Demonstration
    kept: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.kept.items())} if self.kept else {}
        got = self.demo.ask(method, path, body, headers | ({"Content-Type": FORM} if body else {}))
        name, _, value = got.headers.get("set-cookie", "").partition("=")
        if name:
            self.kept[name] = value.partition(";")[0].strip('"')
        return got

    def send(self, path: str, **typed: str) -> Answer:
        from urllib.parse import urlencode

        return self.ask("POST", path, urlencode(typed).encode())

    def token(self, path: str) -> str:
        found = re.search(r'name="_token" value="([^"]+)"', self.ask("GET", path).text)
        assert found, path
        return found[1]


def staff(demo: Demonstration, email: str) -> Browser:
    """Sign a member of staff in by what the demonstration's front page shows."""
    front = re.sub(r"\s+", " ", demo.get("/").text)
    found = re.search(rf"{re.escape(email)}.{{0,400}}?>([0-9a-f]{{18}})<.{{0,400}}?>(\d{{6}})<", front)
    assert found
    browser = Browser(demo)
    typed = {"_token": browser.token(f"{CONSOLE}/masuk"), "email": email, "password": found[1], "code": found[2]}
    assert browser.send(f"{CONSOLE}/masuk", **typed).status == 303
    return browser


def customer(demo: Demonstration) -> Browser:
    browser, email = Browser(demo), "ratna@contoh.example"
    assert browser.send(f"{CENTRE}/terkirim", _token=browser.token(CENTRE), email=email).status == 303
    link = ""
    for _ in range(100):
        for mail in sorted((demo.folder / "mail").glob("*.eml"), reverse=True)[:20]:
            import email as mails
            from email import policy

            said = mails.message_from_bytes(mail.read_bytes(), policy=policy.default)
            part = said.get_body(("plain",))
            found = re.search(r"/masuk/([\w-]{32})", str(part.get_content()) if part else "")
            if found and email in str(said["To"]):
                link = found[1]
        if link:
            break
        time.sleep(0.1)
    token = browser.token(f"{CENTRE}/masuk/{link}")
    assert browser.send(f"{CENTRE}/masuk", _token=token, link=link).status == 303
    return browser


def outsider(demo: Demonstration) -> Browser:
    return Browser(demo)


WHO = {
    "outsider": outsider,
    "customer": customer,
    "planner": lambda demo: staff(demo, "dimas@fineclean.example"),
    "director": lambda demo: staff(demo, "ratih@fineclean.example"),
}


@pytest.fixture(scope="module", params=WHO)
def browser(demo: Demonstration, request: pytest.FixtureRequest) -> Browser:
    """One browser of each, for both tests: a code signs in once."""
    return WHO[request.param](demo)


def state(demo: Demonstration) -> dict[str, str]:
    """Take a digest of every table that a look may not change."""
    names = {str(row[0]) for row in demo.sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        name: hashlib.sha256(repr(demo.sql(f"SELECT * FROM {name} ORDER BY 1, 2")).encode()).hexdigest()
        for name in names - GROWS - OWN_TIME
    }


def settled(demo: Demonstration) -> dict[str, str]:
    """Wait until what was under way is done: letters leave every two seconds."""
    for _ in range(20):
        before = state(demo)
        time.sleep(2.5)
        if state(demo) == before:
            return before
    raise AssertionError("it never comes to rest")


def routes(method: str) -> list[str]:
    handlers = (*server.PAGES, *server.CENTRE, *server.CONSOLE, *server.API, *server.DEMO)
    return sorted({path for each in handlers if method in each.http_methods for path in each.paths})


def filled(path: str) -> str:
    return re.sub(r"\{\w+:(?:str|path)\}", "A" * 32, path.replace("{org:str}", ORG[1:]))


def test_a_look_at_anything_changes_nothing_but_the_ledger(demo: Demonstration, browser: Browser) -> None:
    """Every page that leads from anywhere, by GET and HEAD, as a scanner, a prefetch or a curious browser fetches them.

    None of them may be kept by a browser or a proxy, and none fails.
    """
    before, seen = settled(demo), set[str]()
    waiting = [ORG + "/", CENTRE, CONSOLE, *(filled(path) for path in routes("GET"))]
    while waiting and len(seen) < PAGES:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        assert browser.ask("HEAD", path).body == b""
        got = browser.ask("GET", path)
        assert got.status < 500, path
        if got.headers.get("content-type", "").startswith("text/html"):
            assert got.headers["cache-control"] == "no-store", path
            links = re.findall(r'href="(/[^"#]*)"', got.text)
            waiting += [unescape(link) for link in links if not link.startswith(("/static", "/mail", "/en/mail"))]
    assert len(seen) > 60
    assert state(demo) == before


def test_no_form_is_taken_without_its_own_token(demo: Demonstration, browser: Browser) -> None:
    """Without one, with one made up, with that of another page: every address that takes a form, in both languages."""
    other = Browser(demo).token(f"{ORG}/en/contact")
    before = settled(demo)
    for route in routes("POST"):
        path = filled(route)
        for typed in ({}, {"_token": "x" * 150}, {"_token": other}):
            if path in (f"{ORG}/hubungi", f"{ORG}/en/contact") and typed.get("_token") == other:
                continue  # its own
            got = browser.send(path, **typed)
            led = got.status == 303 and got.headers["location"] in DOORS
            assert led or got.status in (400, 401, 403, 404, 405, 410), (path, typed, got.status)
    assert state(demo) == before
