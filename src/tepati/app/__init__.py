"""The composition root, on top: the only place of clock and randomness. The commands are handed this package."""

from tepati.app.compose import Installation, Org, do_due, now, open_installation, opened, random
from tepati.app.demo import demo
from tepati.app.install import initialise, keep_session, publish, signed_in
from tepati.app.prove import prove
from tepati.app.serve import serve

__all__ = [
    "Installation",
    "Org",
    "demo",
    "do_due",
    "initialise",
    "keep_session",
    "now",
    "open_installation",
    "opened",
    "prove",
    "publish",
    "random",
    "serve",
    "signed_in",
]
