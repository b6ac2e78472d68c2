"""Room rules: how finely a place may be known: a world of still squares, each as wide as the declared precision."""

import math

_DEGREE = 110_574  # metres of a degree of latitude where it is shortest, at the equator (WGS 84)


def coarse(place: str, metres: int) -> str:
    """Move a place (as ``location`` writes it) to the middle of a square whose sides are no shorter than ``metres``.

    The squares lie still, so that many readings of one place are one, and no sum of them is finer.
    """
    if metres <= 1:
        return place
    latitude, longitude = (float(part) for part in place.split(","))
    step = metres / _DEGREE
    north = max(-90.0, min(90.0, round(latitude / step) * step))
    narrow = math.cos(math.radians(min(abs(north) + step / 2, 90.0)))  # of a row's side that is nearer to the pole
    around = max(1, int(360 / step * narrow)) if narrow > 0 else 1
    east = (round(longitude * around / 360) % around) * 360 / around
    digits = min(5, max(0, math.ceil(-math.log10(step / 4))))  # no more than tell one square from another
    return ",".join(f"{part + 0.0:.{digits}f}" for part in (_unsigned(north, digits), _unsigned(_west(east), digits)))


def _west(east: float) -> float:
    return east - 360 if east > 180 else east


def _unsigned(degrees: float, digits: int) -> float:
    """Write no zero with a sign."""
    return 0.0 if round(degrees, digits) == 0 else degrees
