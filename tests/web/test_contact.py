"""The contact page: its words stay when it is shown again, a photo is one by its content; attacks on its form."""

import base64

import pytest

from tepati.web import uploads
from tests.rules.test_pictures import NO_PICTURE, TOLD, jpeg, png
from tests.web.forms import hidden

PAGE = "/home-cleaning/hubungi"
TYPED = {
    "complaint.kind": "complaint", "complaint.text": "Sofa belum kering.", "identity.name": "Ratna",
    "identity.email": "ratna@contoh.example",
}  # fmt: skip
BOUNDARY = b"x0x0"
KIND = {"content-type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"{more}'.encode()
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


async def token(client) -> str:
    return hidden((await client.get(PAGE)).text)["_token"]


async def sent(world, photo: bytes | None = None, name: str = "foto.jpg", kind: str = "image/jpeg", **other):
    async with world.client() as client:
        data = {**TYPED, **other, "_token": await token(client)}
        files = {"complaint.photo": (name, photo, kind)} if photo is not None else {"x": ("", b"", "")}
        return await client.post(PAGE, data=data, files=files if photo is not None else None)


async def test_words_and_photo_are_taken(world):
    answer = await sent(world, jpeg(*TOLD))
    assert answer.status_code == 303
    (form, how, who) = world.org.written[0]
    assert base64.b64decode(form["complaint.photo"]) == jpeg(*TOLD)  # stripped by the rules, where it enters
    assert who is None
    assert how.shown == world.org.digest
    assert "home-cleaning-device" in answer.headers["set-cookie"]
    async with world.client() as client:
        page = (await client.get(answer.headers["location"])).text
    assert "HC-1234-5678" in page
    assert "Ratna" not in page


async def test_without_a_photo_an_ordinary_form_does(world):
    assert (await sent(world)).status_code == 303
    assert "complaint.photo" not in world.org.written[0][0]


async def test_what_is_missing_is_told_and_the_words_stay(world):
    answer = await sent(world, png(), **{"complaint.kind": "", "complaint.text": "Masih <b>basah</b>"})
    assert answer.status_code == 422
    assert "Masih &lt;b&gt;basah" in answer.text
    assert "pilih salah satu" in answer.text
    assert "Pilih lagi fotonya" in answer.text


@pytest.mark.parametrize(
    "raw", [raw for raw in NO_PICTURE.values() if raw], ids=[n for n, raw in NO_PICTURE.items() if raw]
)
async def test_what_is_no_picture_is_told_beside_its_field(world, raw):
    answer = await sent(world, raw)
    assert answer.status_code == 422
    assert "hanya JPEG atau PNG" in answer.text
    assert not world.org.written


@pytest.mark.parametrize(
    ("name", "kind"),
    [("../../etc/passwd", "text/html"), ("x.php", "application/x-php"), ("a" * 300, "image/png"), ("CON", "x/y")],
)
async def test_name_and_claimed_type_of_a_file_are_never_asked(world, name, kind):
    """A photo is one whatever it is called; nothing of its name is kept."""
    assert (await sent(world, jpeg(), name, kind)).status_code == 303
    assert name not in str(world.org.written)


async def test_a_large_photo_is_told_and_a_flood_is_turned_away(world):
    large = jpeg(scan=b"\x01" * 3_000_000)
    answer = await sent(world, large)
    assert (answer.status_code, "paling besar 2 MB" in answer.text) == (422, True)
    async with world.client() as client:
        told = {**KIND, "content-length": str(200 * 1024 * 1024)}
        assert (await client.post(PAGE, content=b"x", headers=told)).status_code == 413
        assert (await client.post(PAGE, content=b"x" * (uploads.BODY_LIMIT + 1), headers=KIND)).status_code == 413


@pytest.mark.parametrize("path", ["/home-cleaning/pesan", "/home-cleaning/k", f"{PAGE}/", f"{PAGE}/diterima/x"])
async def test_no_other_form_takes_as_much(world, path):
    async with world.client() as client:
        assert (await client.post(path, content=b"x" * 100_000, headers=KIND)).status_code == 413
        plain = {"content-type": "application/x-www-form-urlencoded"}
        assert (await client.post(PAGE, content=b"x" * 100_000, headers=plain)).status_code == 413


FILE = part("complaint.photo", jpeg(), '; filename="a.jpg"')
START, END = b"--" + BOUNDARY + b"\r\n", b"--" + BOUNDARY + b"--\r\n"
SAID = b"Content-Disposition: form-data"
LENGTH = SAID + b'; name="complaint.booking"\r\nContent-Length: 9\r\n\r\nx\r\n'
BROKEN = {  # what stands before, behind and after the fields of a sound form
    "two files": (b"", FILE + FILE + END),
    "a field twice": (b"", part("complaint.text", b"a") + END),
    "a file where words belong": (b"", part("complaint.booking", jpeg(), '; filename="a.jpg"') + END),
    "a file nobody asked for": (b"", part("identity.photo", jpeg(), '; filename="a.jpg"') + END),
    "words that are no UTF-8": (b"", part("complaint.booking", b"\xff\xfe") + END),
    "a control character": (b"", part("complaint.booking", b"a\x00b") + END),
    "no end": (b"", FILE),
    "cut in the head": (b"", START + b"Content-Disp"),
    "no name": (b"", START + SAID + b"\r\n\r\nx\r\n" + END),
    "another disposition": (b"", START + b'Content-Disposition: file; name="x"\r\n\r\nx\r\n' + END),
    "a head without end": (b"", START + b"X: " + b"y" * 9000),
    "many heads": (b"", START + SAID + b'; name="complaint.booking"\r\n' + b"X: y\r\n" * 50 + b"\r\nx\r\n" + END),
    "a thousand fields": (b"", b"".join(part(f"f{n}", b"") for n in range(1000)) + END),
    "something before": (b"junk\r\n", END),
    "something behind": (b"", END + b"GET / HTTP/1.1"),
    "a length that lies": (b"", START + LENGTH + END),
}  # fmt: skip


async def posted(world, before: bytes, after: bytes, kind: str = KIND["content-type"]):
    async with world.client() as client:
        fields = {**TYPED, "_token": await token(client)}
        body = before + b"".join(part(name, value.encode()) for name, value in fields.items()) + after
        return await client.post(PAGE, content=body, headers={"content-type": kind})


async def test_a_sound_form_is_taken(world):
    assert (await posted(world, b"", END)).status_code == 303
    assert (await posted(world, b"", FILE + END)).status_code == 303


@pytest.mark.parametrize(("before", "after"), BROKEN.values(), ids=BROKEN)
async def test_a_form_that_is_not_as_it_should_be_is_refused(world, before, after):
    assert (await posted(world, before, after)).status_code == 400
    assert not world.org.written


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", f"multipart/mixed; boundary={BOUNDARY.decode()}",
     "multipart/form-data; boundary=other", "multipart/form-data; boundary=" + "x" * 2000, "text/plain", ""],
)  # fmt: skip
async def test_a_form_of_another_kind_is_refused(world, kind):
    assert (await posted(world, b"", END, kind)).status_code == 400
    assert not world.org.written


async def test_a_field_nobody_asked_for_is_refused(world):
    answer = await sent(world, **{"identity.nik": "3201"})
    assert answer.status_code == 403
    assert "points.complaint" in answer.text
    assert not world.org.written


@pytest.mark.parametrize("forged", ["", "x", "AAAA"])
async def test_the_form_needs_its_page(world, forged):
    async with world.client() as client:
        answer = await client.post(PAGE, data={**TYPED, "_token": forged})
        booking = hidden((await client.get("/home-cleaning/pesan")).text)["_token"]
        other = await client.post(PAGE, data={**TYPED, "_token": booking})
    assert (answer.status_code, other.status_code) == (400, 400)
    assert not world.org.written


async def test_an_absurd_length_of_words_is_told(world):
    answer = await sent(world, **{"complaint.text": "x" * 2001})
    assert answer.status_code == 422
    assert "terlalu panjang" in answer.text
