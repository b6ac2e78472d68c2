"""Room flows: passkeys (WebAuthn level 2): what a browser is asked for, and whether what came back holds. No row.

Rules: the challenge is ours, of these ten minutes, of this session or form, and of one use; origin and name are those
that were configured; whoever holds the key was there and was verified by it; no attestation is asked for, so nothing is
learnt of the device's make. The counter of a key never goes back: a key of which there are two ends.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from ipaddress import ip_address

import msgspec
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import parse_attestation_object
from webauthn.helpers.cose import COSEAlgorithmIdentifier

from tepati.flows import guards
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import Guard, Passkey
from tepati.flows.visitors import kind
from tepati.registers import observations
from tepati.registers.macs import canonical
from tepati.registers.observations import Observation

LIFE = 600_000_000  # microseconds in which a challenge is answered (WebAuthn 5.1: five to ten minutes)
LONGEST = 6_000  # characters of an answer, as JSON: a key of RSA 2048 is under 2,000
MOST = 10  # keys of one person
UNATTESTED = ("none", "packed")  # browsers leave a key's signature about itself standing (WebAuthn 5.1.3)
COPIED = "passkey_copied"  # there are two of one key: told to its owner, and to who looks at alerts
_AT, _NONCE, _MAC = 8, 16, 32
_KINDS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
Options = dict[str, object]


@dataclass(frozen=True, slots=True)
class Party:
    """Where keys are made and used: the configured origin, and the host name in it."""

    name: str
    origin: str

    @property
    def able(self) -> bool:
        """Say whether keys can be bound to it: browsers bind none to the number of a machine."""
        try:
            ip_address(self.name)
        except ValueError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser brought: the answer (JSON), where, and the session or form (keyed hash, id) that asked for it."""

    answer: str
    party: Party
    bound: bytes


class _Said(msgspec.Struct):
    clientDataJSON: str  # noqa: N815 - a name of WebAuthn
    attestationObject: str = ""  # noqa: N815 - a name of WebAuthn


class _Answer(msgspec.Struct):
    id: str
    response: _Said


class _Client(msgspec.Struct):
    challenge: str
    crossOrigin: bool = False  # noqa: N815 - a name of WebAuthn


class Wrong(Exception):
    """An answer that does not hold; which rule it broke is told to nobody."""


def making(
    desk: Desk, party: Party, person: bytes, keys: tuple[Passkey, ...], bound: bytes, called: str = ""
) -> Options:
    """Say what a browser is asked for a new key. A customer's account is called as the organisation is: keys travel."""
    organisation = desk.notice.organisation.name
    called = called or organisation
    return {
        "challenge": _text(_challenge(desk, "create", bound)),
        "rp": {"id": party.name, "name": organisation},
        "user": {"id": _text(_handle(desk, person)), "name": called, "displayName": called},
        "pubKeyCredParams": [{"type": "public-key", "alg": int(each)} for each in _KINDS],
        "excludeCredentials": _listed(keys),
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
        },
        "attestation": "none",
        "timeout": LIFE // 1000,
    }  # fmt: skip


def using(desk: Desk, party: Party, keys: tuple[Passkey, ...], bound: bytes) -> Options:
    """Say what a browser is asked to use a key for; without ``keys`` it offers those that it holds for this place."""
    return {
        "challenge": _text(_challenge(desk, "get", bound)),
        "rpId": party.name,
        "allowCredentials": _listed(tuple(key for key in keys if not key.stopped)),
        "userVerification": "required",
        "timeout": LIFE // 1000,
    }


def made(desk: Desk, guard: Guard, shown: Shown, label: str, at: int) -> Guard:
    """Put a new key beside those of a guard. Raises Wrong: not ours, not verified, there already, or too many."""
    challenge, used = _ours(desk, guard, "create", shown, at)
    try:
        _unattested(shown)
        found = verify_registration_response(
            credential=shown.answer, expected_challenge=challenge, expected_rp_id=shown.party.name,
            expected_origin=shown.party.origin, require_user_verification=True, supported_pub_key_algs=_KINDS,
        )  # fmt: skip
    except Exception:  # noqa: BLE001 - whatever a stranger's bytes raise in the library: they do not hold
        raise Wrong from None
    if len(guard.keys) >= MOST or _of(guard, found.credential_id):
        raise Wrong
    key = Passkey(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        kind(label),
        at,
        carried=found.credential_backed_up,
    )
    return msgspec.structs.replace(guard, keys=(*guard.keys, key), taken=used, since=guard.since or at)


def taken(desk: Desk, person: bytes, guard: Guard, proof: "str | Shown", at: int) -> Guard | None:
    """Take a second factor once: a code, or a key; None where it is neither. A key that turns out copied is stopped."""
    if isinstance(proof, str):
        return guards.taken(desk, person, guard, proof, at)
    try:
        return _used(desk, guard, proof, at)
    except Wrong:
        return None


def copied(before: Guard, after: Guard | None) -> bool:
    """Say whether a key was stopped between the two: its signature was right, and its counter was not newer."""
    return after is not None and any(
        new.stopped and not old.stopped for old, new in zip(before.keys, after.keys, strict=False)
    )


async def warded(sheet: Sheet, promise: str, line: bytes) -> None:
    """Have somebody look at a copied key. No promise is broken: else who copies their own would redden the board."""
    seen = Observation(promise, sheet.at, observations.WARDED, "a copied passkey")
    await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)


def _used(desk: Desk, guard: Guard, shown: Shown, at: int) -> Guard:
    challenge, used = _ours(desk, guard, "get", shown, at)
    key = _of(guard, _bytes(msgspec.json.decode(shown.answer, type=_Answer).id))
    if key is None or key.stopped:
        raise Wrong
    try:
        found = verify_authentication_response(
            credential=shown.answer, expected_challenge=challenge, expected_rp_id=shown.party.name,
            expected_origin=shown.party.origin, credential_public_key=key.public, require_user_verification=True,
            credential_current_sign_count=0,  # judged below, once the signature is known to be the key's own
        )  # fmt: skip
    except Exception:  # noqa: BLE001 - as above
        raise Wrong from None
    again = found.new_sign_count <= key.count and (found.new_sign_count or key.count)  # WebAuthn 7.2, step 21
    new = msgspec.structs.replace(key, stopped=at) if again else _counted(key, found.new_sign_count, at)
    return msgspec.structs.replace(guard, keys=tuple(new if each is key else each for each in guard.keys), taken=used)


def _unattested(shown: Shown) -> None:
    """Refuse certificates of a maker, which we asked for none of: what reads them is not even begun. Raises Wrong."""
    said = msgspec.json.decode(shown.answer, type=_Answer).response
    told = parse_attestation_object(_bytes(said.attestationObject))
    if told.fmt not in UNATTESTED or told.att_stmt.x5c:
        raise Wrong


def _counted(key: Passkey, count: int, at: int) -> Passkey:
    return msgspec.structs.replace(key, count=count, used=at)


def _challenge(desk: Desk, use: str, bound: bytes) -> bytes:
    """Make a challenge: its instant, chance, and our MAC over both, its use and what it is bound to."""
    plain = desk.now().to_bytes(_AT) + desk.random(_NONCE)
    return plain + desk.mac(canonical("passkey challenge 1", desk.org, use, bound, plain))


def _ours(desk: Desk, guard: Guard, use: str, shown: Shown, at: int) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the challenge that was answered, and what is remembered as used from now on. Raises Wrong."""
    try:
        said = msgspec.json.decode(shown.answer[: LONGEST + 1], type=_Answer)
        client = msgspec.json.decode(_bytes(said.response.clientDataJSON), type=_Client)
        challenge = _bytes(client.challenge)
    except (ValueError, msgspec.MsgspecError):
        raise Wrong from None
    plain, mac = challenge[:-_MAC], challenge[-_MAC:]
    ours = desk.mac(canonical("passkey challenge 1", desk.org, use, shown.bound, plain))
    if client.crossOrigin or len(challenge) != _AT + _NONCE + _MAC or not hmac.compare_digest(mac, ours):
        raise Wrong
    fresh = tuple(one for one in guard.taken if at - _made(one) <= LIFE)
    if not 0 <= at - _made(plain) <= LIFE or plain in fresh:
        raise Wrong
    return challenge, (*fresh, plain)


def _made(plain: bytes) -> int:
    return int.from_bytes(plain[:_AT])


def _of(guard: Guard, credential: bytes) -> Passkey | None:
    return next((key for key in guard.keys if hmac.compare_digest(key.id, credential)), None)


def _handle(desk: Desk, person: bytes) -> bytes:
    """Name an account for the device that keeps the key: nothing of it leads back to the person."""
    return hashlib.sha256(desk.mac(canonical("passkey user 1", desk.org, person))).digest()


def _listed(keys: tuple[Passkey, ...]) -> list[Options]:
    return [{"type": "public-key", "id": _text(key.id)} for key in keys]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Read base64url without its fill. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
