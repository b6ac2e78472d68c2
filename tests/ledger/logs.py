"""Logs made in memory for tests: lines, tiles and heads as ``export`` writes them, without a database."""

from tepati.ledger import note, tiles, tree
from tepati.ledger.entry import Line, encode

AT = 1_795_000_000_000_000  # microseconds
ORIGIN = "fineclean.example/log"
SIGNER = note.signer(ORIGIN, b"\x01" * 32)
WITNESS = note.signer("auditor.example/w1", b"\x02" * 32, tree.WITNESS)
POLICY = f"log {SIGNER.key}\nwitness auditor {WITNESS.key}\nquorum auditor\n"


def entry(i, act="agree"):
    return encode(Line(AT + i * 60_000_000, act, "done", "purposes.offers", "offers", "ab" * 32, f"{i:064x}", leaves=1))


def files(entries, *, cosigned=True, signer=SIGNER, witness=WITNESS, at=AT // 1_000_000):
    """The files of an exported log, by path."""
    size = len(entries)
    made = tiles.grow(0, {}, [tree.leaf_hash(one) for one in entries])
    out = {tree.tile_path(*place, tiles.width(size, place)): data for place, data in made.items()}
    for start in range(0, size, 256):
        some = entries[start : start + 256]
        out[tree.tile_path("entries", start // 256, len(some))] = tiles.bundle(some)
    head = note.checkpoint(ORIGIN, size, tiles.Tiles(size, made).root(), signer)
    if cosigned:
        head += note.cosign(head.encode(), witness, at)
    out["checkpoint"] = head.encode()
    return out
