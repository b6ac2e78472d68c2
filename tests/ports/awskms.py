"""AWS KMS as its documentation describes it, over real TLS: it checks each signature, and its AES-GCM is real.

It keeps no more of the service than what Tepati asks; aliases, states and faults are named as the service names them.
"""

import base64
import datetime as dt
import hashlib
import hmac
import http.server
import json
import os
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.ports.certificate import contexts

REGION = "ap-southeast-3"


class Fault(Exception):
    """What the service answers instead: the name of the fault, and its status."""

    def __init__(self, kind: str, status: int = 400) -> None:
        self.kind, self.status = kind, status
        super().__init__(kind)


@dataclass
class Kms:
    """Keys, aliases, and who may ask."""

    secrets: dict[str, tuple[str, str]] = field(default_factory=lambda: {"AKIDTEST": ("rahasia/sekali+", "")})
    keys: dict[str, dict] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    contexts: list[dict] = field(default_factory=list)
    broken: dict[str, Fault] = field(default_factory=dict)  # action, or "": every one -> what it answers
    says: dict[str, dict] = field(default_factory=dict)  # action -> what is changed in its answer
    page: int = 2
    waited: list[int] = field(default_factory=list)

    def answer(self, action: str, body: dict) -> dict:
        self.asked.append(action)
        for name in (action, ""):
            if name in self.broken:
                raise self.broken[name]
        said = getattr(self, _snake(action))(body)
        return {**said, **self.says.get(action, {})}

    def key(self, name: str, *states: str) -> dict:
        found = self.keys.get(self.aliases.get(name, name))
        if found is None:
            raise Fault("NotFoundException")
        if states and found["KeyState"] not in states:
            raise Fault("DisabledException" if found["KeyState"] == "Disabled" else "KMSInvalidStateException")
        return found

    def create_key(self, body):
        assert body["Tags"][0]["TagKey"] == "tepati-root"
        name = str(uuid.uuid4())
        self.keys[name] = {
            "KeyId": name, "Arn": f"arn:aws:kms:{REGION}:111122223333:key/{name}", "KeyState": "Enabled",
            "KeySpec": body["KeySpec"], "KeyUsage": body["KeyUsage"], "Origin": body["Origin"],
            "MultiRegion": body["MultiRegion"], "raw": os.urandom(32),
        }  # fmt: skip
        return self.describe_key({"KeyId": name})

    def create_alias(self, body):
        if body["AliasName"] in self.aliases:
            raise Fault("AlreadyExistsException")
        self.key(body["TargetKeyId"])
        self.aliases[body["AliasName"]] = body["TargetKeyId"]
        return {}

    def list_aliases(self, body):
        every = [{"AliasName": "alias/aws/s3"}, {"AliasName": "alias/other-9", "TargetKeyId": "x"}]
        every += [{"AliasName": name, "TargetKeyId": key} for name, key in sorted(self.aliases.items())]
        start = int(body.get("Marker", 0))
        more = {"Truncated": True, "NextMarker": str(start + self.page)} if start + self.page < len(every) else {}
        return {"Aliases": every[start : start + self.page], "Truncated": False, **more}

    def describe_key(self, body):
        return {"KeyMetadata": {name: value for name, value in self.key(body["KeyId"]).items() if name != "raw"}}

    def schedule_key_deletion(self, body):
        key = self.key(body["KeyId"], "Enabled", "Disabled")
        self.waited.append(body["PendingWindowInDays"])
        until = dt.datetime(2026, 12, 1, 3, 4, 5, 678000, tzinfo=dt.UTC) + dt.timedelta(body["PendingWindowInDays"])
        key |= {"KeyState": "PendingDeletion", "DeletionDate": until.timestamp()}
        return {"KeyId": key["Arn"], "DeletionDate": until.timestamp(), "KeyState": "PendingDeletion"}

    def encrypt(self, body):
        key, nonce = self.key(body["KeyId"], "Enabled"), os.urandom(12)
        self.contexts.append(body["EncryptionContext"])
        aad = json.dumps(body["EncryptionContext"], sort_keys=True).encode()
        sealed = AESGCM(key["raw"]).encrypt(nonce, base64.b64decode(body["Plaintext"], validate=True), aad)
        blob = uuid.UUID(key["KeyId"]).bytes + nonce + sealed
        return {"CiphertextBlob": base64.b64encode(blob).decode(), "KeyId": key["Arn"]}

    def decrypt(self, body):
        blob, key = base64.b64decode(body["CiphertextBlob"], validate=True), self.key(body["KeyId"], "Enabled")
        if str(uuid.UUID(bytes=blob[:16])) != key["KeyId"]:
            raise Fault("IncorrectKeyException")
        aad = json.dumps(body["EncryptionContext"], sort_keys=True).encode()
        try:
            plain = AESGCM(key["raw"]).decrypt(blob[16:28], blob[28:], aad)
        except InvalidTag:
            raise Fault("InvalidCiphertextException") from None
        return {"Plaintext": base64.b64encode(plain).decode(), "KeyId": key["Arn"]}

    def verify(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        """Check a signature as the service does: the scope, the date, the token, each signed header, the body."""
        kind, _, rest = headers.get("authorization", "").partition(" ")
        if kind != "AWS4-HMAC-SHA256":
            raise Fault("MissingAuthenticationTokenException")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        who, *scope = parts["Credential"].split("/")
        if who not in self.secrets:
            raise Fault("UnrecognizedClientException")
        secret, token = self.secrets[who]
        instant = headers["x-amz-date"]
        made = dt.datetime.strptime(instant, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        if scope != [instant[:8], REGION, "kms", "aws4_request"]:
            raise Fault("InvalidSignatureException")
        if abs(dt.datetime.now(dt.UTC) - made) > dt.timedelta(minutes=5):
            raise Fault("InvalidSignatureException")
        if headers.get("x-amz-security-token", "") != token:
            raise Fault("UnrecognizedClientException")
        names = parts["SignedHeaders"].split(";")
        assert {"host", "x-amz-date", "x-amz-target", "content-type"} <= set(names)
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        request = f"{method}\n{path}\n\n{lines}\n{';'.join(names)}\n{hashlib.sha256(body).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{instant}\n{'/'.join(scope)}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = ("AWS4" + secret).encode()
        for part in scope:
            key = hmac.new(key, part.encode(), "sha256").digest()
        if not hmac.compare_digest(hmac.new(key, text.encode(), "sha256").hexdigest(), parts["Signature"]):
            raise Fault("InvalidSignatureException")


def _snake(action: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", action).lower()


@contextmanager
def serving(folder: Path, kms: Kms) -> Iterator[str]:
    """Serve by TLS on this machine; give the address of a root ``tepati``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                kms.verify("POST", self.path, headers, raw)
                said, status = kms.answer(headers["x-amz-target"].removeprefix("TrentService."), json.loads(raw)), 200
            except Fault as fault:
                kind = f"com.amazonaws.kms#{fault.kind}" if fault.status == 400 else fault.kind
                said, status = {"__type": kind, "message": "something about a secret"}, fault.status
            body = json.dumps(said).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context, _ = contexts(folder)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"aws:https://127.0.0.1:{server.server_port}/tepati?region={REGION}&ca-file={folder / 'server.pem'}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
