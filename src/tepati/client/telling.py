"""Room client, pure: how a program answers its own visitor when Tepati said no, in Indonesian or English.

The promise that refuses is told, with the address of its clause in the notice. No value and no fault of the program's
own key reaches the visitor: what the program did wrong is its operator's to read, in the log.
"""

import json
import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from urllib.parse import quote

from tepati.client.problems import Busy, Changed, Faulty, Problem, Refusal, Unreached

LANGUAGES = ("id", "en")
NOTICE = ("/privasi", "/en/privacy")
STORED = "no-store"


@dataclass(frozen=True)
class Told:
    """An answer to the program's own visitor, and the line for its log, which names nobody."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    line: str
    level: int  # of logging: an error where the program or its installation is at fault, not what the visitor asked


def told(problem: Problem, root: str, *, accept: str = "", languages: str = "") -> Told:
    """Tell a problem. ``root`` is the organisation's address; ``accept``, ``languages``: the visitor's headers."""
    lang = _language(languages)
    words = _words(lang)
    status, key = _status(problem)
    body: dict[str, object] = {
        "type": f"urn:tepati:{problem.code}", "title": words[key], "status": status,
    }  # fmt: skip
    promise = problem.promise if isinstance(problem, Refusal) else ""
    if promise:
        body |= {"promise": promise, "notice": f"{root}{NOTICE[lang]}#{quote(promise)}"}
    if isinstance(problem, Faulty):
        body["faults"] = dict(problem.faults)
    page = "text/html" in accept and "json" not in accept
    headers = {
        "content-type": "text/html; charset=utf-8" if page else "application/problem+json",
        "cache-control": STORED, "vary": "accept, accept-language", "content-language": LANGUAGES[lang],
    }  # fmt: skip
    if isinstance(problem, Busy):
        headers["retry-after"] = str(problem.after)
    line = f"tepati: {problem.status} {problem.code}{f' by {promise}' if promise else ''}"
    said = _page(body, lang) if page else json.dumps(body, ensure_ascii=False)
    return Told(status, headers, said.encode(), line, logging.ERROR if key == "broken" else logging.WARNING)


def _status(problem: Problem) -> tuple[int, str]:
    """Choose the status: a refusal is the visitor's to read, a bad key or a broken answer is a gateway's (RFC 9110)."""
    match problem:
        case Refusal():
            return 403, "refused" if problem.promise else "hidden"
        case Faulty():
            return 400, "faulty"
        case Changed():
            return 409, "changed"
        case Busy():
            return 503, "busy"
        case Unreached():
            return 504, "broken"
        case _:
            return 502, "broken"


@cache
def _words(lang: int) -> Mapping[str, str]:
    """Read the words of a language, once."""
    path = files("tepati.client").joinpath("wording", f"{LANGUAGES[lang]}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def _language(languages: str) -> int:
    """Take the first language of ours that an Accept-Language names; Indonesian where it names none."""
    named = [one.partition(";")[0].strip()[:2].lower() for one in languages.split(",")]
    return next((LANGUAGES.index(one) for one in named if one in LANGUAGES), 0)


def _page(body: Mapping[str, object], lang: int) -> str:
    """Write the same as a page of its own, which fetches nothing."""
    said = f"<h1>{escape(str(body['title']))}</h1>"
    if "promise" in body:
        name = escape(str(body["promise"]))
        said += f'<p>{_words(lang)["clause"]}: <a href="{escape(str(body["notice"]))}">{name}</a></p>'
    if isinstance(faults := body.get("faults"), dict):
        said += "".join(f"<p>{escape(field)}: {escape(str(code))}</p>" for field, code in faults.items())
    title = escape(str(body["title"]))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return f'<!doctype html><html lang="{LANGUAGES[lang]}"><head>{head}</head><body><main>{said}</main></body></html>'
