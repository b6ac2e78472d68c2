"""What is wrong with a page's markup, read cheaply: of every console page that any test over HTTP gets, on its way."""

import re
from collections import Counter

TAG = re.compile(r"<(h1|input|select|textarea|button|a|th|img)\b([^>]*)>")
ID = re.compile(r'\sid="([^"]+)"')
TO = re.compile(r'\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"|\shref="#([^"]+)"')
LABEL = re.compile(r"<label\b[^>]*>.*?</label>", re.DOTALL)
FIELD = re.compile(r"<(?:input|select|textarea)\b([^>]*)>")
EMPTY = re.compile(r"<(a(?=[^>]*\shref)|button)\b(?![^>]*aria-label)[^>]*>\s*</\1>")
HANDLED = re.compile(r'<[^>]+\s(?:style|on[a-z]+)="')
QUIET = ('type="hidden"', "aria-label=")


def faults(page: str) -> list[str]:
    """Say what a reader by ear or by keyboard would miss: names, headings, targets; and what our policy forbids."""
    ids, asked = ID.findall(page), {name for pair in TO.findall(page) for each in pair for name in each.split()}
    named = set(re.findall(r'<label\b[^>]*\sfor="([^"]+)"', page))
    fields = [each for each in FIELD.findall(LABEL.sub("", page)) if not any(quiet in each for quiet in QUIET)]
    tags = Counter(name for name, _ in TAG.findall(page))
    return [
        *([f"{tags['h1']} headings of the first order"] if tags["h1"] != 1 else []),
        *(f"id twice: {name}" for name, n in Counter(ids).items() if n > 1),
        *(f"nothing has the id: {name}" for name in sorted(asked - set(ids))),
        *(f"no label: {each}" for each in fields if (found := ID.search(each)) is None or found[1] not in named),
        *(f"nothing to read in: {each[0]}" for each in EMPTY.finditer(page)),
        *(f"no scope: th{rest}" for name, rest in TAG.findall(page) if name == "th" and "scope=" not in rest),
        *(f"no alt: img{rest}" for name, rest in TAG.findall(page) if name == "img" and "alt=" not in rest),
        *(f"a policy of ours forbids: {each[0]}" for each in HANDLED.finditer(page)),
    ]
