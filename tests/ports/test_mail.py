"""Mail over real SMTP on the loopback: what arrives, what is refused, and that no address is ever told."""

import asyncio
import ssl
import traceback
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.errors import BadInput, Misconfigured, Unavailable
from tepati.ports.mail import Attachment, Outgoing, Server, SmtpMail, Undeliverable, compose
from tepati.ports.sink import Sink
from tests.conftest import START
from tests.ports.certificate import contexts

ONE = Outgoing(
    to="budi@rumah.example", sender="FINECLEAN.ID <privasi@fineclean.example>", subject="Pesanan Anda — Kamis",
    text="Halo Budi,\n.\nkonfirmasi: https://a.example/k/1\n", html="<p>Halo <b>Budi</b> — €</p>",
    message_id="0123@fineclean.example", at=START,
)  # fmt: skip


def _shown(error: BaseException) -> str:
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(getattr(error, "values", ""))
    for inner in (error.__cause__, error.__context__):
        shown += _shown(inner) if inner else ""
    return shown


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Give a server's and a client's context."""
    return contexts(tmp_path)


async def _through(sink: Sink, outgoing: Outgoing = ONE, **server: Any) -> None:
    await SmtpMail(Server("127.0.0.1", sink.port, **{"security": "none", **server})).send(outgoing)


async def test_a_mail_arrives_as_it_was_written() -> None:
    """Text and HTML, umlauts and lone dots, subject and sender: nothing is lost on the way."""
    sink = Sink()
    await sink.start()
    await _through(sink)
    (got,) = sink.messages()
    assert (got.sender, got.to) == ("privasi@fineclean.example", ("budi@rumah.example",))
    assert (got.subject, got.at) == (ONE.subject, START // 1_000_000 * 1_000_000)
    assert got.text.replace("\r\n", "\n") == ONE.text
    assert got.html.strip() == ONE.html
    message = got.message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Message-ID"] == "<0123@fineclean.example>"
    assert message["Date"] == "Wed, 18 Nov 2026 11:06:40 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    await sink.stop()


async def test_a_mail_taken_up_from_its_folder_is_the_same(tmp_path: Path) -> None:
    """A sink that starts again knows who wrote to whom, in whatever letters, and goes on counting."""
    first = Sink(folder=tmp_path)
    await first.start()
    await _through(first, replace(ONE, sender="Pésan <a@a.example>"))
    await first.stop()
    again = Sink(folder=tmp_path)
    await again.start()
    await _through(again)
    new, old = again.messages()
    await again.stop()
    assert (old.sender, old.to) == ("Pésan <a@a.example>", ONE.to if isinstance(ONE.to, tuple) else (ONE.to,))
    assert (old.subject, old.text, int(new.id)) == (new.subject, new.text, int(old.id) + 1)


async def test_a_promotion_carries_its_way_out() -> None:
    """RFC 8058: both headers, so that one click ends it; and a person's own mail is not marked automatic."""
    sink = Sink()
    await sink.start()
    await _through(sink, replace(ONE, unsubscribe="https://a.example/s/abc", automatic=False, html=""))
    message = sink.messages()[0].message
    assert message["List-Unsubscribe"] == "<https://a.example/s/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] is None
    assert message.get_content_type() == "text/plain"
    await sink.stop()


FILE = Attachment("tanda-terima-HC-1.json", "application/json", b'{"a": "\xc3\xa9\r\n.\r\n"}\x00')


async def test_files_arrive_byte_for_byte() -> None:
    """Beside text and HTML, not instead of them: line ends, lone dots and zero bytes included."""
    sink = Sink()
    await sink.start()
    other = Attachment("b.pdf", "application/pdf", bytes(range(256)) * 40)
    await _through(sink, replace(ONE, attachments=(FILE, other)))
    got = sink.messages()[0]
    await sink.stop()
    assert got.message.get_content_type() == "multipart/mixed"
    assert (got.text.replace("\r\n", "\n"), got.html.strip()) == (ONE.text, ONE.html)
    assert got.attachments == (FILE, other)
    assert [p.get_content_disposition() for p in got.message.iter_attachments()] == ["attachment"] * 2
    assert repr(FILE) == "Attachment(***)"


async def test_a_mail_without_files_has_none() -> None:
    """Text and HTML are no files."""
    sink = Sink()
    await sink.start()
    await _through(sink)
    await _through(sink, replace(ONE, html=""))
    assert [got.attachments for got in sink.messages()] == [(), ()]
    await sink.stop()


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../a.json", "a/b.json", "a\\b.json", "a.json\r\nBcc: x@y.example", 'a"; x="b.json', "a b.json",
        ".htaccess", "a.json.exe", "ä.json", "a\x00.json", "a" * 97, "=?utf-8?q?a?=", "a.json\n",
    ],
)  # fmt: skip
def test_a_file_has_a_name_and_nothing_more(name: str) -> None:
    """No path, no second header, no hidden file, no ending behind an ending."""
    with pytest.raises(BadInput, match="mail_attachment") as caught:
        compose(replace(ONE, attachments=(replace(FILE, name=name),)))
    assert caught.value.faults == {"name": "attachment_name"}


@pytest.mark.parametrize(
    "media",
    ["", "text/html", "image/svg+xml", "message/rfc822", "multipart/mixed", "application/", "application/x; a=b",
     "application/json\r\nX: y", "APPLICATION/JSON", "text/plain\n"],
)  # fmt: skip
def test_a_file_is_of_no_type_that_runs_or_nests(media: str) -> None:
    """No page, no drawing with scripts, no mail in the mail, no second header."""
    with pytest.raises(BadInput, match="mail_attachment") as caught:
        compose(replace(ONE, attachments=(replace(FILE, media=media),)))
    assert caught.value.faults == {"media": "attachment_media"}


def test_files_are_few_and_their_names_their_own() -> None:
    """A megabyte in all; two names that some systems take for one are refused."""
    with pytest.raises(BadInput) as caught:
        compose(
            replace(ONE, attachments=(replace(FILE, body=bytes(600_000)), replace(FILE, name="b", body=bytes(600_000))))
        )
    assert caught.value.faults == {"body": "attachment_large"}
    with pytest.raises(BadInput) as caught:
        compose(replace(ONE, attachments=(FILE, replace(FILE, name=FILE.name.upper()))))
    assert caught.value.faults == {"name": "attachment_twice"}


def test_the_same_mail_with_files_is_the_same_bytes() -> None:
    """Neither boundary is drawn by chance, and no file can hold one."""
    one = replace(ONE, attachments=(FILE,))
    raw = compose(one)
    assert raw == compose(one)
    assert len({line for line in raw.split(b"\r\n") if line.startswith(b"--=_") and not line.endswith(b"--")}) == 2
    forged = replace(one, attachments=(replace(FILE, body=raw),))
    assert message_from_bytes(compose(forged), policy=default).get_content_type() == "multipart/mixed"
    assert len(list(message_from_bytes(compose(forged), policy=default).iter_attachments())) == 1  # type: ignore[attr-defined]


def test_the_same_mail_is_the_same_bytes() -> None:
    """A mail that is tried again is the same mail, to the byte: no clock and no chance in it."""
    assert compose(ONE) == compose(replace(ONE))
    assert max(map(len, compose(ONE).split(b"\r\n"))) <= 78
    assert b"budi" not in repr(ONE).encode()


@pytest.mark.parametrize("field", ["to", "sender", "subject", "message_id", "unsubscribe", "reply_to"])
@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028"])
def test_no_header_takes_a_line_break(field: str, breaks: str) -> None:
    """What a person typed cannot add a header, a recipient or a body."""
    bad = replace(ONE, **{field: f"a{breaks}Bcc: all@rumah.example"})  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="mail_header") as caught:
        compose(bad)
    assert caught.value.faults[field] == "line_break"
    assert "rumah" not in _shown(caught.value)


@pytest.mark.parametrize(
    "to",
    ["", "budi", "a@b.example, c@d.example", "a@b.example;c@d.example", "<a@b.example>", "Budi <a@b.example>",
     "a b@c.example", "a@b@c.example", "a@", "@b.example", "a@" + "x" * 64 + ".example"],
)  # fmt: skip
def test_two_addresses_are_not_an_address(to: str) -> None:
    """A mail goes to the one it was asked for, or nowhere; the refusal does not repeat what was given."""
    with pytest.raises(BadInput, match="mail_address") as caught:
        compose(replace(ONE, to=to))
    assert "example" not in _shown(caught.value).replace("fineclean.example", "")


def test_a_domain_of_other_letters_goes_in_ascii() -> None:
    """RFC 5891: the domain travels as its A-label."""
    message = message_from_bytes(compose(replace(ONE, to="budi@münchen.example")), policy=default)
    assert message["To"] == "budi@xn--mnchen-3ya.example"


@given(st.text(max_size=200), st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200))
def test_any_text_and_subject_survive(text: str, subject: str) -> None:
    """Whatever stands in a body or a subject comes out as it went in."""
    text = text.encode("utf-8", "replace").decode()
    message = message_from_bytes(compose(replace(ONE, text=text, subject=subject)), policy=default)
    body = message.get_body(("plain",))
    assert body is not None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    assert body.get_content().replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") == lines
    assert str(message["Subject"]).split() == subject.split()
    assert set(message.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                                   "Content-Type"}  # fmt: skip


async def test_starttls_with_login(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """The connection is sealed before name and password are said."""
    sink = Sink(login=("relay", "pass word"))
    await sink.start(tls=tls[0])
    server = Server("127.0.0.1", sink.port, "starttls", "relay", "pass word")
    await SmtpMail(server, tls[1]).send(ONE)
    assert len(sink.messages()) == 1
    assert "pass word" not in repr(server)
    with pytest.raises(Unavailable, match="mail_busy answer=535"):
        await SmtpMail(replace(server, password="wrong"), tls[1]).send(ONE)
    await sink.stop()


async def test_tls_from_the_first_byte(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """Port 465 as RFC 8314 wants it."""
    sink = Sink()
    await sink.start(tls=tls[0], implicit=True)
    await SmtpMail(Server("127.0.0.1", sink.port, "tls"), tls[1]).send(ONE)
    assert len(sink.messages()) == 1
    await sink.stop()


@pytest.mark.parametrize("implicit", [True, False])
async def test_a_certificate_nobody_vouches_for_is_refused(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], implicit: bool
) -> None:
    """Mail to a server that cannot prove its name does not leave."""
    sink = Sink()
    await sink.start(tls=tls[0], implicit=implicit)
    with pytest.raises(Unavailable, match="mail_gone"):
        await SmtpMail(Server("127.0.0.1", sink.port, "tls" if implicit else "starttls")).send(ONE)
    assert not sink.messages()
    await sink.stop()


async def test_a_server_without_tls_gets_nothing_when_tls_was_asked() -> None:
    """A middleman who hides STARTTLS stops the mail, not the TLS."""
    sink = Sink()
    await sink.start()
    with pytest.raises(Unavailable):
        await _through(sink, security="starttls")
    assert not sink.messages()
    await sink.stop()


def test_a_password_is_never_said_in_clear() -> None:
    """Login without TLS is a mistake of the configuration, found at the start."""
    with pytest.raises(Misconfigured, match="mail_login_without_tls"):
        SmtpMail(Server("127.0.0.1", 25, "none", "relay", "secret"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [("451 4.3.0 later, budi@rumah.example", Unavailable), ("550 5.1.1 no budi@rumah.example here", Undeliverable)],
)
async def test_a_refusal_is_told_without_the_address(answer: str, error: type[Exception]) -> None:
    """Servers repeat the address in their answers; ours say the number alone, and whether to try again."""
    sink = Sink(refusing=answer)
    await sink.start()
    with pytest.raises(Unavailable) as caught:
        await _through(sink)
    assert type(caught.value) is error
    assert "rumah" not in _shown(caught.value)
    sink.refusing = ""
    await _through(sink)
    assert len(sink.messages()) == 1
    await sink.stop()


async def test_nobody_there_is_unavailable() -> None:
    """A dead server is a wait, not a crash."""
    sink = Sink()
    await sink.start()
    await sink.stop()
    with pytest.raises(Unavailable, match="mail_gone"):
        await _through(sink)


async def test_a_server_that_says_nothing_is_given_up() -> None:
    """A slow server holds one mail for its timeout, not a worker for ever."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(Unavailable, match="mail_gone"):
        await SmtpMail(Server("127.0.0.1", port, "none", timeout=0.2)).send(ONE)
    for writer in held:
        writer.close()
    server.close()


async def test_a_sink_keeps_the_last_mails_as_private_files(tmp_path: Path) -> None:
    """The demo's folder holds what was sent, readable by its owner, and no more than it should."""
    folder = tmp_path / "mail"
    sink = Sink(folder, keep=3)
    await sink.start()
    for n in range(5):
        await _through(sink, replace(ONE, subject=f"Nr {n}"))
    await sink.stop()
    assert [mail.subject for mail in sink.messages()] == ["Nr 4", "Nr 3", "Nr 2"]
    assert _modes(folder) == {"000003.eml": 0o600, "000004.eml": 0o600, "000005.eml": 0o600}
    again = Sink(folder, keep=3)
    await again.start()
    await _through(again, replace(ONE, subject="Nr 5"))
    await again.stop()
    assert [(mail.id, mail.subject) for mail in again.messages()] == [
        ("000006", "Nr 5"), ("000005", "Nr 4"), ("000004", "Nr 3"),
    ]  # fmt: skip
    assert again.messages()[1].to == (ONE.to,)


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_a_sink_refuses_what_is_too_large() -> None:
    """Two megabytes are enough for a letter."""
    sink = Sink()
    await sink.start()
    with pytest.raises(Undeliverable, match="answer=552"):
        await _through(sink, replace(ONE, text="x" * 2_000_000))
    await _through(sink)
    assert len(sink.messages()) == 1
    await sink.stop()
