"""The vectors that docs/spec/ledger.md cites: what a verifier written by a stranger must reproduce, byte for byte.

``python tests/ledger/test_vectors.py`` writes them anew; they change only when the format does, which it must not.
"""

import base64
import hashlib
import json
from pathlib import Path

from tepati.ledger import note, openings, tiles, tree
from tepati.ledger.entry import Line, encode
from tepati.ledger.log import Proven
from tepati.ledger.proof import write_proof, write_submission
from tepati.ledger.receipt import receipt
from tepati.ledger.verify import read_policy, verify_log, verify_receipt

PLACE = Path(__file__).parents[1] / "vectors" / "ledger"
AT = 1_795_000_000_123_456  # 18 November 2026, 12:26:40.123456 UTC
LOG = note.signer("fineclean.example/log", bytes(range(32)))
WITNESS = note.signer("auditor.example/w1", bytes(range(32, 64)), tree.WITNESS)
SALTS = [hashlib.sha256(b"salt %d" % i).digest() for i in range(3)]
PARTS = [
    ("person", b'{"at":1795000000123456,"fields":["identity.email"],"role":"person"}'),
    ("actor", b'{"at":1795000000123456,"reason":"","role":"system"}'),
    ("person", b"{}"),
]
SIZES = (1, 2, 3, 5, 8, 255, 256, 257, 300)


def b64(raw):
    return base64.b64encode(raw).decode()


def line(i, opening=""):
    act = ("collect", "agree", "look", "withdraw")[i % 4]
    return encode(
        Line(
            AT + i * 61_000_000,
            act,
            "done",
            "purposes.offers",
            "offers",
            "ab" * 32,
            opening,
            leaves=3 if opening else 0,
        )
    )


def entries():
    """300 lines; number 7 carries the opening above."""
    root, _ = openings.build(PARTS, lambda n: b"".join(SALTS))
    return [line(i, root.hex() if i == 7 else "") for i in range(300)]


def head(size):
    hashes = [tree.leaf_hash(one) for one in entries()[:size]]
    return note.checkpoint("fineclean.example/log", size, tree.root_of(hashes), LOG)


def cosigned(size):
    text = head(size)
    return text + note.cosign(text.encode(), WITNESS, AT // 1_000_000)


def span(size):
    return tiles.Tiles(size, tiles.grow(0, {}, [tree.leaf_hash(one) for one in entries()[:size]])).span


def vectors():
    """Everything, by file."""
    all_lines = entries()
    root, made = openings.build(PARTS, lambda n: b"".join(SALTS))
    proof = write_proof(7, tree.inclusion(7, 300, span(300)), cosigned(300))
    proven = Proven(7, all_lines[7], proof, 1)
    return {
        "entries": {
            "rounded": [{"at": AT, "act": act, "line": encode(Line(AT, act, "done", "p", "q", "", "")).decode()}
                        for act in ("agree", "look")],
            "lines": [{"index": i, "line": all_lines[i].decode(), "leaf": tree.leaf_hash(all_lines[i]).hex()}
                      for i in (0, 1, 2, 7, 299)],
        },
        "openings": {
            "root": root.hex(),
            "openings": [{"party": one.party, "salt": b64(one.salt), "payload": one.payload.decode(),
                          "index": one.index, "size": one.size, "path": [b64(h) for h in one.path]} for one in made],
        },
        "trees": {
            "roots": {str(n): tree.root_of([tree.leaf_hash(one) for one in all_lines[:n]]).hex() for n in SIZES},
            "inclusion": [{"index": i, "size": n, "path": [b64(h) for h in tree.inclusion(i, n, span(n))]}
                          for i, n in ((0, 1), (2, 3), (4, 5), (255, 256), (256, 257), (7, 300))],
            "consistency": [{"old": m, "size": n, "path": [b64(h) for h in tree.consistency(m, n, span(n))]}
                            for m, n in ((1, 2), (3, 5), (4, 8), (255, 300), (256, 300), (257, 300), (300, 300))],
        },
        "heads": {
            "log_secret_seed": bytes(range(32)).hex(), "log": str(LOG.key),
            "witness_secret_seed": bytes(range(32, 64)).hex(), "witness": str(WITNESS.key),
            "checkpoint": head(300), "cosigned": cosigned(300), "empty": note.checkpoint(LOG.name, 0, tree.EMPTY, LOG),
            "submission": write_submission(255, tree.consistency(255, 300, span(300)), head(300)).decode(),
            "policy": f"log {LOG.key}\nwitness auditor {WITNESS.key}\nquorum auditor\n",
        },
        "receipt": {"proof": proof, "receipt": json.loads(receipt(proven, made[0]))},
    }  # fmt: skip


def test_the_vectors_are_reproduced():
    for name, want in vectors().items():
        assert json.loads((PLACE / f"{name}.json").read_text("utf-8")) == json.loads(json.dumps(want)), name


def test_the_receipt_of_the_vectors_verifies_by_their_policy():
    heads = json.loads((PLACE / "heads.json").read_text("utf-8"))
    raw = json.dumps(json.loads((PLACE / "receipt.json").read_text("utf-8"))["receipt"]).encode()
    report = verify_receipt(raw, read_policy(heads["policy"]))
    assert (report.sound, report.standing, report.index, report.opening) == (True, "witnessed", 7, "opened")


def test_the_bytes_follow_the_specification_without_our_code():
    """The rules of sections 1 to 4, written once more from the text, with nothing but SHA-256."""
    opened = json.loads((PLACE / "openings.json").read_text("utf-8"))
    leaves = []
    for one in opened["openings"]:
        party, payload = one["party"].encode(), one["payload"].encode()
        data = b"tepati/opening/v1\n" + base64.b64decode(one["salt"]) + len(party).to_bytes(2, "big") + party + payload
        leaves.append(hashlib.sha256(b"\x00" + data).digest())
    pair = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()
    assert hashlib.sha256(b"\x01" + pair + leaves[2]).hexdigest() == opened["root"]
    lines = json.loads((PLACE / "entries.json").read_text("utf-8"))["lines"]
    assert json.loads(lines[3]["line"])["opening"] == opened["root"]
    for one in lines:
        assert hashlib.sha256(b"\x00" + one["line"].encode()).hexdigest() == one["leaf"]
        assert json.dumps(json.loads(one["line"]), sort_keys=True, separators=(",", ":")) == one["line"]


def test_the_worked_example_of_the_specification_is_the_vectors_own():
    text = (Path(__file__).parents[2] / "docs" / "spec" / "ledger.md").read_text("utf-8")
    read = {name: json.loads((PLACE / f"{name}.json").read_text("utf-8")) for name in ("entries", "openings", "heads")}
    for said in (
        read["entries"]["lines"][3]["line"], read["entries"]["lines"][3]["leaf"], read["openings"]["root"],
        read["heads"]["log"], read["heads"]["witness"], read["heads"]["cosigned"].strip(),
    ):  # fmt: skip
        assert said in text


def test_a_whole_log_of_the_vectors_is_sound():
    made = tiles.grow(0, {}, [tree.leaf_hash(one) for one in entries()])
    log = {tree.tile_path(*place, tiles.width(300, place)): data for place, data in made.items()}
    log |= {tree.tile_path("entries", n, len(some)): tiles.bundle(some)
            for n, some in enumerate((entries()[:256], entries()[256:]))}  # fmt: skip
    log["checkpoint"] = cosigned(300).encode()
    assert verify_log(log.get, read_policy(vectors()["heads"]["policy"]), AT // 1_000_000).sound


if __name__ == "__main__":
    for name, made in vectors().items():
        (PLACE / f"{name}.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
