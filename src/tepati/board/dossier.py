"""Room board: the papers of the data protection officer in one file: record, impact, promises, clocks, ledger head.

One organisation at one instant; it names nobody. The bytes depend on nothing but what is in it: entries are stored
without compression, in order, dated with that instant, so the same state at the same instant gives the same file.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable

from tepati.board.board import Board
from tepati.board.written import iso, row_of
from tepati.flows.acts.deadlines import Clock
from tepati.notice.activities import record, rows
from tepati.notice.impact import impact
from tepati.notice.model import Notice
from tepati.notice.render import render
from tepati.notice.sheet import safe
from tepati.notice.words import Words, words
from tepati.notice.workbook import workbook

_EARLIEST = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)  # what a zip file can date


def dossier(notice: Notice, made: Board, clocks: Iterable[Clock], checkpoint: str, lang: str) -> bytes:
    """Pack the papers as a zip file. ``checkpoint`` is the signed head of the ledger, "" before its first line."""
    said = words(lang, "papers")
    files = dict(_files(notice, made, clocks, checkpoint, said))
    listed = [(name, hashlib.sha256(body).hexdigest(), str(len(body))) for name, body in files.items()]
    head = (said.say("contents.file"), "sha256", said.say("contents.bytes"))
    files = {f"{said.say('file.contents')}.csv": _csv([head, *listed]), **files}
    return packed(files, made.at)


def packed(files: dict[str, bytes], at: int) -> bytes:
    """Pack files, stored as they are, in their order, dated ``at`` (microseconds, UTC)."""
    when = max(_EARLIEST, dt.datetime.fromtimestamp(at // 1_000_000, dt.UTC))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:
        for name, body in files.items():
            entry = zipfile.ZipInfo(name, when.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            whole.writestr(entry, body)
    return out.getvalue()


def _files(
    notice: Notice, made: Board, clocks: Iterable[Clock], checkpoint: str, said: Words
) -> Iterable[tuple[str, bytes]]:
    for name, document in (("record", record(notice, said.lang)), ("impact", impact(notice, said.lang))):
        yield f"{said.say(f'file.{name}')}.html", render(document, "html").encode()
        yield f"{said.say(f'file.{name}')}.xlsx", workbook([(document.title, rows(document))])
        yield f"{said.say(f'file.{name}')}.csv", _csv(rows(document))
    judged = [row_of(row) for row in made.rows]
    yield f"{said.say('file.promises')}.json", json.dumps(judged, ensure_ascii=False, indent=1).encode()
    yield f"{said.say('file.promises')}.csv", _csv(_promises(made, said))
    yield f"{said.say('file.clocks')}.csv", _csv(_clocks(clocks, made.at, said))
    yield f"{said.say('file.head')}.txt", checkpoint.encode()


def _promises(made: Board, said: Words) -> Iterable[tuple[str, ...]]:
    board = words(said.lang, "board")
    yield tuple(said.say(f"promise.{one}") for one in ("path", "ids", "text", "state", "proof", "lines", "law"))
    for row in made.rows:
        one = row.promise
        lines = " ".join(map(str, row.lines))
        texts = (one.text.of(said.lang), board.say(f"state.{row.state}"), row.sentence.of(said.lang))
        yield (one.id, " ".join(one.ids), *texts, lines, "; ".join(one.law))


def _clocks(clocks: Iterable[Clock], now: int, said: Words) -> Iterable[tuple[str, ...]]:
    yield tuple(said.say(f"clock.{one}") for one in ("number", "kind", "channel", "received", "due", "late"))
    for one in clocks:
        late = said.say("clock.yes" if one.due < now else "clock.no")
        yield one.number, one.kind, one.channel, iso(one.received), iso(one.due), late


def _csv(table: Iterable[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in table)
    return ("\ufeff" + out.getvalue()).encode()  # spreadsheets take it for UTF-8 by the mark
