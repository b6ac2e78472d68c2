"""What the board's tests share: lines put straight into a ledger's tables, a notice, promises."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import settings

from tepati.ledger.entry import Line, encode
from tepati.notice.values import Text
from tepati.store.port import Tx

settings.register_profile("shared machine", deadline=None)  # a busy neighbour is no defect
settings.load_profile("shared machine")

ORG = "bersih"
EXAMPLE = Path(__file__).parents[2] / "examples/home-cleaning/notice.yaml"


class Made(msgspec.Struct, frozen=True):
    """A promise of the shape that ``notice.promises`` gives."""

    id: str
    ids: tuple[str, ...] = ()
    kind: str = ""
    text: Text = Text("janji", "promise")
    law: tuple[str, ...] = ()
    default: bool = False


def line(act: str, answer: str, promise: str, purpose: str = "", at: int = 0, **more: int) -> Line:
    return Line(at, act, answer, promise, purpose, "", "", **more)


async def write_lines(tx: Tx, lines: list[Line | bytes], at: int, *, start: int = 0) -> None:
    """Integrate lines as the sequencer does, without hashing: leaves and a head."""
    for idx, one in enumerate(lines, start):
        entry = one if isinstance(one, bytes) else encode(one)
        await tx.run(
            "INSERT INTO log_leaf (lane, id, org, idx, entry) VALUES ($1, $2, $3, $4, $5)",
            0,
            idx.to_bytes(16, "big"),
            ORG,
            idx,
            entry,
        )
    await tx.run("DELETE FROM log_head WHERE org = $1", ORG)
    await tx.run(
        "INSERT INTO log_head (org, size, root, at, note) VALUES ($1, $2, $3, $4, '')",
        ORG,
        start + len(lines),
        b"r" * 32,
        at,
    )


@pytest.fixture(scope="session")
def notice():
    from tepati.notice.load import load

    loaded = load(EXAMPLE.read_bytes())
    assert loaded.notice is not None, loaded.findings
    return loaded.notice
