"""A root in AWS KMS: against a server that speaks the documented API over TLS and checks every signature.

No real service runs here. The signatures are also checked by the vectors that Amazon published.
"""

import datetime as dt
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tepati.app.roots import root_of
from tepati.errors import Misconfigured, Tampered, TepatiError, Unavailable
from tepati.ports.aws import where
from tepati.ports.https import Asked
from tepati.ports.sigv4 import Credentials, Scope, signed
from tepati.vault.keystore import KeyStore
from tepati.vault.root import Grade
from tests.ports.awskms import Fault, Kms, serving
from tests.ports.metadata import lending

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "aws" / "sigv4.json").read_text())
UNTIL = round(dt.datetime(2026, 12, 8, 3, 4, 5, 678000, tzinfo=dt.UTC).timestamp() * 1_000_000)


@dataclass
class Served:
    kms: Kms
    uri: str


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "rahasia/sekali+")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    kms = Kms()
    with serving(tmp_path, kms) as uri:
        yield Served(kms, uri)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_signatures_are_those_that_amazon_published(vector) -> None:
    who = Credentials(VECTORS["key"], VECTORS["secret"], vector.get("token", ""))
    scope = Scope("us-east-1", "service", dt.datetime(2015, 8, 30, 12, 36, tzinfo=dt.UTC))
    body = vector.get("body", "").encode()
    said = signed(who, scope, Asked(vector["method"], "/", vector["headers"], body)).headers["Authorization"]
    assert said == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={vector['signed']}, Signature={vector['signature']}"
    )


def test_secrets_are_in_no_picture_of_the_credentials() -> None:
    assert "sekali" not in repr(Credentials("AKID", "rahasia/sekali", "token/sekali"))


def test_what_is_wrapped_opens_under_its_own_words_only(served, random) -> None:
    """Bound to version and place by the encryption context; what was changed or moved is forged, not unavailable."""
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"epoch 1")
    assert (root.version, wrapped[:4]) == (1, b"\0\0\0\1")
    assert root.unwrap(wrapped, b"epoch 1") == b"k" * 32
    assert served.kms.contexts == [{"tepati": "AAAAAWVwb2NoIDE="}]
    for changed, aad in ((wrapped, b"epoch 2"), (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"epoch 1")):
        with pytest.raises(Tampered, match="keystore_entry"):
            root.unwrap(changed, aad)
    root.rotate()
    with pytest.raises(Tampered, match="keystore_entry"):
        root.unwrap(b"\0\0\0\2" + wrapped[4:], b"epoch 1")
    assert root_of(served.uri, random, create=True).version == 2, "made once"


def test_a_destroyed_version_ends_on_the_day_that_the_service_says(served, random) -> None:
    """The date is read back from the service, whatever the first answer said; a second time changes nothing."""
    root = root_of(served.uri, random, create=True)
    old = root.wrap(b"o" * 32, b"")
    assert root.rotate() == 2
    assert root.unwrap(old, b"") == b"o" * 32
    assert root.fates() == {1: None}, "it lives on, and that is said"
    with pytest.raises(Misconfigured, match="root_newest"):
        root.destroy(2)
    served.kms.says["ScheduleKeyDeletion"] = {"DeletionDate": 1.0}
    assert root.destroy(1) == Grade("scheduled", UNTIL)
    assert root.fates() == {1: Grade("scheduled", UNTIL)}
    assert served.kms.waited == [7]
    with pytest.raises(Misconfigured, match="root_disabled"):
        root.unwrap(old, b"")
    assert root.destroy(1) == Grade("scheduled", UNTIL)
    assert served.kms.waited == [7], "scheduled once"
    with pytest.raises(Misconfigured, match="root_version"):
        root.destroy(0)


def test_what_a_crash_left_alive_goes_with_the_next(served, random) -> None:
    root = root_of(f"{served.uri}&days=30", random, create=True)
    root.rotate()
    root.rotate()
    root.destroy(2)
    assert list(root.fates()) == [1, 2]
    assert all(root.fates().values())
    assert served.kms.waited == [30, 30]


def test_a_deletion_that_the_service_does_not_keep_is_not_believed(served, random) -> None:
    """It said yes, and the key still works when it is looked at again."""
    root = root_of(served.uri, random, create=True)
    root.rotate()
    old = next(iter(served.kms.keys.values()))
    metadata = {name: value for name, value in old.items() if name != "raw"}
    served.kms.says["DescribeKey"] = {"KeyMetadata": metadata}
    with pytest.raises(Unavailable, match="root_unreachable"):
        root.destroy(1)


def test_a_key_store_changes_its_root_there(served, random, clock, tmp_path) -> None:
    """Everything is wrapped anew, then the old version's key waits for its end; nothing in the files is under it."""
    folders = tmp_path / "a", tmp_path / "b"
    keystore = KeyStore(folders, root_of(served.uri, random, create=True), random, clock)
    key = keystore.secret("mac", "fineclean")
    assert keystore.rotate_root() == Grade("scheduled", UNTIL)
    keystore.close()
    again = KeyStore(folders, root_of(served.uri, random), random, clock)
    assert again.secret("mac", "fineclean") == key
    heads = {bytes(row[0])[:4] for m in again.mirrors for row in m.rows("SELECT wrapped FROM secret")}
    assert heads == {b"\0\0\0\2"}
    again.close()


def test_two_hosts_that_rotate_at_once_make_one_version(served, random) -> None:
    """The alias is one: who comes second lets its own key go and goes on with the first one's."""
    first, second = root_of(served.uri, random, create=True), root_of(served.uri, random)
    real, kms = served.kms.create_key, served.kms

    def raced(body):
        kms.create_key = real
        first.rotate()
        return real(body)

    kms.create_key = raced
    assert second.rotate() == 2
    states = [key["KeyState"] for key in kms.keys.values()]
    assert sorted(states) == ["Enabled", "Enabled", "PendingDeletion"]
    assert second.unwrap(first.wrap(b"x", b""), b"") == b"x"


FAULTS = [
    (Fault("AccessDeniedException"), Misconfigured, "root_refused"),
    (Fault("UnrecognizedClientException"), Misconfigured, "root_refused"),
    (Fault("ExpiredTokenException"), Misconfigured, "root_refused"),
    (Fault("ThrottlingException"), Unavailable, "root_busy"),
    (Fault("LimitExceededException"), Unavailable, "root_busy"),
    (Fault("KMSInternalException", 500), Unavailable, "root_unreachable"),
    (Fault("DependencyTimeoutException", 503), Unavailable, "root_unreachable"),
    (Fault("Moved", 307), Unavailable, "root_unreachable"),
    (Fault("", 403), Misconfigured, "root_refused"),
    (Fault("", 429), Unavailable, "root_busy"),
]


@pytest.mark.parametrize(("fault", "kind", "code"), FAULTS, ids=lambda said: getattr(said, "kind", ""))
def test_a_service_that_refuses_or_fails_changes_nothing(served, random, fault, kind, code) -> None:
    """No redirect is followed; the service's own words and our secrets are in no error."""
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    root.rotate()
    before = json.dumps([served.kms.aliases, [key["KeyState"] for key in served.kms.keys.values()]])
    served.kms.broken[""] = fault
    for act in (lambda: root.wrap(b"", b""), lambda: root.unwrap(wrapped, b""), root.rotate, lambda: root.destroy(1)):
        with pytest.raises(kind, match=code) as failed:
            act()
        shown = f"{failed.value!r} {failed.value.__cause__!r} {failed.value.__context__!r}"
        assert not any(word in shown for word in ("secret", "sekali", "kkkk"))
    assert json.dumps([served.kms.aliases, [key["KeyState"] for key in served.kms.keys.values()]]) == before


@pytest.mark.parametrize("fault", [Fault("AccessDeniedException"), Fault("KMSInternalException", 500)])
def test_a_version_that_got_no_name_is_taken_back(served, random, fault) -> None:
    """Its key was made and could not be named: it wraps nothing, and is on its way out."""
    root = root_of(served.uri, random, create=True)
    served.kms.broken["CreateAlias"] = fault
    with pytest.raises(TepatiError):
        root.rotate()
    assert [key["KeyState"] for key in served.kms.keys.values()] == ["Enabled", "PendingDeletion"]
    assert root.version == 1
    assert root.wrap(b"x", b"")[:4] == b"\0\0\0\1"


@pytest.mark.parametrize("action", ["Encrypt", "Decrypt"])
def test_an_answer_of_another_key_is_refused(served, random, action) -> None:
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    served.kms.says[action] = {"KeyId": "arn:aws:kms:ap-southeast-3:111122223333:key/other"}
    with pytest.raises(Tampered, match="root_other_key"):
        root.wrap(b"", b"") if action == "Encrypt" else root.unwrap(wrapped, b"")


@pytest.mark.parametrize("said", [{"CiphertextBlob": "%%%"}, {"CiphertextBlob": 7}])
def test_an_answer_that_cannot_be_read_is_no_answer(served, random, said) -> None:
    root = root_of(served.uri, random, create=True)
    served.kms.says["Encrypt"] = said
    with pytest.raises(Unavailable):
        root.wrap(b"", b"")


def test_a_name_pointed_at_another_key_opens_nothing(served, random) -> None:
    """Somebody with rights on names moved the alias: what the true key wrapped is refused by the other."""
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    root.rotate()
    served.kms.aliases["alias/tepati-1"] = served.kms.aliases["alias/tepati-2"]
    with pytest.raises(Tampered, match="keystore_entry"):
        root_of(served.uri, random).unwrap(wrapped, b"")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MultiRegion": True}, "root_exportable"), ({"Origin": "EXTERNAL"}, "root_exportable"),
        ({"Origin": "EXTERNAL_KEY_STORE"}, "root_exportable"), ({"KeySpec": "RSA_2048"}, "root_form"),
        ({"KeyUsage": "GENERATE_VERIFY_MAC"}, "root_form"), ({"KeyState": "Disabled"}, "root_disabled"),
        ({"KeyState": "PendingDeletion"}, "root_disabled"),
    ],
)  # fmt: skip
def test_a_key_that_can_leave_or_cannot_work_is_refused(served, random, change, code) -> None:
    root_of(served.uri, random, create=True)
    next(iter(served.kms.keys.values())).update(change)
    with pytest.raises(Misconfigured, match=code):
        root_of(served.uri, random)


def test_a_key_disabled_meanwhile_is_told(served, random) -> None:
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    next(iter(served.kms.keys.values()))["KeyState"] = "Disabled"
    for act in (lambda: root.wrap(b"", b""), lambda: root.unwrap(wrapped, b"")):
        with pytest.raises(Misconfigured, match="root_disabled"):
            act()


def test_in_another_region_there_is_no_root(served, random, tmp_path) -> None:
    """The signature names its region: another one refuses it, and without ``create`` nothing is made."""
    with pytest.raises(Misconfigured, match="root_refused"):
        root_of(served.uri.replace("ap-southeast-3", "eu-west-1"), random, create=True)
    assert served.kms.asked == []
    with pytest.raises(Misconfigured, match="root_missing"):
        root_of(served.uri, random)


def test_a_clock_that_is_wrong_is_refused_by_the_service(served, random) -> None:
    with pytest.raises(Misconfigured, match="root_refused"):
        root_of(served.uri, random, clock=lambda: 1_700_000_000_000_000)


def test_a_service_nobody_vouches_for_is_not_asked(served, random) -> None:
    with pytest.raises(Unavailable):
        root_of(served.uri.partition("&ca-file")[0], random)
    assert served.kms.asked == []


def test_nobody_there_is_told(served, random, tmp_path) -> None:
    with pytest.raises(Unavailable, match="root_unreachable"):
        root_of(f"aws:https://127.0.0.1:1/tepati?region=x-1&ca-file={tmp_path / 'server.pem'}", random)


def test_without_credentials_nothing_is_sent(served, random, monkeypatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Misconfigured, match="root_credentials"):
        root_of(served.uri, random)
    assert served.kms.asked == []


def test_a_session_token_is_sent_and_signed(served, random, monkeypatch) -> None:
    served.kms.secrets["AKIDTEST"] = ("rahasia/sekali+", "token==")
    with pytest.raises(Misconfigured, match="root_refused"):
        root_of(served.uri, random, create=True)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token==")
    assert root_of(served.uri, random, create=True).version == 1


def _lent(number, at):
    until = dt.datetime.fromtimestamp(at / 1_000_000, dt.UTC) + dt.timedelta(hours=1)
    return json.dumps({
        "Code": "Success", "AccessKeyId": f"ASIA{number}", "SecretAccessKey": f"secret{number}",
        "Token": f"token{number}", "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }).encode()  # fmt: skip


@pytest.mark.parametrize("lender", ["instance", "container"])
def test_a_role_of_the_machine_lends_credentials_and_renews_them(served, random, monkeypatch, lender) -> None:
    """IMDSv2 (a session first), or a container's address; they are asked for again before they end, not each time."""
    import time

    now, count, seen = time.time_ns() // 1000, itertools.count(1), []
    served.kms.secrets |= {f"ASIA{n}": (f"secret{n}", f"token{n}") for n in range(1, 4)}

    def answer(method, path, headers):
        seen.append(f"{method} {path}")
        if path == "/latest/api/token":
            return (200, b"session") if headers["X-aws-ec2-metadata-token-ttl-seconds"] else (400, b"")
        if path.startswith("/latest/") and headers.get("X-aws-ec2-metadata-token") != "session":
            return 401, b""
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, b"tepati-role\n"
        if path in {"/latest/meta-data/iam/security-credentials/tepati-role", "/v2/credentials/abc"}:
            return 200, _lent(next(count), clock["at"])
        return 404, b""

    clock = {"at": now}  # the server checks the true date: what moves is the end of what was lent
    with lending(answer) as at:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", at)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{at}/v2/credentials/abc")
        root = root_of(f"{served.uri}&credentials={lender}", random, create=True, clock=lambda: clock["at"])
        root.wrap(b"", b"")
        assert len(seen) == (3 if lender == "instance" else 1)
        root._service._who = Credentials("ASIA1", "secret1", "token1", now + 299_000_000)
        root.wrap(b"", b"")
        assert len(seen) == (6 if lender == "instance" else 2)
    with pytest.raises(Unavailable, match="root_unreachable"):
        root_of(f"{served.uri}&credentials={lender}", random)


@pytest.mark.parametrize("at", ["http://10.0.0.1/x", "https://127.0.0.1/x", "http://169.254.evil.example/x"])
def test_credentials_are_lent_by_this_machine_or_its_host_only(served, random, monkeypatch, at) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", at)
    with pytest.raises(Misconfigured, match="root_credentials"):
        root_of(f"{served.uri}&credentials=container", random)


def test_the_region_follows_from_amazons_own_names() -> None:
    at = where("aws:https://kms.ap-southeast-3.amazonaws.com/tepati-root?days=14")
    assert (at.region, at.name, at.days, at.lender, at.port) == ("ap-southeast-3", "tepati-root", 14, "env", 443)
    assert where("aws:https://vpce-1.kms.eu-west-1.vpce.amazonaws.com/t?region=eu-west-1").region == "eu-west-1"


@pytest.mark.parametrize(
    "uri",
    [
        "aws:http://kms.eu-west-1.amazonaws.com/t", "aws:https://kms.eu-west-1.amazonaws.com/",
        "aws:https://kms.example/t", "aws:https://kms.eu-west-1.amazonaws.com/t?days=6",
        "aws:https://kms.eu-west-1.amazonaws.com/t?days=31", "aws:https://kms.eu-west-1.amazonaws.com/aws/t",
        "aws:https://kms.eu-west-1.amazonaws.com/t?credentials=file", "aws:",
    ],
)  # fmt: skip
def test_an_address_of_another_form_is_refused(uri) -> None:
    with pytest.raises(Misconfigured, match="root_form"):
        where(uri)
