"""A provider's word is believed only when every check holds, and only what is declared is kept."""

import base64
import hmac
import json
from collections.abc import Mapping

import pytest
from joserfc import jwk, jws

from tepati.errors import BadInput
from tepati.ports import openid

AT = 1_790_000_000  # seconds
ISSUER, CLIENT = "https://provider.example", "tepati-office"
NONCE = "n-0S6_WzA2Mj"
EXPECTED = openid.Expected(ISSUER, CLIENT, NONCE, AT * 1_000_000)
KEY = jwk.RSAKey.generate_key(2048, {"kid": "a", "use": "sig"})
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "a", "use": "sig"})
CURVE = jwk.ECKey.generate_key("P-256", {"kid": "b"})
KEYS = json.dumps({"keys": [KEY.as_dict(private=False), CURVE.as_dict(private=False)]}).encode()
CLAIMS: Mapping[str, object] = {
    "iss": ISSUER, "sub": "1027", "aud": CLIENT, "exp": AT + 300, "iat": AT - 5, "nonce": NONCE,
    "name": "Sari Contoh", "email": "sari@mail.example", "picture": "https://provider.example/p", "locale": "id",
}  # fmt: skip
METADATA = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys", "code_challenge_methods_supported": ["S256"],
}  # fmt: skip


def token(key: jwk.Key = KEY, alg: str = "RS256", kid: str = "a", **changed: object) -> str:
    """Return a signed ID token; a claim set to None is left out."""
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jws.serialize_compact({"alg": alg, "kid": kid}, json.dumps(claims), key, [alg])


def why(raw: str, keys: bytes = KEYS) -> object:
    """Return which check refused, after looking that no value stands in the error."""
    with pytest.raises(BadInput) as refused:
        openid.proven(raw, keys, EXPECTED)
    assert not any(value in repr(refused.value) for value in ("1027", "Sari", "sari@", NONCE))
    return refused.value.values["why"]


@pytest.mark.parametrize(("key", "alg", "kid"), [(KEY, "RS256", "a"), (KEY, "PS256", "a"), (CURVE, "ES256", "b")])
def test_a_sound_token_proves_issuer_and_subject(key: jwk.Key, alg: str, kid: str) -> None:
    who = openid.proven(token(key, alg, kid), KEYS, EXPECTED)
    assert (who.issuer, who.subject) == (ISSUER, "1027")
    assert "Sari" not in repr(who)


def test_only_declared_claims_are_kept() -> None:
    who = openid.proven(token(name={"first": "Sari"}), KEYS, EXPECTED)
    assert openid.kept(who, {"google.email": "email", "google.name": "name", "google.phone": "phone_number"}) == {
        "google.email": "sari@mail.example"
    }


FAULTS = {
    "issuer": {"iss": "https://other.example"},
    "audience": {"aud": "another-client"},
    "party": {"aud": [CLIENT, "another-client"]},
    "nonce": {"nonce": "another"},
    "expired": {"exp": AT - 61},
    "early": {"iat": AT + 61},
    "old": {"iat": AT - 3600},
    "claims": {"sub": None},
}


@pytest.mark.parametrize(("expected", "changed"), FAULTS.items())
def test_a_token_with_a_false_claim_is_refused(expected: str, changed: dict[str, object]) -> None:
    assert why(token(**changed)) == expected


@pytest.mark.parametrize("changed", [{"azp": "another-client"}, {"aud": [CLIENT, "x"], "azp": "x"}])
def test_a_token_made_for_another_party_is_refused(changed: dict[str, object]) -> None:
    assert why(token(**changed)) == "party"


@pytest.mark.parametrize("name", ["nonce", "exp", "iat", "aud", "iss"])
def test_a_token_that_leaves_a_claim_out_is_refused(name: str) -> None:
    assert why(token(**{name: None})) == "claims"


def b64(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


NONE, SHARED = b64(b'{"alg":"none","kid":"a"}'), b64(b'{"alg":"HS256","kid":"a"}')


def test_an_unsigned_token_is_refused() -> None:
    head, body, _ = token().split(".")
    assert why(f"{NONE}.{body}.") == "signature"
    assert why(f"{head}.{body}.") == "signature"


def test_the_public_key_is_no_shared_secret() -> None:
    """The old confusion: HS256 keyed with the provider's public key, as PEM, or as a key in the list."""
    _, body, _ = token().split(".")
    signed = f"{SHARED}.{body}"
    secret = KEY.as_pem(private=False)
    raw = f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"
    assert why(raw) == "signature"
    assert why(raw, json.dumps({"keys": [{"kty": "oct", "kid": "a", "k": b64(secret)}]}).encode()) == "keys"


def test_a_key_of_somebody_else_and_an_unknown_one_are_told_apart() -> None:
    assert why(token(OTHER)) == "signature"
    assert why(token(kid="rotated")) == "key"


@pytest.mark.parametrize("raw", ["", "a.b", "..", "é.é.é", "x" * 30_000])
def test_what_is_no_token_is_refused(raw: str) -> None:
    assert why(raw) in {"token", "signature"}


@pytest.mark.parametrize("keys", [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [{"kty": "RSA"}]}', b"\xff"])
def test_keys_that_cannot_be_read_are_no_keys(keys: bytes) -> None:
    assert why(token(), keys) == "keys"


def test_a_provider_names_itself_to_the_letter_and_is_reached_by_tls() -> None:
    assert openid.provider(json.dumps(METADATA).encode(), ISSUER).jwks_uri == f"{ISSUER}/keys"
    for expected, changed in (
        ("issuer", {"issuer": f"{ISSUER}/"}),
        ("endpoint", {"token_endpoint": "http://provider.example/token"}),
        ("endpoint", {"jwks_uri": "https://user@provider.example/keys"}),
        ("challenge", {"code_challenge_methods_supported": ["plain"]}),
        ("metadata", {"jwks_uri": ""}),
    ):
        with pytest.raises(BadInput) as refused:
            openid.provider(json.dumps({**METADATA, **changed}).encode(), ISSUER)
        assert refused.value.values["why"] == expected


@pytest.mark.parametrize(("promised", "iss", "taken"), [
    (True, ISSUER, True), (True, None, False), (False, None, True), (False, "https://other.example", False),
])  # fmt: skip
def test_an_answer_of_another_provider_is_a_mix_up(promised: bool, iss: str | None, taken: bool) -> None:
    said = {**METADATA, "authorization_response_iss_parameter_supported": promised}
    asked = openid.provider(json.dumps(said).encode(), ISSUER)
    if taken:
        openid.answered(asked, iss)
        return
    with pytest.raises(BadInput, match="issuer"):
        openid.answered(asked, iss)


def test_the_challenge_is_that_of_the_rfc() -> None:
    """RFC 7636, appendix B."""
    assert (
        openid.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_a_token_cannot_bring_its_own_key() -> None:
    """``jwk`` in the head is the signer's own word: the key still comes from the provider's list."""
    head = {"alg": "RS256", "kid": "a", "jwk": OTHER.as_dict(private=False)}
    assert why(jws.serialize_compact(head, json.dumps(CLAIMS), OTHER, ["RS256"])) == "signature"
