"""Runs a story: plain lines, one step each, through a browser without JavaScript, the demo's mailbox and the commands.

    open PATH               open a page of the demo          fill LABEL = VALUE     type into a field
    choose LABEL            pick a choice                    tick LABEL             tick a box (untick LABEL)
    is unticked LABEL       nothing is ticked beforehand     press BUTTON           press a button or link
    see TEXT                the page says it                 see no TEXT            it does not
    keep NAME = REGEX       remember what the page shows     mail to ADDRESS        read their newest letter
    letter says TEXT        letter says no TEXT              follow the link NAME   open the letter's link
    staff NAME signs in     two factors, by the command      run COMMAND            tepati COMMAND; exit code kept
    it exits N              it prints TEXT                   it prints no TEXT      the last command's outcome
    promise ID is STATE     the board's word                 bytes hold no TEXT     every file of the data folder
    attach LABEL = FILE     choose a file of the repository
    smuggle NAME = VALUE    send a field that the page does not have (rewritten on its way)
    pick VALUE for NAME     choose a radio button            select LABEL = OPTION  choose from a list
    see html class WORDS    how the page looks
    forget all cookies      as a new browser                 cookie NAME is kept    (or: is not kept)
    nothing waits           what is due is done              save LINK as NAME      download, as {data}/NAME
    all mail to ADDRESS is read                              what comes next is new
    on another phone        a browser that knows nothing yet
    on the first phone      back to the story's own          staff NAME enters the console     two factors, by the page
    take BUTTON as NAME     a button that downloads          file NAME says TEXT    what was downloaded holds it
    choose a free hour N days on    from that day on, the first hour that is not full; ``{hour}`` is when it begins
    file NAME says no TEXT  it does not                      a new browser          forget all cookies
    enter as ADDRESS        into the privacy centre, by its mailed link

``{visit_day}`` and ``{visit_slot}`` are an hour whose window (from 18.00 the evening before) is open now,
``{later_day}`` is one a week on.

``{name}`` is what was kept. Lines beginning with # tell the story; the first line names the promise, the second what
is still to come.
"""

import datetime as dt
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ORG = "home-cleaning"
USED: dict[str, int] = {}  # the newest step of each authenticator whose code was typed: no code works twice
SEATED: dict[Path, str] = {}  # who signed in last by the command, in each demo
INSIDE: dict[tuple[str, str], list[Any]] = {}  # the cookies of who signed in at the console of a demo
STEP, LATE = 30, 6.0  # seconds: of a code, and before its end in which it is not typed any more
WAITS = (
    "SELECT (SELECT count(*) FROM log_pending) + (SELECT count(*) FROM outbox WHERE state = 'open' AND due <= ?1)"
    " + (SELECT count(*) FROM duty WHERE state = 'open' AND due <= ?1)"
)
PATIENCE = 60.0  # seconds: a bound, for letters and the board wait for the ledger's beat, on a machine that is busy
TURN = 10.0  # seconds: a bound, from a press to the page that answers
DAYS = 21  # are looked through for an hour that is not full


class Story:
    """One story being run against one running demo."""

    def __init__(self, base: str, data: Path, page: Any, passing: Callable[[Any], None] = lambda page: None) -> None:
        self.base, self.data, self.page, self.passing = base, data, page, passing
        self.kept: dict[str, str] = {"data": str(data), "org": ORG}
        self.kept |= _open_window()
        self.old = max((path.name for path in (data / "mail").glob("*.eml")), default="")  # letters of other stories
        self.first = page
        self.letter = self.printed = ""
        self.code = 0

    def run(self, text: str) -> None:
        """Run every step; a failing one names its line."""
        for number, line in enumerate(text.splitlines(), 1):
            step = line.strip()
            if step and not step.startswith("#") and number > 2:
                try:
                    self.step(re.sub(r"\{([a-z]\w*)\}", lambda hole: self.kept[hole[1]], step))
                except Exception as fault:
                    raise AssertionError(f"line {number}: {step}\n{fault}\n{self._where()}"[-2500:]) from fault

    def step(self, step: str) -> None:
        """Run the first kind of step whose words fit."""
        for words, act in STEPS:
            found = re.fullmatch(words, step)
            if found:
                act(self, *found.groups())
                self.passing(self.page)
                return
        raise AssertionError("no such step")

    def _where(self) -> str:
        return f"at {self.page.url}\nprinted: {self.printed[-1500:]}\npage: {self.page.inner_text('body')[:1500]}"

    # --- the page

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def fill(self, label: str, value: str) -> None:
        typed = self.page.locator("input, textarea, select")  # a section may be named by the same words
        self.page.get_by_label(label, exact=False).and_(typed).first.fill(value)

    def forget(self) -> None:
        self.page.context.clear_cookies()

    def smuggle(self, name: str, value: str) -> None:
        """Let the next form carry one more field, as a script would send it."""
        from urllib.parse import urlencode

        def more(route: Any) -> None:
            body = (route.request.post_data or "") + "&" + urlencode({name: value})
            route.continue_(post_data=body)

        self.page.route(
            lambda _: True, lambda route: more(route) if route.request.method == "POST" else route.continue_()
        )

    def pick(self, value: str, name: str) -> None:
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def select(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=False).first.select_option(label=option)

    def looks(self, classes: str) -> None:
        assert self.page.locator("html").get_attribute("class") == classes

    def cookie(self, name: str, no: str) -> None:
        kept = {each["name"] for each in self.page.context.cookies()}
        assert (f"{ORG}-{name}" in kept) != bool(no), f"kept are {sorted(kept)}"

    def attach(self, label: str, file: str) -> None:
        self.page.get_by_label(label, exact=False).first.set_input_files(ROOT / file)

    def choose(self, label: str) -> None:
        self.page.locator("label", has_text=label).first.locator("input").check()

    def free_hour(self, days: str) -> None:
        """Move the date on by some days and, from there on, pick the first hour that is not full, as a customer would.

        Seeded people hold hours too, and a day off has none: the page is asked for each day's hours by its button.
        """
        day = dt.date.fromisoformat(self.page.locator("input[type=date]").input_value())
        for more in range(int(days), int(days) + DAYS):
            self.page.locator("input[type=date]").fill((day + dt.timedelta(days=more)).isoformat())
            self.page.locator("button[name=_show]").click()
            self.page.wait_for_load_state()
            free = self.page.locator("label:has(input[name='booking.slot']:not([disabled]))")
            if free.count():
                free.first.locator("input").check()
                self.kept["hour"] = free.first.inner_text().split()[0]
                return
        raise AssertionError(f"no free hour in {DAYS} days")

    def untick(self, label: str) -> None:
        self.page.locator("label", has_text=label).first.locator("input").uncheck()

    def unticked(self, label: str) -> None:
        assert not self.page.locator("label", has_text=label).first.locator("input").is_checked()

    def press(self, name: str) -> None:
        """Press what is called just so, else the first that is called so among other words."""
        exact = re.compile(rf"^\s*{re.escape(name)}\s*$")
        just = self.page.locator("button:not([aria-hidden]), a", has_text=exact)
        found = just if just.count() else self.page.locator("button:not([aria-hidden]), a", has_text=name)
        moved: list[object] = []

        def turned(frame: Any) -> None:
            moved.append(frame)

        self.page.once("framenavigated", turned)
        found.first.click()
        until = time.monotonic() + TURN
        while not moved and time.monotonic() < until:  # a click does not wait for the page that it leads to
            self.page.wait_for_timeout(20)
        self.page.wait_for_load_state()

    def see(self, text: str) -> None:
        assert text in self.page.inner_text("body"), f"the page does not say {text!r}"

    def see_no(self, text: str) -> None:
        assert text not in self.page.content(), f"the page says {text!r}"

    def keep(self, name: str, pattern: str) -> None:
        found = re.search(pattern, self.page.inner_text("body") + self.letter)
        assert found, f"nothing like {pattern}"
        self.kept[name] = found[0]

    def other(self) -> None:
        """Go on in a browser of its own: no cookie, no session."""
        context = self.first.context.browser.new_context(
            java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="id-ID"
        )
        self.page = context.new_page()

    def back(self) -> None:
        if self.page is not self.first:
            self.page.context.close()
        self.page = self.first

    # --- mail

    def mail(self, address: str) -> None:
        """Read the newest letter in the demo's mailbox, waiting until one is there that was not read before."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for path in sorted((self.data / "mail").glob("*.eml"), reverse=True):
                raw = path.read_bytes()
                if f"To: {address}".encode() in raw and path.name > self.kept.get("_" + address, self.old):
                    self.kept["_" + address] = path.name
                    self.open(f"/mail/{path.stem}")
                    self.letter = _text(raw)
                    return
            time.sleep(0.3)
        raise AssertionError(f"no new letter to {address}")

    def all_read(self, address: str) -> None:
        """Take every letter there is to an address as read: what comes next is new."""
        found = [p.name for p in (self.data / "mail").glob("*.eml") if f"To: {address}".encode() in p.read_bytes()]
        self.kept["_" + address] = max(found, default="")

    def says(self, text: str) -> None:
        assert text in self.letter, f"the letter does not say {text!r}:\n{self.letter}"

    def says_no(self, text: str) -> None:
        assert text not in self.letter

    def follow(self, which: str) -> None:
        links = re.findall(rf"https?://\S+/{which}/[\w-]+", self.letter)
        assert links, f"no link {which} in {self.letter}"
        self.page.goto(links[0])

    def save(self, what: str, name: str) -> None:
        """Press a link that downloads, in the browser, and keep the file in the demo's folder."""
        with self.page.expect_download() as waiting:
            self.page.locator("a[download]", has_text=what).first.click()
        waiting.value.save_as(self.data / name)

    def take(self, what: str, name: str) -> None:
        """Press a button whose answer is a file, and keep it in the demo's folder."""
        with self.page.expect_download() as waiting:
            self.page.locator("button", has_text=what).first.click()
        waiting.value.save_as(self.data / name)

    def holds(self, name: str, text: str) -> None:
        assert text in (self.data / name).read_text("utf-8"), f"{name} does not say {text!r}"

    def holds_no(self, name: str, text: str) -> None:
        assert text not in (self.data / name).read_text("utf-8"), f"{name} says {text!r}"

    def new_browser(self) -> None:
        self.page.context.clear_cookies()

    def enter(self, address: str) -> None:
        """Ask for the link, follow it, press its button."""
        self.open(f"/{ORG}/pusat-privasi")
        self.fill("E-mail", address)
        self.press("Kirimi saya tautan")
        self.mail(address)
        while "/masuk/" not in self.letter:
            self.mail(address)  # one that was on its way before
        self.follow("masuk")
        self.passing(self.page)
        self.press("Buka")

    # --- commands

    def signs_in(self, name: str) -> None:
        staff = self._staff(name)
        if SEATED.get(self.data) == staff["email"]:
            return
        code = _code(staff["factor"])
        os.environ["TEPATI_PASSWORD"] = staff["password"]
        self.command(f"staff sign-in --data {self.data} --org {ORG} --email {staff['email']} --code {code}")
        assert self.code == 0, self.printed
        SEATED[self.data] = staff["email"]

    def enters(self, name: str) -> None:
        """Sign in at the console, as a member of the seeded staff; who did in an earlier story comes with that session.

        A code works once and there is one in half a minute: signing in anew each time, stories would mostly wait.
        """
        staff = self._staff(name)
        context = self.page.context
        if kept := INSIDE.get((self.base, name)):
            context.add_cookies(kept)
            self.open(f"/{ORG}/konsol")
            if self.page.locator(".who").count() and staff["name"] in self.page.inner_text("body"):
                return
        self.open(f"/{ORG}/konsol/masuk")
        if not self.page.locator("#code").count():  # somebody of an earlier story sits here
            self.page.get_by_role("button", name="Keluar").click()
            self.page.locator("#code").wait_for()
        for label, value in (("E-mail", staff["email"]), ("Kata sandi", staff["password"])):
            self.fill(label, value)
        self.page.locator("#code").fill(_code(staff["factor"]))
        self.page.locator("main button").first.click()
        self.page.locator(".who").wait_for()
        assert staff["name"] in self.page.inner_text("body"), self.page.inner_text("body")[:500]
        INSIDE[self.base, name] = [each for each in context.cookies() if each["name"] == f"{ORG}-staff_session"]

    def _staff(self, name: str) -> dict[str, Any]:
        found = json.loads((self.data / "seeded.json").read_bytes())["staff"]
        return next(each for each in found if name in each["name"])

    def command(self, line: str) -> None:
        words = shlex.split(line)
        done = subprocess.run(
            [sys.executable, "-m", "tepati", *words],
            cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        self.code, self.printed = done.returncode, done.stdout + done.stderr

    def exits(self, code: str) -> None:
        assert self.code == int(code), f"it exited {self.code}: {self.printed}"

    def prints(self, text: str) -> None:
        assert text in self.printed, f"it printed {self.printed!r}"

    def prints_no(self, text: str) -> None:
        assert text not in self.printed

    def promise(self, promise: str, state: str) -> None:
        """Wait until the board says it: what was done just now is on it once the ledger's next beat has passed."""
        until = time.monotonic() + PATIENCE
        while True:
            self.command(f"promises --data {self.data} --org {ORG} --json")
            found = {row["id"]: row for row in json.loads(self.printed)}[promise]
            if found["state"] in state.split(" or "):
                return
            self.printed = json.dumps(found)
            assert time.monotonic() < until, f"{promise} is {found['state']}"
            time.sleep(1)

    def bytes_hold_no(self, text: str) -> None:
        """Search database, write-ahead log, keys and logs; the mailbox is the person's own."""
        looked = 0
        for path in self.data.rglob("*"):
            if path.is_file() and "mail" not in path.relative_to(self.data).parts:
                raw = path.read_bytes()
                looked += len(raw)
                for form in (text.encode(), text.encode("utf-16-le"), text.encode().hex().encode()):
                    assert form.lower() not in raw.lower(), f"{text!r} stands in {path.name}"
        assert looked > 100_000

    def nothing_waits(self) -> None:
        """Wait until what is due is done: lines are numbered, letters have left, erasures are carried out."""
        until = time.monotonic() + PATIENCE
        while waiting := self._waiting():
            assert time.monotonic() < until, f"{waiting} still wait"
            time.sleep(0.1)

    def _waiting(self) -> int:
        link = sqlite3.connect(f"file:{self.data / 'tepati.db'}?mode=ro", uri=True, timeout=10)
        try:
            return int(link.execute(WAITS, (time.time_ns() // 1000,)).fetchone()[0])
        finally:
            link.close()


STEPS: list[tuple[str, Callable[..., None]]] = [
    (r"open (\S+)", Story.open),
    (r"a new browser", Story.new_browser),
    (r"enter as (\S+)", Story.enter),
    (r"take (.+) as (\S+)", Story.take),
    (r"file (\S+) says no (.+)", Story.holds_no),
    (r"file (\S+) says (.+)", Story.holds),
    (r"fill (.+?) = (.*)", Story.fill),
    (r"forget all cookies", Story.forget),
    (r"cookie (\w+) is (not )?kept", Story.cookie),
    (r"smuggle (\S+) = (.+)", Story.smuggle),
    (r"pick (\w+) for (\S+)", Story.pick),
    (r"select (.+?) = (.+)", Story.select),
    (r"see html class (.+)", Story.looks),
    (r"attach (.+?) = (\S+)", Story.attach),
    (r"choose a free hour (\d+) days on", Story.free_hour),
    (r"choose (.+)", Story.choose),
    (r"tick (.+)", Story.choose),
    (r"untick (.+)", Story.untick),
    (r"is unticked (.+)", Story.unticked),
    (r"press (.+)", Story.press),
    (r"see no (.+)", Story.see_no),
    (r"see (.+)", Story.see),
    (r"keep (\w+) = (.+)", Story.keep),
    (r"mail to (\S+)", Story.mail),
    (r"all mail to (\S+) is read", Story.all_read),
    (r"letter says no (.+)", Story.says_no),
    (r"letter says (.+)", Story.says),
    (r"follow the link (\w+)", Story.follow),
    (r"save (.+) as (\S+)", Story.save),
    (r"staff (.+) signs in", Story.signs_in),
    (r"staff (.+) enters the console", Story.enters),
    (r"on another phone", Story.other),
    (r"on the first phone", Story.back),
    (r"run (.+)", Story.command),
    (r"it exits (\d+)", Story.exits),
    (r"it prints no (.+)", Story.prints_no),
    (r"it prints (.+)", Story.prints),
    (r"promise (\S+) is (.+)", Story.promise),
    (r"bytes hold no (.+)", Story.bytes_hold_no),
    (r"nothing waits|wait \d+", Story.nothing_waits),  # no number of seconds is enough on every machine
]


def _code(factor: str) -> str:
    """Take the earliest code that is still good and that nobody has used; wait where there is none."""
    import pyotp

    while True:
        at = time.time()
        now = int(at // STEP)
        step = max(USED.get(factor, 0) + 1, now - 1 if at % STEP < STEP - LATE else now)
        if step <= now:
            USED[factor] = step
            return pyotp.TOTP(factor).at(step * STEP)
        time.sleep(0.3)


def _open_window() -> dict[str, str]:
    """Name a day and an hour of a visit that a cleaner may see now: today's last hour, from 18.00 on tomorrow's."""
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=7)))
    later = {"later_day": (now.date() + dt.timedelta(days=7)).isoformat()}
    if now.hour < 18:
        return {"visit_day": now.date().isoformat(), "visit_slot": "16.00 sampai 18.00", **later}
    return {"visit_day": (now.date() + dt.timedelta(days=1)).isoformat(), "visit_slot": "08.00 sampai 10.00", **later}


def _text(raw: bytes) -> str:
    from email import message_from_bytes
    from email.policy import default

    body = message_from_bytes(raw, policy=default).get_body(("plain",))
    return str(body.get_content()) if body else ""
