"""The surfaces of the web room, kept in memory: they implement web/ports.py and nothing else."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, Unavailable
from tepati.notice.document import document
from tepati.notice.load import load
from tepati.notice.values import Text
from tepati.ports.gateway import Texts
from tepati.rules.types import clean
from tepati.web.ports import Board, BoardRow, Booked, Confirmed, File, Head, Mail, Preview, SignIn, Slot

EXAMPLE = Path(__file__).parents[2] / "examples" / "home-cleaning"
NOW = 1_790_838_300_000_000  # 1 October 2026, 14:05 WIB
HOUR = 3_600_000_000
REQUIRED = (
    "booking.service", "booking.date", "booking.slot", "booking.method",
    "identity.name", "identity.email", "identity.phone", "identity.age", "location.address",
)  # fmt: skip
HOURS = {"s0800": 8, "s1030": 10, "s1330": 13, "s1600": 16}


@dataclass
class Clock:
    at: int = NOW

    def __call__(self) -> int:
        return self.at


@cache
def declared(slug="home-cleaning"):
    loaded = load((EXAMPLE.parent / slug / "notice.yaml").read_bytes())
    assert loaded.notice, [str(finding) for finding in loaded.findings]
    return loaded


async def nobody_came_in(_: object) -> None:
    """Answer who asks for a session: nobody holds one."""
    raise Expired("session")


DESK = SimpleNamespace(  # what pages ask of a door before anybody came in: a challenge for a passkey
    address="identity.email", org="home-cleaning", now=lambda: NOW, random=bytes,
    mac=lambda body: sha256(body).digest(), texts=Texts(),
)  # fmt: skip


@dataclass
class FakeOrg:
    """One organisation in memory. ``broken`` makes the next act raise."""

    slug: str = "home-cleaning"
    asks: tuple[str, ...] = ("offers_by_email",)
    broken: Exception | None = None
    late: int = 0
    booked: dict[bytes, Booked] = field(default_factory=dict)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    shown: list[bytes] = field(default_factory=list)
    links: dict[str, Preview] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    previews: int = 0
    written: list = field(default_factory=list)
    chosen: list = field(default_factory=list)
    past: list = field(default_factory=list)
    told: list = field(default_factory=list)
    strays: list = field(default_factory=list)
    providers: dict = field(default_factory=dict)
    company: None = None
    desk: SimpleNamespace = field(default_factory=lambda: DESK)

    def __post_init__(self) -> None:
        loaded = declared(self.slug)
        self.notice, self.digest = loaded.notice, loaded.digest
        self.desk = SimpleNamespace(**{**vars(self.desk), "notice": self.notice, "read": nobody_came_in})
        self.name, self.languages = self.notice.organisation.name, self.notice.organisation.languages
        self.version = self.notice.notice.version
        self.since = self.notice.notice.effective
        self.site = (EXAMPLE.parent / self.slug / "site.toml").read_bytes()

    def document(self, lang):
        return document(self.notice, lang)

    async def slots(self, day: dt.date) -> list[Slot]:
        self._may_fail()
        if day.weekday() == 6:
            return []
        start = dt.datetime.combine(day, dt.time(), ZoneInfo("Asia/Jakarta"))
        at = {key: int((start + dt.timedelta(hours=hour)).timestamp()) * 1_000_000 for key, hour in HOURS.items()}
        return [Slot(key, us, us + 2 * HOUR, full=key == "s1030") for key, us in at.items()]

    async def book(self, point, form, sent) -> Booked:
        self._may_fail()
        form_id, shown_digest = sent.form_id, sent.shown
        if form_id in self.booked:
            return self.booked[form_id]
        known = self.notice.points["booking"].collects | {f"asks.{name}" for name in self.asks} | {"terms"}
        if extra := set(form) - known:
            raise Refused("undeclared_field", "points.booking", n=len(extra))
        faults = {name: "missing" for name in REQUIRED if not form.get(name)}
        if form.get("identity.email") and "@" not in form["identity.email"][0]:
            faults["identity.email"] = "not_email"
        if "terms" not in form:
            faults["terms"] = "terms_not_accepted"
        if faults:
            raise BadInput("faulty_form", faults)
        if form["booking.slot"] == ["s1030"]:
            raise Conflict("slot_full")
        self.forms.append(form)
        self.shown.append(shown_digest)
        self.booked[form_id] = Booked(f"FC-2610-{len(self.forms):04d}", mailed=True)
        asked = tuple(name for name in self.asks if f"asks.{name}" in form)
        self.links["link-" + str(len(self.forms))] = Preview(
            "booking", self.booked[form_id].number, asked, NOW + 48 * HOUR
        )
        return self.booked[form_id]

    def stray(self, point) -> None:
        self.strays.append(point)

    async def write_in(self, point, form, sent, who) -> Booked:
        self._may_fail()
        faults = {name: "missing" for name in ("complaint.kind", "complaint.text") if not form.get(name)}
        if not who:
            faults |= {name: "missing" for name in ("identity.name", "identity.email") if not form.get(name)}
        if "complaint.photo" in form:
            try:
                clean("image", form["complaint.photo"])
            except BadInput as bad:
                faults["complaint.photo"] = bad.code
        if faults:
            raise BadInput("faulty_form", faults)
        self.written.append((form, sent, who))
        return Booked("HC-1234-5678", mailed=who is None, answer=0 if who is None else NOW + 168 * HOUR)

    async def choose(self, answer, kept, who) -> None:
        self._may_fail()
        self.chosen.append((answer, dict(kept), who))

    async def versions(self):
        self._may_fail()
        return self.past

    async def coming(self):
        self._may_fail()

    async def soon(self):
        self._may_fail()

    async def sheets(self, digest):
        self._may_fail()
        return {"points.booking": b'{"id":{}}'}

    async def pictures(self, digest):
        self._may_fail()
        return ()

    async def news(self):
        self._may_fail()
        return self.told

    async def preview(self, token: str) -> Preview:
        self._may_fail()
        self.previews += 1
        if token in self.used:
            raise Expired("link_used")
        try:
            return self.links[token]
        except KeyError:
            raise NotFound("link") from None

    async def confirm(self, token: str, questions: frozenset[str], language: str, browser=None) -> Confirmed:
        found = await self.preview(token)
        self.used.add(token)
        return Confirmed(found.kind, found.number, tuple(sorted(questions)), "cap-1" if found.kind == "erasure" else "")

    async def stop(self, token: str, language: str) -> Confirmed:
        if (await self.preview(token)).kind != "stop":
            raise NotFound("no_such_link")
        return await self.confirm(token, frozenset(), language)

    async def caller(self, token, address):
        raise Expired("session")

    async def look(self, actor, wish):
        raise Expired("session")

    async def submit(self, actor, form):
        raise Expired("session")

    async def submit_many(self, actor, forms):
        raise Expired("session")

    async def certificate(self, capability: str):
        self._may_fail()
        if capability != "cap-1":
            raise NotFound("certificate")
        return {
            "number": "SP-2610-0001", "organisation": "FINECLEAN.ID", "requested": NOW - 30 * HOUR,
            "promised": NOW + 138 * HOUR, "erased": NOW - 2 * HOUR, "keys": 4, "values": 5, "openings": 3, "left": 0,
            "held": {"identity": "UU KUP 28(11)"}, "told": "told", "grade": "overwritten, media unknown", "epoch": 41,
            "destroyed": 0, "copies": {"backups": NOW + 300 * HOUR}, "line": "18340",
        }  # fmt: skip

    async def certificate_file(self, capability: str) -> File:
        found = await self.certificate(capability)
        return File(found["number"], b'{"tepati":"receipt/v1"}')

    async def board(self) -> Board:
        self._may_fail()
        return Board(NOW, ROWS)

    async def behind(self) -> int:
        self._may_fail()
        return self.late

    async def head(self) -> Head:
        self._may_fail()
        return Head(18_204, "9f1c" + "0" * 56 + "e27a", "", NOW)

    async def checkpoint(self) -> str:
        return "tepati.example/home-cleaning\n18204\nAAAA\n\n— key sig\n"

    async def tile(self, path: str) -> bytes:
        if path != "0/000":
            raise NotFound("tile")
        return bytes(32) * 256

    def _may_fail(self) -> None:
        if self.broken:
            raise self.broken


def _row(id, state, grades, text, sentence, covered, **more) -> BoardRow:
    return BoardRow(id, state, grades, Text(*text), Text(*sentence), Text(*covered), **more)


PATH = ("1 dari 1 jalur", "1 of 1 paths")
ROWS = (
    _row("purposes.offers", "kept", ("enforced", "observed"),
         ("Promo hanya dikirim kepada yang menyetujui.", "Offers go only to those who agreed."),
         ("2.118 dikirim, 941 ditolak di pintu.", "2,118 sent, 941 refused at the door."), PATH),
    _row("roles.dispatcher", "kept", ("enforced",),
         ("Penjadwal melihat nama, telepon, dan alamat selama pesanan terbuka.",
          "Dispatchers see name, phone and address while the booking is open."),
         ("412 kali sesuai janji, 17 ditolak di pintu.", "412 uses as promised, 17 refused at the door."), PATH),
    _row("rights.access.within", "broken", ("enforced",),
         ("Salinan data diberikan paling lambat 3×24 jam setelah diminta.",
          "A copy of the data is given within 3×24 hours of asking."),
         ("42 selesai, paling lama 79 jam. Kurang dari 10 lewat tenggat.",
          "42 done, the longest after 79 hours. Fewer than 10 late."), PATH, since=NOW - 200 * HOUR,
         cause=Text("Pengiriman e-mail berhenti sembilan jam.", "The mail relay stopped for nine hours."),
         repair=Text("Dua jalur pengiriman sejak 24 September 2026.", "Two relays since 24 September 2026.")),
    _row("rights.erasure.within", "due", ("enforced",),
         ("Data dihapus paling lambat 7×24 jam setelah diminta.", "Data is erased within 7×24 hours of asking."),
         ("37 selesai, kurang dari 10 masih berjalan.", "37 done, fewer than 10 running."), PATH),
    _row("security.storage", "unproven", ("observed",),
         ("Data tersegel saat disimpan.", "Data is sealed where it is stored."),
         ("Belum ada pemeriksaan dari luar.", "No look from outside yet."), PATH),
    _row("cookies", "gap", ("observed",),
         ("Semua kuki di situs ini tercantum di kebijakan.", "Every cookie of this site is in the notice."),
         ("Satu kuki tidak tercantum.", "One cookie is not listed."), PATH, since=NOW - 20 * HOUR),
    _row("business_transfer", "unused", (),
         ("Bila usaha dialihkan, Anda diberi tahu sebelum dan sesudahnya.",
          "If the business moves, you are told before and after."),
         ("0 tercatat: belum ada kesempatan.", "0 recorded: no occasion yet."), PATH,
         default=True, law="UU PDP 48"),
)  # fmt: skip


@dataclass
class FakeDemo:
    received: list[Mail] = field(default_factory=list)
    sign_ins: tuple[SignIn, ...] = (
        SignIn("Dimas Prasetyo", "dispatcher", "./tepati look --as dimas", org="home-cleaning"),
    )

    @property
    def attempts(self) -> dict[str, str]:
        return dict.fromkeys(("offers", "payment", "more"), "home-cleaning")

    async def attempt(self, which: str) -> Refused:
        return Refused("role_not_for", "roles.dispatcher")

    async def mails(self) -> list[Mail]:
        return self.received

    async def mail(self, mail_id: str) -> Mail:
        for each in self.received:
            if each.id == mail_id:
                return each
        raise NotFound("mail")


def digest_of(text: str) -> bytes:
    return sha256(text.encode()).digest()


__all__ = ["ROWS", "Clock", "FakeDemo", "FakeOrg", "Refused", "Unavailable"]
