"""Room web: an organisation's own look: its accent as rules after the stylesheet's, its mark as paths. No other style.

Everything else of the look is the house's, so that contrast, sizes and states stay as they were tested.
"""

import re
from collections.abc import Iterator

from markupsafe import Markup

from tepati.web.site.shop import Look

COLOUR = re.compile(r"#[0-9a-f]{6}")
PATH = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9 .,-]{1,400}")  # SVG 2, 9.3: path data, and nothing that is markup
MOST = 4  # paths of a mark
LEAST = 4.5  # WCAG 2.2, 1.4.3
GROUNDS = {"light": ("#fffefc", "#f8f6f2"), "dark": ("#161513", "#1e1c19")}  # paper and wash (static/tepati.css)
ON = {"light": "#ffffff", "dark": "#12182a"}  # the words of a filled button


def faults(look: Look) -> Iterator[str]:
    """Name what cannot be shown: no colour, too little contrast, a mark that is more than paths."""
    for theme in ("light", "dark") if look.accent else ():
        colour = getattr(look.accent, theme)
        if not COLOUR.fullmatch(colour):
            yield f"look.accent.{theme}: #rrggbb, in small letters"
            continue
        for other in (*GROUNDS[theme], ON[theme]):
            if (found := contrast(colour, other)) < LEAST:
                yield f"look.accent.{theme}: {colour} on {other} has a contrast of {found:.2f}, less than {LEAST}"
    if len(look.mark) > MOST or not all(PATH.fullmatch(each) for each in look.mark):
        yield f"look.mark: at most {MOST} paths of SVG"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, 1.4.3): 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rules(look: Look) -> bytes:
    """Return the rules that follow the stylesheet: the accent takes the place of nila, in both themes."""
    if look.accent is None:
        return b""
    light, dark = look.accent.light, look.accent.dark
    return (
        f"\n:root {{ --nila: {light}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not(.light) {{ --nila: {dark}; }} }}\n"
        f".dark {{ --nila: {dark}; }}\n"
    ).encode()


def mark(look: Look) -> Markup:
    """Draw the mark; nothing where there is none. It says nothing that the name beside it does not say."""
    paths = Markup("").join(Markup('<path d="{}"/>').format(each) for each in look.mark)
    drawn = Markup('<svg class="logo" viewBox="0 0 24 24" aria-hidden="true">{}</svg>')
    return drawn.format(paths) if look.mark else Markup("")
