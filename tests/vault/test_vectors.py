"""The bytes of ``docs/spec/vault.md``: vectors written once, opened and made again here; a change of format fails.

To write them anew after a deliberate change of format: ``python -m tests.vault.test_vectors``.
"""

import hashlib
import hmac
import io
import json
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Tampered
from tepati.rules.facts import Facts, Row
from tepati.vault import backup, index, keys, people, seal
from tepati.vault.root import EnvRoot

FOLDER = Path(__file__).parents[1] / "vectors" / "vault"
ORG, PERSON, RECORD, KEY_ID = "fineclean", bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
KEY, NONCE = bytes(range(64, 96)), bytes(range(96, 108))


def fixed(n):
    return NONCE[:n] if n <= 12 else bytes(n)


class Ciphers:
    """A key store whose epochs are one known key."""

    def epoch(self, org, number):
        return AESGCM(KEY)


class Room:
    org, random, keystore = ORG, staticmethod(fixed), Ciphers()


def bound(*parts):
    """Join as the spec says, written apart from the code it checks."""
    out = b""
    for part in parts:
        raw = (
            part.to_bytes(8, signed=True) if isinstance(part, int) else part.encode() if isinstance(part, str) else part
        )
        out += len(raw).to_bytes(4) + raw
    return out


def blob():
    values = {"name": "Siti Rahayu", "email": "siti@example.com"}
    aad = bound("tepati record 1", ORG, PERSON, RECORD, "identity", 1, 7)
    made = seal.seal(KEY, KEY_ID, aad, msgspec.msgpack.encode(values), fixed)
    given = {
        "org": ORG,
        "person": PERSON.hex(),
        "record": RECORD.hex(),
        "category": "identity",
        "schema": 1,
        "version": 7,
    }
    return given | {"key": KEY.hex(), "key_id": KEY_ID.hex(), "values": values, "aad": aad.hex(), "blob": made.hex()}


def dek():
    unit = keys.Unit(KEY_ID, "identity", "2028-01", bytes(range(128, 160)))
    given = {"org": ORG, "epoch": 3, "person": PERSON.hex(), "key_id": KEY_ID.hex(), "category": "identity",
             "ending": "2028-01", "epoch_key": KEY.hex(), "dek": unit.raw.hex()}  # fmt: skip
    return given | {"wrapped": keys.wrap(Room(), PERSON, unit, 3).hex()}


def state():
    facts = Facts(
        "customer", joined=True, consents={"promotion": 2**62}, rows={RECORD.hex(): Row("booking", 7, joined=True)}
    )
    body = msgspec.msgpack.encode(facts)
    given = {"org": ORG, "person": PERSON.hex(), "version": 9, "key": KEY.hex(), "body": body.hex()}
    return given | {"mac": people.mac(KEY, ORG, PERSON, 9, body).hex()}


def indexes():
    pairs = {
        "Siti.R@BÜCHER.example": "siti.r@xn--bcher-kva.example", "0812-3456-789": "+628123456789",
        "+62 812 3456 789": "+628123456789", "  Jalan   Melati ": "jalan melati", "+1 415 555 0100": "+14155550100",
    }  # fmt: skip
    rows = [{"value": v, "normal": n, "index": index.blind(KEY, v).hex()} for v, n in pairs.items()]
    return {"key": KEY.hex(), "values": rows}


def root():
    aad = bound("tepati secret 1", "epoch", ORG, "", 3)
    wrapped = EnvRoot(KEY.hex(), fixed).wrap(bytes(range(128, 160)), aad)
    given = {"root": KEY.hex(), "kind": "epoch", "org": ORG, "name": "", "version": 3}
    return given | {"secret": bytes(range(128, 160)).hex(), "wrapped": wrapped.hex()}


def saved():
    out = io.BytesIO()
    head = msgspec.json.encode(backup.Head("00" * 16, 1, 2, "1"))
    writer = backup._Writer(out, KEY, head)
    frames = [["meta", ["name", "value"], [["restored", "1"]]], ["", [], [["meta", 1]]]]
    for frame in frames:
        writer.frame(backup.Frame(*frame))
    writer.close()
    return {"key": KEY.hex(), "file": out.getvalue().hex(), "frames": frames}


MAKERS = {"blob": blob, "dek": dek, "state": state, "index": indexes, "root": root, "backup": saved}


def vector(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(MAKERS.keys() - {"backup"}))  # another zlib may compress a backup otherwise
def test_what_is_made_today_is_what_was_written(name):
    assert MAKERS[name]() == vector(name)


def test_a_blob_opens_by_the_spec_alone():
    v = vector("blob")
    raw, aad = (
        bytes.fromhex(v["blob"]),
        bound("tepati record 1", v["org"], PERSON, RECORD, v["category"], 1, v["version"]),
    )
    assert (raw[:2], raw[2:18], aad) == (b"\x01\x01", KEY_ID, bytes.fromhex(v["aad"]))
    plain = AESGCM(KEY).decrypt(raw[18:30], raw[30:], raw[:18] + aad)
    assert msgspec.msgpack.decode(plain) == v["values"]


def test_a_wrapped_key_opens_by_the_spec_alone():
    v = vector("dek")
    raw = bytes.fromhex(v["wrapped"])
    aad = bound("tepati dek 1", v["org"], v["epoch"], PERSON, KEY_ID, v["category"], v["ending"])
    assert (len(raw), raw[0]) == (61, 1)
    assert AESGCM(KEY).decrypt(raw[1:13], raw[13:], aad).hex() == v["dek"]
    for wrong in ({"epoch": 4}, {"category": "payment"}, {"ending": ""}):
        w = v | wrong
        with pytest.raises(Tampered):
            keys.unwrap(Room(), PERSON, (KEY_ID, w["category"], w["ending"], w["epoch"], raw))


def test_a_state_verifies_by_the_spec_alone():
    v = vector("state")
    message = bound("tepati state 1", v["org"], PERSON, v["version"], bytes.fromhex(v["body"]))
    assert hmac.digest(KEY, message, hashlib.sha256).hex() == v["mac"]
    assert msgspec.msgpack.decode(bytes.fromhex(v["body"]), type=Facts).rows[RECORD.hex()].version == 7


def test_an_index_is_made_by_the_spec_alone():
    for row in vector("index")["values"]:
        assert hmac.digest(KEY, row["normal"].encode(), hashlib.sha256)[:16].hex() == row["index"]


def test_a_secret_of_the_key_store_opens_by_the_spec_alone():
    v = vector("root")
    raw, aad = bytes.fromhex(v["wrapped"]), bound("tepati secret 1", v["kind"], v["org"], v["name"], v["version"])
    assert int.from_bytes(raw[:4]) == 1
    assert AESGCM(KEY).decrypt(raw[4:16], raw[16:], raw[:4] + aad).hex() == v["secret"]


def test_a_backup_is_read_as_written():
    v = vector("backup")

    class Keys:
        def known(self, *at):
            return bytes.fromhex(v["key"])

    read = backup.frames(io.BytesIO(bytes.fromhex(v["file"])), Keys(), 1)
    assert [[f.table, f.columns, f.rows] for f in read] == v["frames"]


def test_numbers_and_lengths_are_never_in_doubt():
    assert seal.bound("a", "bc") != seal.bound("ab", "c")
    assert seal.bound(1, b"x", "é", -1) == bound(1, b"x", "é", -1)


def write():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, maker in MAKERS.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(maker(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write()
