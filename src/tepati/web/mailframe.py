"""Room web: the policy under which the demo shows a received message: no script, no loading, its own style by hash."""

import base64
import re
from hashlib import sha256

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def policy(html: str) -> str:
    """Return the Content-Security-Policy of one message: its style elements by hash, links open in the window above."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(sha256(css.encode()).digest()).decode()}'" for css in STYLE.findall(html)
    )
    return (
        f"default-src 'none'; style-src {hashes or chr(39) + 'none' + chr(39)}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation allow-popups"
    )
