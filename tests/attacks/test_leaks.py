"""No personal value in a log, an error page, a URL, a temporary file, or in clear in any file of the installation."""

import os
import re
import tempfile
from pathlib import Path

from tests.attacks.demonstration import TYPED, Demonstration

MARK = "Qzxmarker"
WANTED = re.compile(b"qzxmarker|0899887766554|899887766554", re.IGNORECASE)


def files(*places: Path) -> dict[Path, bytes]:
    """Read every file below some places."""
    found = [p for place in places for p in place.rglob("*") if p.is_file() and not p.is_symlink()]
    return {p: p.read_bytes() for p in found}


def test_no_value_is_anywhere_in_clear_but_in_the_letters(own: Demonstration, tmp_path: Path) -> None:
    """Book, be refused, confirm, look, be refused: only mail in the demo's own mailbox may show what was typed."""
    started = {p.name for p in Path(tempfile.gettempdir()).iterdir()}
    typed = {
        "identity__name": MARK, "identity__email": f"{MARK}@contoh.example", "identity__phone": "0899 8877 66554",
        "location__address": f"Jalan {MARK} 1", "booking__wish": f"{MARK} kunci di bawah pot",
    }  # fmt: skip
    number = own.book(**typed).number
    assert number
    location = own.post("/home-cleaning/pesan", {**TYPED, **own.form(), "identity.name": MARK}).headers["location"]
    assert not WANTED.search(location.encode())
    own.book(**{**typed, "booking__service": MARK})  # faults: the page shows the form again
    own.book(**typed, identity__nik=MARK)
    own.get(f"/home-cleaning/{MARK}")
    own.get(f"/home-cleaning/pesan?day={MARK}")
    own.ask("POST", "/v1/home-cleaning/look", f'{{"email":"{MARK}@contoh.example"}}'.encode())
    token = own.link(f"{MARK.lower()}@contoh.example")
    form = re.search(r'name="_token" value="([^"]+)"', own.get(f"/home-cleaning/k/{token}").text)
    assert form
    own.post("/home-cleaning/k", {"_token": form[1], "link": token, "asks.offers_by_email": "no"})
    own.get("/home-cleaning/janji")
    own.stop()
    in_clear = {p for p, raw in files(own.folder).items() if WANTED.search(raw) and p.parent.name != "mail"}
    assert not in_clear
    assert not WANTED.search(own.log())
    new = [p for p in Path(tempfile.gettempdir()).iterdir() if p.name not in started and "pytest" not in p.name]
    strange = [p for p in new if p.is_file() and os.access(p, os.R_OK) and WANTED.search(p.read_bytes())]
    assert not strange


def test_what_a_stranger_typed_is_in_no_letter(own: Demonstration) -> None:
    """An unproven address gets a number and a link; base64 and quoted-printable are looked into too."""
    own.book(identity__name=MARK, identity__email="bukan.dia@contoh.example", location__address=f"{MARK} 2")
    own.link("bukan.dia@contoh.example")
    from email import message_from_bytes, policy

    for raw in files(own.folder / "mail").values():
        message = message_from_bytes(raw, policy=policy.default)
        parts = [str(p.get_content()) for p in message.walk() if p.get_content_maintype() == "text"]
        assert MARK not in "".join(parts) + raw.decode()
