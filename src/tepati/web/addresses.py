"""Room web: the address of every page in both languages, in one table; absolute ones from configured origins only."""

from collections.abc import Mapping

LANGUAGES = ("id", "en")

SITE: Mapping[str, tuple[str, str]] = {  # page -> Indonesian, English, below /<organisation>
    "home": ("/", "/en/"),
    "book": ("/pesan", "/en/book"),
    "booked": ("/pesan/diterima", "/en/book/received"),
    "notice": ("/privasi", "/en/privacy"),
    "history": ("/privasi/riwayat", "/en/privacy/history"),
    "version": ("/privasi/versi", "/en/privacy/version"),
    "changes": ("/privasi/perubahan", "/en/privacy/changes"),
    "news": ("/berita", "/en/news"),
    "board": ("/janji", "/en/promises"),
    "confirm": ("/k", "/en/k"),
    "confirmed": ("/k/selesai", "/en/k/done"),
    "certificate": ("/c", "/en/c"),
    "verify": ("/periksa", "/en/verify"),
    "terms": ("/syarat", "/en/terms"),
    "cookies": ("/kuki", "/en/cookies"),
    "contact": ("/hubungi", "/en/contact"),
    "written": ("/hubungi/diterima", "/en/contact/received"),
    "centre": ("/pusat-privasi", "/en/privacy-centre"),
    "sent": ("/pusat-privasi/terkirim", "/en/privacy-centre/sent"),
    "enter": ("/pusat-privasi/masuk", "/en/privacy-centre/enter"),
    "leave": ("/pusat-privasi/keluar", "/en/privacy-centre/leave"),
    "device": ("/pusat-privasi/perangkat", "/en/privacy-centre/device"),
}
CONSOLE: Mapping[str, tuple[str, str]] = {  # likewise, for staff, at an origin of its own
    "today": ("/konsol", "/en/console"),
    "sign_in": ("/konsol/masuk", "/en/console/sign-in"),
    "sign_out": ("/konsol/keluar", "/en/console/sign-out"),
    "undertake": ("/konsol/kerahasiaan", "/en/console/undertaking"),
}
PAGES: Mapping[str, tuple[str, str]] = {**SITE, **CONSOLE}
DEMO: Mapping[str, tuple[str, str]] = {"front": ("/", "/en/"), "mails": ("/mail", "/en/mail")}


def path(page: str, slug: str, lang: str, tail: str = "") -> str:
    """Return the path of a page of an organisation; ``tail`` is its last segment (a token, a ticket)."""
    found = f"/{slug}{PAGES[page][LANGUAGES.index(lang)]}"
    return f"{found}/{tail}" if tail else found


def front(page: str, lang: str, tail: str = "") -> str:
    """Return the path of a page of the demo itself."""
    found = DEMO[page][LANGUAGES.index(lang)]
    return f"{found}/{tail}" if tail else found


def absolute(origins: Mapping[str, str], page: str, slug: str, lang: str, tail: str = "") -> str:
    """Return the address to write into a mail or a certificate: configured origin plus path, never a Host header."""
    return origins[slug].rstrip("/") + path(page, slug, lang, tail)


def both(page: str) -> list[str]:
    """Return the route of a page in both languages; ``{org}`` is the organisation."""
    return [f"/{{org:str}}{said}".rstrip("/") for said in PAGES[page]]


def language_of(path_: str) -> str:
    """Return the language that a path chooses: English below ``/en`` or ``/<organisation>/en``, else Indonesian."""
    first, _, rest = path_.lstrip("/").partition("/")
    return "en" if "en" in (first, rest.partition("/")[0]) else "id"
