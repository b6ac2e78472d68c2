"""The byte scan finds a marker in every form it claims to know, and the vault leaves none behind."""

import base64
import gzip
import io
import json
import logging
import tarfile
import zipfile
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.vault import roll
from tepati.vault.backup import backup
from tepati.vault.prove import control, forms, scan

MARK = "Sîti/Rahayu+zq81 mark"


def zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.txt", data)
    return out.getvalue()


def tarred(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        info = tarfile.TarInfo("inner.txt")
        info.size = len(data)
        file.addfile(info, io.BytesIO(data))
    return out.getvalue()


WAYS = {
    "utf-8": str.encode, "utf-16": lambda s: s.encode("utf-16"), "utf-16-be": lambda s: s.encode("utf-16-be"),
    "hex": lambda s: s.encode().hex().encode(), "HEX": lambda s: s.encode().hex().upper().encode(),
    "json": lambda s: json.dumps({"a": s}).encode(), "url": lambda s: quote(s, safe="").encode(),
    "base64": lambda s: base64.b64encode(s.encode()), "base64url": lambda s: base64.urlsafe_b64encode(s.encode()),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped, tarred, lambda d: gzip.compress(tarred(zipped(d)))])
def test_every_form_is_found_in_every_wrapping(way, pack):
    data = b"\0" * 33 + WAYS[way](MARK) + b"\0" * 20
    assert scan([("file", pack(data))], [MARK]).found
    assert scan([("file", pack(b"\0" * 200))], [MARK]).clean


@given(st.text(min_size=12, max_size=40), st.binary(max_size=7), st.binary(max_size=7))
def test_base64_is_found_at_any_offset(mark, before, after):
    found = scan([("f", base64.b64encode(before + mark.encode() + after))], [mark]).found
    assert any(each.form.startswith("base64") for each in found)


def test_bytes_are_found_too_and_short_forms_are_not_looked_for():
    person = bytes(range(100, 116))
    assert scan([("f", b"xx" + person.hex().encode())], [person]).found
    assert forms("abc") == {}


def test_an_archive_that_cannot_be_read_is_told():
    scanned = scan([("broken.gz", gzip.compress(b"x" * 999)[:-9]), ("broken.zip", zipped(b"x")[:40])], [MARK])
    assert scanned.unread == ("broken.gz", "broken.zip")
    assert not scanned.clean
    deep = b"x"
    for _ in range(6):
        deep = gzip.compress(deep)
    assert scan([("deep", deep)], [MARK]).unread


async def test_no_value_leaves_the_vault_in_sql_files_or_logs(world, tmp_path, caplog):
    """Plaintext is in no file of database, key store, log or backup; after erasing, no trace of the person."""
    caplog.set_level(logging.DEBUG)
    values = {"identity": {"name": "Marker Rahayu 8153", "email": "marker.8153@example.com"}}
    seen = []
    person, _ = await world.add(values)
    index = world.vault.index("identity.email", "marker.8153@example.com")
    await world.look(person, "identity.name")
    out = io.BytesIO()
    await backup(world.store, world.keystore, out, world.clock(), until=world.clock() + 10**15)
    (tmp_path / "backup").write_bytes(out.getvalue())
    markers = [*values["identity"].values()]
    plain = scan(files(tmp_path, world.folder), markers)
    assert plain.files > (2 if world.places else 4)
    assert plain.clean, plain.found
    await world.do(lambda tx: world.vault.erase(tx, person))
    await roll.roll(world.vault.room, world.store)
    await world.store.checkpoint()
    (tmp_path / "backup").unlink()
    if world.store.engine == "sqlite":
        seen = scan([f for f in files(tmp_path, world.folder) if "keys-" not in f[0]], [*markers, person, index]).found
    assert not seen
    assert scan([("log", caplog.text.encode())], [*markers, person]).clean


def test_the_search_would_have_found_every_form():
    """Forms that only escaping writes are planted too, in archives within archives; a blind search is told."""
    markers = ['Wish/abc é "kunci" & \u4e2d', "abcdefghijkl@prove.example"]
    seen = control(markers)
    assert seen.missed == ()
    assert seen.looked >= 2 * 2 * 10


def test_a_search_that_does_not_look_into_archives_is_told(monkeypatch):
    monkeypatch.setattr("tepati.vault.prove._opener", lambda _data: None)
    missed = control(["abcdefghijkl@prove.example"]).missed
    assert missed
    assert all(name.endswith(" nested") for name in missed)


def files(*folders):
    return [(str(p), p.read_bytes()) for folder in set(folders) for p in sorted(folder.rglob("*")) if p.is_file()]
