"""The composition root, on top: the only place of clock and randomness. The commands are handed this package."""

from tepati.app.compose import Installation, Org, do_due, now, open_installation, opened, random
from tepati.app.daily import everything
from tepati.app.demo import demo
from tepati.app.install import fits, initialise, keep_session, publish, sign_out, signed_in
from tepati.app.keep import bring_back, save
from tepati.app.moving import move_keys
from tepati.app.prove import prove
from tepati.app.serve import serve
from tepati.web.api.described import openapi

__all__ = [
    "Installation",
    "Org",
    "bring_back",
    "demo",
    "do_due",
    "everything",
    "fits",
    "initialise",
    "keep_session",
    "move_keys",
    "now",
    "open_installation",
    "openapi",
    "opened",
    "prove",
    "publish",
    "random",
    "save",
    "serve",
    "sign_out",
    "signed_in",
]
