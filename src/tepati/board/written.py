"""Room board: rows of the board as data for other programs: instants in ISO 8601 (UTC), lengths in seconds. Pure."""

import datetime as dt
from typing import Any

from tepati.board.board import Judged
from tepati.board.verdict import Evidence


def row_of(row: Judged) -> dict[str, Any]:
    """Return one promise as the contract has it, with these nine keys and no other.

    ``evidence`` holds the figures and what they rest on: ``says`` (the sentence), ``grades``, ``lines`` (indexes in
    the ledger), ``default`` (the law speaks here), and where something is wrong ``since``, ``cause`` and ``repair``.
    """
    promise = row.promise
    return {
        "id": promise.id, "ids": list(promise.ids), "kind": promise.kind,
        "text": {"id": promise.text.id, "en": promise.text.en}, "state": row.state, "grade": row.grade,
        "coverage": str(row.coverage), "evidence": {**shown(row.evidence), **_rests(row)}, "law": list(promise.law),
    }  # fmt: skip


def _rests(row: Judged) -> dict[str, Any]:
    out: dict[str, Any] = {
        "says": {"id": row.sentence.id, "en": row.sentence.en}, "grades": list(row.grades), "lines": list(row.lines),
        "default": row.promise.default,
    }  # fmt: skip
    if row.since:
        out["since"] = iso(row.since)
    for name, said in (("cause", row.cause), ("repair", row.repair)):
        if said.en:
            out[name] = {"id": said.id, "en": said.en}
    return out


def shown(evidence: Evidence) -> Evidence:
    """Return evidence with instants as text and lengths in seconds (``longest_took`` becomes ``longest_seconds``)."""
    out: Evidence = {}
    for key, value in evidence.items():
        if isinstance(value, int) and key.endswith("_at"):
            out[key] = iso(value)
        elif isinstance(value, int) and key.endswith("_took"):
            out[f"{key.removesuffix('_took')}_seconds"] = value // 1_000_000
        else:
            out[key] = value
    return out


def iso(us: int) -> str:
    """Write an instant in ISO 8601, UTC; "" for none, and for one after the year 9999 (no end)."""
    if not 0 < us < 253_402_300_800_000_000:
        return ""
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)).isoformat()
