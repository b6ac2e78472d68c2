"""Room board: rows of the board as data for other programs: instants in ISO 8601 (UTC), lengths in seconds. Pure."""

import datetime as dt
from typing import Any

from tepati.board.board import Judged
from tepati.board.verdict import Evidence


def row_of(row: Judged) -> dict[str, Any]:
    """Return one promise as the contract has it: instants in ISO 8601 (UTC), empty texts left out."""
    promise = row.promise
    out: dict[str, Any] = {
        "id": promise.id, "ids": list(promise.ids), "kind": promise.kind,
        "text": {"id": promise.text.id, "en": promise.text.en}, "state": row.state, "grade": row.grade,
        "grades": list(row.grades), "coverage": str(row.coverage), "evidence": shown(row.evidence),
        "law": list(promise.law), "default": promise.default,
        "sentence": {"id": row.sentence.id, "en": row.sentence.en}, "lines": list(row.lines),
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
