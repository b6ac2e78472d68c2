"""Room web: a place that the notice takes from the device: a button asks the browser, which asks its owner.

Without script, or after a no, the place is typed or left out. It leaves the page no finer than a fifth of what is
declared to be kept, and the door cuts it. No other page may ask.
"""

import math
from collections.abc import Mapping

from tepati.notice.model import Notice
from tepati.web.site.frame import Visit
from tepati.web.site.passkeys import POLICY

DEGREE = 111_320  # metres of latitude
MAY = "camera=(), geolocation=(self), microphone=(), payment=(), usb=(), browsing-topics=()"


def digits(notice: Notice, path: str) -> str:
    """Say with how many decimals a device's place leaves the page; "" for a field that no device fills."""
    category, _, name = path.partition(".")
    held = notice.data[category]
    field = held.fields[name]
    if held.source != "device" or field.type != "location":
        return ""
    return str(max(0, math.ceil(math.log10(5 * DEGREE / field.precision)))) if field.precision else "5"


def script(at: Visit) -> str:
    """Name the script that asks."""
    return f"/static/{at.house.assets['place'].name}"


def allowed(*, asks: bool) -> Mapping[str, str]:
    """Give the headers of a page that may ask."""
    return {"permissions-policy": MAY, "content-security-policy": POLICY} if asks else {}
