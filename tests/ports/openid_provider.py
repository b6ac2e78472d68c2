"""A sign-in provider of the tests' own: it signs, keeps codes for one use and checks PKCE, over a real TLS socket."""

import base64
import http.server
import json
import secrets
import ssl
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwk, jws

from tepati.ports import openid

CLIENT, SECRET = "tepati-office", "s3cret/of tests"
PERSON = {"sub": "1027", "name": "Sari Contoh", "email": "sari@mail.example", "picture": "https://p.example/1"}


@dataclass
class Provider:
    """What it published, whom it knows, and what it was asked; ``changed`` claims make its tokens false."""

    issuer: str = ""
    key: jwk.RSAKey = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "a", "use": "sig"}))
    keys: list[jwk.RSAKey] = field(default_factory=list)
    now: int = 0  # seconds
    changed: dict[str, object] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    methods: tuple[str, ...] = ("client_secret_basic",)
    broken: int = 0

    def answer(self, method: str, url: str, body: str, basic: str) -> tuple[int, dict[str, str], object]:
        at = urlsplit(url)
        self.asked.append(f"{method} {at.path}")
        said = {name: values[0] for name, values in parse_qs(body or at.query).items()}
        if self.broken:
            return self.broken, {"location": "https://elsewhere.example/"}, {}
        if at.path == "/.well-known/openid-configuration":
            return 200, {}, self.metadata()
        if at.path == "/keys":
            return 200, {}, {"keys": [each.as_dict(private=False) for each in self.keys or [self.key]]}
        if at.path == "/auth":
            return self.authorised(said)
        return self.exchanged(said, basic) if at.path == "/token" else (404, {}, {})

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": self.methods,
        }  # fmt: skip

    def authorised(self, said: dict[str, str]) -> tuple[int, dict[str, str], object]:
        code = secrets.token_urlsafe(16)
        self.codes[code] = said
        back = urlencode({"code": code, "state": said["state"], "iss": self.issuer})
        return 302, {"location": f"{said['redirect_uri']}?{back}"}, {}

    def exchanged(self, said: dict[str, str], basic: str) -> tuple[int, dict[str, str], object]:
        pair = base64.b64encode(b"tepati-office:s3cret%2Fof+tests").decode()
        posted = (said.get("client_id"), said.get("client_secret")) == (CLIENT, SECRET)
        if not (posted if "client_secret_post" in self.methods else basic == f"Basic {pair}"):
            return 401, {}, {"error": "invalid_client"}
        asked = self.codes.pop(said["code"], None)
        if (
            asked is None
            or asked["redirect_uri"] != said["redirect_uri"]
            or asked["code_challenge"] != openid.challenge(said["code_verifier"])
        ):
            return 400, {}, {"error": "invalid_grant"}
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": asked["nonce"]}
        text = json.dumps({**claims, **PERSON, **self.changed})
        token = jws.serialize_compact({"alg": "RS256", "kid": self.key.kid}, text, self.key, ["RS256"])
        return 200, {}, {"access_token": "unused", "token_type": "Bearer", "id_token": token}


def serve(provider: Provider, context: ssl.SSLContext) -> http.server.ThreadingHTTPServer:
    """Serve it on a free port of this machine; the caller shuts it down."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            basic = self.headers.get("authorization", "")
            status, headers, said = provider.answer(self.command, self.path, body, basic)
            raw = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    provider.issuer = f"https://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
