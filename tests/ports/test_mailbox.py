"""A mailbox is read and never changed: a Maildir, or a server by IMAP over TLS; no error carries an address."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tepati.errors import Misconfigured, TepatiError, Unavailable
from tepati.ports.mailbox import Imap, Maildir, mailbox
from tests.ports.certificate import contexts

MAIL = (
    b"From: Toko <halo@toko.example>\r\nTo: Sekar <Sekar@Kotak.example>\r\nDelivered-To: lain@kotak.example\r\n"
    b"Message-ID: <1@toko.example>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\naGFsbyBodHRwczovL3QuZXhhbXBsZS9rL2FiYw==\r\n"
)


class Server:
    """As much of IMAP (RFC 9051) as is needed to read; it remembers what was asked."""

    def __init__(self, mails: list[bytes], password: str = "rahasia") -> None:
        self.mails, self.password, self.asked = mails, password, list[str]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while raw := await reader.readline():
            tag, _, rest = raw.decode().strip().partition(" ")
            self.asked.append(rest)
            writer.write(self.answer(rest) + f"{tag} {self.end(rest)}\r\n".encode())
            await writer.drain()
            if rest.startswith("LOGOUT"):
                break
        writer.close()

    def answer(self, asked: str) -> bytes:
        if asked.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4REV1\r\n"
        if asked.startswith("EXAMINE"):
            return f"* {len(self.mails)} EXISTS\r\n".encode()
        if asked.startswith("FETCH"):
            head = '* {} FETCH (INTERNALDATE "18-Nov-2026 12:26:40 +0000" BODY[]<0> {{{}}}\r\n'
            return b"".join(head.format(n, len(m)).encode() + m + b")\r\n" for n, m in enumerate(self.mails, 1))
        return b""

    def end(self, asked: str) -> str:
        wrong = asked.startswith("LOGIN") and self.password not in asked
        return "NO sekar@kotak.example may not" if wrong else "OK done"


@asynccontextmanager
async def serving(server: Server, tls: ssl.SSLContext) -> AsyncIterator[int]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def uri(port: int, folder: Path, password: str = "rahasia") -> str:
    (folder / "password").write_text(f"{password}\n")
    return f"imaps://umpan%40kotak.example@127.0.0.1:{port}/INBOX?password-file={folder / 'password'}"


@pytest.mark.parametrize("mails", [[], [MAIL], [MAIL, b"From: x@y.example\r\n\r\nhalo\r\n"]])
async def test_a_server_is_read_and_nothing_changed(tmp_path: Path, mails: list[bytes]) -> None:
    """EXAMINE and BODY.PEEK leave every mail as unread as it was."""
    tls, trust = contexts(tmp_path)
    server = Server(mails)
    async with serving(server, tls) as port:
        found = await mailbox(uri(port, tmp_path), trust).mails()
    assert len(found) == len(mails)
    verbs = {asked.split()[0] for asked in server.asked}
    assert verbs <= {"CAPABILITY", "LOGIN", "EXAMINE", "FETCH", "LOGOUT"}
    assert all("PEEK" in asked for asked in server.asked if asked.startswith("FETCH"))
    if mails:
        first = found[0]
        assert (first.at, first.sender) == (1_795_004_800_000_000, "halo@toko.example")
        assert first.to == {"sekar@kotak.example", "lain@kotak.example"}
        assert re.search(r"/k/(\w+)", first.text)


async def test_a_wrong_password_and_a_strange_certificate_say_nothing(tmp_path: Path) -> None:
    tls, trust = contexts(tmp_path)
    async with serving(Server([MAIL]), tls) as port:
        for context, password in ((trust, "salah"), (None, "rahasia")):
            with pytest.raises(Unavailable) as fault:
                await mailbox(uri(port, tmp_path, password), context).mails()
            assert (fault.value.code, fault.value.__cause__, fault.value.__context__) == ("mailbox_gone", None, None)
    with pytest.raises(Unavailable):
        await mailbox(uri(1, tmp_path), trust).mails()
    (tmp_path / "password").unlink()
    with pytest.raises(Misconfigured):
        await Imap("127.0.0.1", 1, "x", tmp_path / "password", "INBOX").mails()


async def test_a_maildir_is_read_whole_and_large_mails_in_part(tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    (tmp_path / "new/1").write_bytes(MAIL)
    (tmp_path / "cur/2:2,S").write_bytes(MAIL + b"x" * 1_000_000)
    (tmp_path / "tmp/3").write_bytes(MAIL)
    found = await mailbox(f"maildir:{tmp_path}").mails()
    assert len(found) == 2
    assert all(mail.at > 0 and len(mail.message.as_bytes()) < 400_000 for mail in found)
    with pytest.raises(Unavailable):
        await Maildir(tmp_path / "nothing").mails()


@pytest.mark.parametrize("said", ["", "maildir:", "imap://u@h/INBOX?password-file=x", "imaps://h/I?password-file=x",
                                  "imaps://u@h/INBOX", "pop://u@h"])  # fmt: skip
def test_what_is_no_mailbox_is_refused(said: str) -> None:
    with pytest.raises(Misconfigured):
        mailbox(said)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"Content-Type: text/plain; charset=nope\r\n\r\nx",
                                 b"To: \xff\xff, <@>,;;\r\nFrom: \r\n\r\n"])  # fmt: skip
async def test_what_is_no_mail_is_read_as_one_that_says_nothing(tmp_path: Path, raw: bytes) -> None:
    for part in ("new", "cur"):
        (tmp_path / part).mkdir()
    (tmp_path / "new/1").write_bytes(raw)
    try:
        (mail,) = await mailbox(f"maildir:{tmp_path}").mails()
        assert isinstance(mail.text + mail.sender, str)
        assert isinstance(mail.to, frozenset)
    except TepatiError:
        pytest.fail("one broken mail must not hide the others")
