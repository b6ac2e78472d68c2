"""Room flows: six digits (RFC 6238): of this step of 30 seconds or the one before; each works once."""

import base64
import hmac

import pyotp

STEP = 30  # seconds a code lives (RFC 6238 section 5.2)
SECRET = 20  # bytes of an authenticator's secret


def step_of(secret: bytes, code: str, at: int) -> int:
    """Return the newest step (of 30 s) that a code is right for at ``at`` (microseconds); 0 where it is wrong."""
    codes, now = pyotp.TOTP(spelt(secret)), at // 1_000_000 // STEP
    given = code.strip().replace(" ", "").encode("utf-8", "surrogatepass")
    right = [step for step in (now - 1, now) if hmac.compare_digest(codes.at(step * STEP).encode(), given)]
    return right[-1] if right else 0


def spelt(secret: bytes) -> str:
    """Spell a secret as authenticators take it (base 32)."""
    return base64.b32encode(secret).decode()
