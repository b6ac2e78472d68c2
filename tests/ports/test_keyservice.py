"""A root in a key service: a contract test against a server that speaks the documented HTTP API over real TLS.

No such service can be started here. The server below keeps keys and answers as the API's documentation says.
"""

import base64
import http.server
import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.app.roots import root_of
from tepati.errors import Misconfigured, Tampered, Unavailable
from tepati.ports.keyservice import where
from tepati.vault.keystore import KeyStore
from tepati.vault.root import Grade
from tests.ports.certificate import contexts


@dataclass
class Engine:
    """Keys by name, as the engine keeps them."""

    token: str = "s.first"
    keys: dict[str, dict[int, bytes]] = field(default_factory=dict)
    about: dict[str, dict[str, object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: int = 0  # a status that every answer has

    def answer(self, method: str, path: str, token: str, body: dict) -> tuple[int, dict | None]:
        self.asked.append(f"{method} {path}")
        if self.broken:
            return self.broken, {"errors": ["something about a secret"]}
        if token != self.token:
            return 403, {"errors": ["permission denied"]}
        what, _, rest = path.partition("/")
        name, _, act = rest.partition("/")
        if what == "keys":
            return self.key(method, name, act, body)
        return (self.encrypt if what == "encrypt" else self.decrypt)(name, body)

    def key(self, method, name, act, body):
        if method == "POST" and not act:
            return self.create(name, body)
        if name not in self.keys:
            return 404, {"errors": []}
        about, versions = self.about[name], self.keys[name]
        if act == "rotate":
            versions[max(versions) + 1] = os.urandom(32)
        elif act == "config":
            if max(body.values()) > max(versions):
                return 400, {"errors": ["cannot set min version higher than latest"]}
            about |= body
        elif act == "trim":
            least = body["min_available_version"]
            limits = about["min_decryption_version"], about["min_encryption_version"]
            if not all(limits) or least > min(limits):
                return 400, {"errors": ["cannot trim"]}
            about["min_available_version"] = least
            self.keys[name] = {n: key for n, key in versions.items() if n >= least}
        else:
            return 200, {"data": {**about, "name": name, "latest_version": max(versions),
                                  "keys": dict.fromkeys(map(str, versions), 1)}}  # fmt: skip
        return 204, None

    def create(self, name, body):
        if name not in self.keys:
            self.keys[name] = {1: os.urandom(32)}
            self.about[name] = {"type": body.get("type", "aes256-gcm96"), "min_decryption_version": 1,
                                "min_encryption_version": 0, "min_available_version": 0, "exportable": False,
                                "allow_plaintext_backup": False, "deletion_allowed": False}  # fmt: skip
        return 200, {"data": {}}

    def encrypt(self, name, body):
        version = body["key_version"]
        nonce = os.urandom(12)
        plain, aad = (base64.b64decode(body[part]) for part in ("plaintext", "associated_data"))
        sealed = nonce + AESGCM(self.keys[name][version]).encrypt(nonce, plain, aad)
        return 200, {"data": {"ciphertext": f"vault:v{version}:{base64.b64encode(sealed).decode()}"}}

    def decrypt(self, name, body):
        _, version, sealed = body["ciphertext"].split(":")
        raw, number = base64.b64decode(sealed), int(version[1:])
        if number < self.about[name]["min_decryption_version"]:
            return 400, {"errors": ["ciphertext version is disallowed by policy (too old)"]}
        try:
            plain = AESGCM(self.keys[name][number]).decrypt(
                raw[:12], raw[12:], base64.b64decode(body["associated_data"])
            )
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


@dataclass
class Served:
    engine: Engine
    uri: str
    token: Path


@pytest.fixture
def served(tmp_path):
    """Serve an engine by TLS on this machine."""
    engine = Engine()

    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            assert self.path.startswith("/v1/transit/")
            path = self.path.removeprefix("/v1/transit/")
            status, said = engine.answer(self.command, path, self.headers.get("X-Vault-Token", ""), body)
            raw = json.dumps(said).encode() if said is not None else b""
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _do  # noqa: N815 - the names http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context, _ = contexts(tmp_path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    token = tmp_path / "token"
    token.write_text("s.first\n")
    at = f"https://127.0.0.1:{server.server_port}/transit/tepati"
    yield Served(engine, f"transit:{at}?token-file={token}&ca-file={tmp_path / 'server.pem'}", token)
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_wrapped_opens_under_its_own_words_only(served, random) -> None:
    """Bound to version and place; an entry that was changed, or moved, is forged and not unavailable."""
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"epoch 1")
    assert (wrapped[:4], len(wrapped)) == (b"\0\0\0\1", 4 + 12 + 32 + 16)
    assert root.unwrap(wrapped, b"epoch 1") == b"k" * 32
    for changed, aad in ((wrapped, b"epoch 2"), (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"epoch 1")):
        with pytest.raises(Tampered, match="keystore_entry"):
            root.unwrap(changed, aad)
    assert "k" * 32 not in " ".join(served.engine.asked)


def test_a_destroyed_version_is_trimmed_and_read_back(served, random) -> None:
    """Rotated, the old still opens; destroyed, it is out of the service, and the grade claims no more than that."""
    root = root_of(served.uri, random, create=True)
    old = root.wrap(b"o" * 32, b"")
    assert root.rotate() == 2
    assert root.unwrap(old, b"") == b"o" * 32
    with pytest.raises(Misconfigured, match="root_newest"):
        root.destroy(2)
    assert root.destroy(1) == Grade("overwritten")
    assert list(served.engine.keys["tepati"]) == [2]
    with pytest.raises(Misconfigured, match="root_version"):
        root.unwrap(old, b"")
    assert root.destroy(1) == Grade("overwritten"), "twice is once"


def test_a_key_store_changes_its_root_there(served, random, clock, tmp_path) -> None:
    """Everything is wrapped anew, then the old version is trimmed; nothing in the files is under it."""
    folders = tmp_path / "a", tmp_path / "b"
    keystore = KeyStore(folders, root_of(served.uri, random, create=True), random, clock)
    key = keystore.secret("mac", "fineclean")
    assert keystore.rotate_root() == Grade("overwritten")
    keystore.close()
    again = KeyStore(folders, root_of(served.uri, random), random, clock)
    assert again.secret("mac", "fineclean") == key
    heads = {bytes(row[0])[:4] for m in again.mirrors for row in m.rows("SELECT wrapped FROM secret")}
    assert heads == {b"\0\0\0\2"}
    again.close()


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Misconfigured), (500, Unavailable), (503, Unavailable), (307, Unavailable)]
)
def test_a_service_that_refuses_or_fails_changes_nothing(served, random, status, kind) -> None:
    """No redirect is followed; the service's own words are not passed on."""
    root = root_of(served.uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    served.engine.broken = status
    for act in (lambda: root.wrap(b"", b""), lambda: root.unwrap(wrapped, b""), root.rotate, lambda: root.destroy(1)):
        with pytest.raises(kind) as failed:
            act()
        assert "secret" not in f"{failed.value!r} {failed.value.__cause__!r} {failed.value.__context__!r}"
    assert list(served.engine.keys["tepati"]) == [1]


def test_the_token_is_read_for_each_request(served, random) -> None:
    """An agent beside Tepati renews it; a token that is gone is told."""
    root = root_of(served.uri, random, create=True)
    served.engine.token = "s.second"
    with pytest.raises(Misconfigured, match="root_refused"):
        root.wrap(b"", b"")
    served.token.write_text("s.second")
    assert root.wrap(b"", b"")
    served.token.unlink()
    with pytest.raises(Misconfigured, match="root_missing"):
        root.wrap(b"", b"")


@pytest.mark.parametrize(
    "change", [{"exportable": True}, {"allow_plaintext_backup": True}, {"type": "chacha20-poly1305"}]
)
def test_a_key_that_can_leave_or_of_another_kind_is_refused(served, random, change) -> None:
    root_of(served.uri, random, create=True)
    served.engine.about["tepati"] |= change
    with pytest.raises(Misconfigured):
        root_of(served.uri, random)


def test_a_service_nobody_vouches_for_is_not_asked(served, random) -> None:
    """Without the authority's certificate the connection is refused before the token is sent."""
    with pytest.raises(Unavailable):
        root_of(served.uri.partition("&ca-file")[0], random)
    assert served.engine.asked == []
    with pytest.raises(Misconfigured, match="root_missing"):
        root_of(served.uri, random)


@pytest.mark.parametrize(
    "uri",
    [
        "transit:http://h/transit/k?token-file=/t", "transit:https://h/k?token-file=/t", "transit:https://h/transit/k",
        "transit:",
    ],
)  # fmt: skip
def test_an_address_without_tls_mount_or_token_is_refused(uri) -> None:
    with pytest.raises(Misconfigured, match="root_form"):
        where(uri)
