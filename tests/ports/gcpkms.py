"""Google Cloud KMS as its documentation describes it, over real TLS, with the exchange of tokens beside it.

It checks the JWT (signature, audience, times, scope), every CRC32C it is sent, and its AES-GCM is real.
"""

import base64
import http.server
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.ports.certificate import contexts

RING = "projects/fineclean/locations/asia-southeast2/keyRings/tepati"
KEY = f"{RING}/cryptoKeys/root"
EMAIL = "tepati@fineclean.iam.gserviceaccount.com"


class Fault(Exception):
    """What the service answers instead: its status by name and number."""

    def __init__(self, name: str, status: int) -> None:
        self.name, self.status = name, status
        super().__init__(name)


def crc32c(raw: bytes) -> int:
    """Compute by a table, as whoever wrote the service may have."""
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ 0x82F63B78 if n & 1 else n >> 1  # noqa: PLW2901 - the usual way
        table.append(n)
    crc = 0xFFFFFFFF
    for byte in raw:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _unurl(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Kms:
    """One ring, its keys' versions, and the tokens that were given out."""

    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    audience: str = ""
    tokens: set[str] = field(default_factory=lambda: {"lent"})
    exchanged: int = 0
    lasts: int = 3600
    about: dict = field(default_factory=dict)
    versions: dict[int, dict] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: Fault | None = None
    says: dict[str, dict] = field(default_factory=dict)  # what is changed in the answer to an act

    def exchange(self, form: dict[str, list[str]]) -> dict:
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        text, _, signature = form["assertion"][0].rpartition(".")
        head, claims = (json.loads(_unurl(part)) for part in text.split("."))
        try:
            self.private.public_key().verify(_unurl(signature), text.encode(), PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise Fault("invalid_grant", 400) from None
        now = time.time()
        sound = (
            head == {"alg": "RS256", "typ": "JWT", "kid": "k1"} and claims["iss"] == EMAIL
            and claims["aud"] == self.audience and claims["scope"] == "https://www.googleapis.com/auth/cloudkms"
            and abs(claims["iat"] - now) < 300 and claims["exp"] - claims["iat"] <= 3600
        )  # fmt: skip
        if not sound:
            raise Fault("invalid_grant", 400)
        self.exchanged += 1
        self.tokens.add(f"token-{self.exchanged}")
        return {"access_token": f"token-{self.exchanged}", "expires_in": self.lasts, "token_type": "Bearer"}

    def answer(self, method: str, path: str, token: str, body: dict) -> dict:
        act = path.rpartition(":")[2] if ":" in path else path.partition("?")[0].rpartition("/")[2]
        self.asked.append(f"{method} {act}")
        if token not in self.tokens:
            raise Fault("UNAUTHENTICATED", 401)
        if self.broken:
            raise self.broken
        said = self.create(path, body) if path.startswith(f"{RING}/cryptoKeys?") else self.of_key(method, path, body)
        return {**said, **self.says.get(act, {})}

    def create(self, path: str, body: dict) -> dict:
        assert path == f"{RING}/cryptoKeys?cryptoKeyId=root"
        if self.about:
            raise Fault("ALREADY_EXISTS", 409)
        self.about = body
        self.add()
        return {"name": KEY}

    def add(self) -> dict:
        number = max(self.versions, default=0) + 1
        template = self.about["versionTemplate"]
        self.versions[number] = {
            "name": f"{KEY}/cryptoKeyVersions/{number}", "state": "ENABLED", "algorithm": template["algorithm"],
            "protectionLevel": template["protectionLevel"], "createTime": "2026-11-18T12:00:00.123456789Z",
            "raw": os.urandom(32),
        }  # fmt: skip
        return self.shown(number)

    def shown(self, number: int) -> dict:
        if number not in self.versions:
            raise Fault("NOT_FOUND", 404)
        return {name: value for name, value in self.versions[number].items() if name != "raw"}

    def of_key(self, method: str, path: str, body: dict) -> dict:
        if not path.startswith(KEY) or not self.about:
            raise Fault("NOT_FOUND", 404)
        rest = path.removeprefix(KEY)
        if rest == ":decrypt":
            return self.decrypt(body)
        if rest.partition("?")[0] == "/cryptoKeyVersions":
            return self.add() if method == "POST" else self.listed(parse_qs(urlsplit(path).query))
        number, _, act = rest.removeprefix("/cryptoKeyVersions/").partition(":")
        if act == "encrypt":
            return self.encrypt(int(number), body)
        if act == "destroy":
            self.versions[int(number)] |= {
                "state": "DESTROY_SCHEDULED", "destroyTime": "2026-12-01T03:04:05.678Z"
            }  # fmt: skip
        return self.shown(int(number))

    def listed(self, query: dict) -> dict:
        numbers = sorted(self.versions)
        start = int(query.get("pageToken", ["0"])[0])
        more = {"nextPageToken": str(start + 2)} if start + 2 < len(numbers) else {}
        return {"cryptoKeyVersions": [self.shown(n) for n in numbers[start : start + 2]], **more}

    def given(self, body: dict, name: str) -> bytes:
        raw = base64.b64decode(body[name], validate=True)
        if int(body[f"{name}Crc32c"]) != crc32c(raw):
            raise Fault("INVALID_ARGUMENT", 400)
        return raw

    def enabled(self, number: int) -> bytes:
        self.shown(number)
        if self.versions[number]["state"] != "ENABLED":
            raise Fault("FAILED_PRECONDITION", 400)
        return self.versions[number]["raw"]

    def encrypt(self, number: int, body: dict) -> dict:
        nonce, key = os.urandom(12), self.enabled(number)
        sealed = AESGCM(key).encrypt(
            nonce, self.given(body, "plaintext"), self.given(body, "additionalAuthenticatedData")
        )
        raw = number.to_bytes(4) + nonce + sealed
        return {
            "name": self.versions[number]["name"], "ciphertext": base64.b64encode(raw).decode(),
            "ciphertextCrc32c": str(crc32c(raw)), "verifiedPlaintextCrc32c": True,
            "verifiedAdditionalAuthenticatedDataCrc32c": True,
        }  # fmt: skip

    def decrypt(self, body: dict) -> dict:
        raw = self.given(body, "ciphertext")
        number = int.from_bytes(raw[:4])
        if number not in self.versions:
            raise Fault("INVALID_ARGUMENT", 400)
        try:
            aad = self.given(body, "additionalAuthenticatedData")
            plain = AESGCM(self.enabled(number)).decrypt(raw[4:16], raw[16:], aad)
        except InvalidTag:
            raise Fault("INVALID_ARGUMENT", 400) from None
        return {"plaintext": base64.b64encode(plain).decode(), "plaintextCrc32c": str(crc32c(plain))}


@contextmanager
def serving(folder: Path, kms: Kms) -> Iterator[str]:
    """Serve by TLS on this machine, and write a service account's key file; give the address of the root."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                if self.path == "/token":
                    said, status = kms.exchange(parse_qs(raw.decode())), 200
                else:
                    token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                    path = self.path.removeprefix("/v1/")
                    said, status = kms.answer(self.command, path, token, json.loads(raw or b"{}")), 200
            except Fault as fault:
                said = {"error": {"code": fault.status, "status": fault.name, "message": "something about a secret"}}
                status = fault.status
            body = json.dumps(said).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _do  # noqa: N815 - the names http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context, _ = contexts(folder)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    at = f"https://127.0.0.1:{server.server_port}"
    kms.audience = f"{at}/token"
    private = kms.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account", "client_email": EMAIL, "private_key_id": "k1", "private_key": private.decode(),
        "token_uri": kms.audience,
    }  # fmt: skip
    (folder / "account.json").write_text(json.dumps(account))
    try:
        yield f"gcp:{at}/{KEY}?credentials={folder / 'account.json'}&ca-file={folder / 'server.pem'}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
