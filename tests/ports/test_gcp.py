"""A root in Google Cloud KMS: against a server that speaks the documented API over TLS and checks what it is sent.

No real service runs here.
"""

import datetime as dt
import json
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tepati.app.roots import root_of
from tepati.errors import Misconfigured, Tampered, Unavailable
from tepati.ports.gcp import where
from tepati.vault.gcpkms import crc32c
from tepati.vault.keystore import KeyStore
from tepati.vault.root import Grade
from tests.ports.gcpkms import KEY, Fault, Kms, serving
from tests.ports.metadata import lending

UNTIL = round(dt.datetime(2026, 12, 1, 3, 4, 5, 678000, tzinfo=dt.UTC).timestamp() * 1_000_000)
PRIVATE = rsa.generate_private_key(65537, 2048)


@dataclass
class Served:
    kms: Kms
    uri: str
    account: Path


@pytest.fixture
def served(tmp_path):
    kms = Kms(PRIVATE)
    with serving(tmp_path, kms) as uri:
        yield Served(kms, uri, tmp_path / "account.json")


def test_the_checksum_is_castagnolis() -> None:
    """RFC 3720, B.4: 32 bytes of zeroes, of ones, ascending; and the usual check value."""
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"123456789") == 0xE3069283


def test_what_is_wrapped_opens_under_its_own_words_only(served, random) -> None:
    root = root_of(f"{served.uri}&days=2&protection=hsm", random, create=True)
    assert served.kms.about == {
        "purpose": "ENCRYPT_DECRYPT", "destroyScheduledDuration": "172800s",
        "versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "HSM"},
    }  # fmt: skip
    wrapped = root.wrap(b"k" * 32, b"epoch 1")
    assert (root.version, wrapped[:4]) == (1, b"\0\0\0\1")
    assert root.unwrap(wrapped, b"epoch 1") == b"k" * 32
    for changed, aad in (
        (wrapped, b"epoch 2"), (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"epoch 1"),
        (b"\0\0\0\2" + wrapped[4:], b"epoch 1"),
    ):  # fmt: skip
        with pytest.raises(Tampered, match="keystore_entry"):
            root.unwrap(changed, aad)
    assert root_of(served.uri, random, create=True).version == 1, "made once"
    assert served.kms.exchanged == 2, "a token serves many requests"


def test_a_destroyed_version_ends_on_the_day_that_the_service_says(served, random) -> None:
    """Each state is read back; a second time changes nothing; once the service says destroyed, that is the grade."""
    root = root_of(served.uri, random, create=True)
    old = root.wrap(b"o" * 32, b"")
    assert (root.rotate(), root.rotate(), root.version) == (2, 3, 3)
    assert root.unwrap(old, b"") == b"o" * 32
    assert root.fates() == {1: None, 2: None}
    with pytest.raises(Misconfigured, match="root_newest"):
        root.destroy(3)
    assert root.destroy(2) == Grade("scheduled", UNTIL)
    assert root.fates() == {1: Grade("scheduled", UNTIL), 2: Grade("scheduled", UNTIL)}
    with pytest.raises(Misconfigured, match="root_disabled"):
        root.unwrap(old, b"")
    served.kms.asked.clear()
    assert root.destroy(2) == Grade("scheduled", UNTIL)
    assert "POST destroy" not in served.kms.asked
    for n in (1, 2):
        served.kms.versions[n]["state"] = "DESTROYED"
    assert root.destroy(2) == Grade("attested")
    assert root.fates() == {}
    with pytest.raises(Misconfigured, match="root_version"):
        root.destroy(0)


def test_an_end_that_the_service_does_not_keep_is_not_believed(served, random) -> None:
    root = root_of(served.uri, random, create=True)
    root.rotate()
    served.kms.says["1"] = {"state": "ENABLED", "destroyTime": None}
    with pytest.raises(Unavailable, match="root_unreachable"):
        root.destroy(1)


def test_a_key_store_changes_its_root_there(served, random, clock, tmp_path) -> None:
    folders = tmp_path / "a", tmp_path / "b"
    keystore = KeyStore(folders, root_of(served.uri, random, create=True), random, clock)
    key = keystore.secret("mac", "fineclean")
    assert keystore.rotate_root() == Grade("scheduled", UNTIL)
    keystore.close()
    again = KeyStore(folders, root_of(served.uri, random), random, clock)
    assert again.secret("mac", "fineclean") == key
    again.close()


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault("PERMISSION_DENIED", 403), Misconfigured, "root_refused"),
        (Fault("UNAUTHENTICATED", 401), Misconfigured, "root_refused"),
        (Fault("RESOURCE_EXHAUSTED", 429), Unavailable, "root_busy"),
        (Fault("INTERNAL", 500), Unavailable, "root_unreachable"),
        (Fault("UNAVAILABLE", 503), Unavailable, "root_unreachable"),
        (Fault("MOVED", 307), Unavailable, "root_unreachable"),
    ],
    ids=lambda said: getattr(said, "name", ""),
)
def test_a_service_that_refuses_or_fails_changes_nothing(served, random, fault, kind, code) -> None:
    """No redirect is followed; neither the service's words nor our secrets are in an error."""
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    root.rotate()
    before = {n: one["state"] for n, one in served.kms.versions.items()}
    served.kms.broken = fault
    for act in (lambda: root.wrap(b"", b""), lambda: root.unwrap(wrapped, b""), root.rotate, lambda: root.destroy(1)):
        with pytest.raises(kind, match=code) as failed:
            act()
        shown = f"{failed.value!r} {failed.value.__cause__!r} {failed.value.__context__!r}"
        assert not any(word in shown for word in ("secret", "token-1", "kkkk"))
    assert {n: one["state"] for n, one in served.kms.versions.items()} == before


@pytest.mark.parametrize(
    ("act", "change", "error"),
    [
        ("encrypt", {"name": f"{KEY}/cryptoKeyVersions/9"}, "root_other_key"),
        ("encrypt", {"verifiedPlaintextCrc32c": False}, "root_unreachable"),
        ("encrypt", {"verifiedAdditionalAuthenticatedDataCrc32c": False}, "root_unreachable"),
        ("encrypt", {"ciphertextCrc32c": "1"}, "root_unreachable"),
        ("encrypt", {"ciphertext": "%%"}, "root_unreachable"), ("encrypt", {"ciphertext": 7}, "root_unreachable"),
        ("decrypt", {"plaintextCrc32c": "1"}, "root_unreachable"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_what_was_asked_is_refused(served, random, act, change, error) -> None:
    """Of another version, or changed on its way in either direction."""
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    served.kms.says[act] = change
    with pytest.raises((Tampered, Unavailable), match=error):
        root.wrap(b"k", b"") if act == "encrypt" else root.unwrap(wrapped, b"")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"importJob": "x"}, "root_exportable"),
        ({"protectionLevel": "EXTERNAL"}, "root_exportable"),
        ({"algorithm": "AES_256_GCM"}, "root_form"),
        ({"state": "DISABLED"}, "root_disabled"),
        ({"state": "DESTROY_SCHEDULED"}, "root_disabled"),
    ],
)
def test_a_key_that_can_leave_or_cannot_work_is_refused(served, random, change, code) -> None:
    root_of(served.uri, random, create=True)
    served.kms.versions[1] |= change
    with pytest.raises(Misconfigured, match=code):
        root_of(served.uri, random)


def test_a_module_that_is_still_making_its_key_is_waited_for(served, random) -> None:
    root = root_of(served.uri, random, create=True)
    served.kms.says["cryptoKeyVersions"] = {"state": "PENDING_GENERATION"}
    with pytest.raises(Unavailable):
        root.rotate()


def test_without_a_key_nothing_is_made(served, random) -> None:
    with pytest.raises(Misconfigured, match="root_missing"):
        root_of(served.uri, random)


def test_another_accounts_key_or_a_wrong_clock_gets_no_token(served, random) -> None:
    """The exchange refuses; the statement, which is worth a token, is in no error."""
    with pytest.raises(Misconfigured, match="root_refused"):
        root_of(served.uri, random, clock=lambda: 1_700_000_000_000_000)
    served.kms.private = rsa.generate_private_key(65537, 2048)
    with pytest.raises(Misconfigured, match="root_refused"):
        root_of(served.uri, random)
    assert served.kms.asked == []


@pytest.mark.parametrize("change", [{"private_key": "no key"}, {"token_uri": "http://127.0.0.1/token"}, None])
def test_an_account_that_is_none_is_told(served, random, change) -> None:
    said = json.loads(served.account.read_text())
    served.account.write_text(json.dumps({**said, **change}) if change else "{}")
    with pytest.raises(Misconfigured, match="root_credentials") as failed:
        root_of(served.uri, random)
    assert "no key" not in f"{failed.value!r} {failed.value.__cause__!r} {failed.value.__context__!r}"


def test_the_instances_account_lends_a_token_and_renews_it(served, random, monkeypatch) -> None:
    seen = []

    def answer(method, path, headers):
        seen.append(path)
        if headers.get("Metadata-Flavor") != "Google":
            return 403, b""
        return 200, json.dumps({"access_token": "lent", "expires_in": 3600, "token_type": "Bearer"}).encode()

    now = {"at": time.time_ns() // 1000}
    with lending(answer) as at:
        monkeypatch.setenv("GCE_METADATA_HOST", at.removeprefix("http://"))
        uri = served.uri.replace(str(served.account), "instance")
        root = root_of(uri, random, create=True, clock=lambda: now["at"])
        root.wrap(b"", b"")
        assert len(seen) == 1
        now["at"] += 3_301_000_000
        root.wrap(b"", b"")
        assert seen == ["/computeMetadata/v1/instance/service-accounts/default/token"] * 2


def test_a_service_nobody_vouches_for_is_not_asked(served, random) -> None:
    with pytest.raises(Unavailable):
        root_of(served.uri.partition("&ca-file")[0], random)
    assert served.kms.asked == []


@pytest.mark.parametrize(
    "uri",
    [
        f"gcp:http://cloudkms.googleapis.com/{KEY}?credentials=/f", f"gcp:https://cloudkms.googleapis.com/{KEY}",
        "gcp:https://cloudkms.googleapis.com/projects/p/cryptoKeys/k?credentials=/f", "gcp:",
        f"gcp:https://cloudkms.googleapis.com/{KEY}?credentials=/f&days=0",
        f"gcp:https://cloudkms.googleapis.com/{KEY}?credentials=/f&protection=external",
    ],
)  # fmt: skip
def test_an_address_of_another_form_is_refused(uri) -> None:
    with pytest.raises(Misconfigured, match="root_form"):
        where(uri)
