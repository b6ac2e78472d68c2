"""Room web: does a site.toml fit its notice? The first thing that does not is named, and the site does not start."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from tepati.errors import Misconfigured
from tepati.notice.model import Field, Notice, Point
from tepati.web.site import look
from tepati.web.site.shop import Asking, Contact, Read, Shop, fields_of

PATH = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
FILES = frozenset({"file", "image", "voice", "document", "signature"})
TAKEN = frozenset({"diterima", "received"})


def shop(source: bytes, notice: Notice) -> Read:
    """Read a site.toml against its notice. Raises Misconfigured naming the first thing that does not fit."""
    try:
        found = msgspec.convert(tomllib.loads(source.decode("utf-8")), Shop)
    except (ValueError, msgspec.ValidationError) as error:
        raise _wrong(str(error)) from None
    for fault in chain(_forms(found, notice), _shared(found, notice), look.faults(found.look)):
        raise _wrong(fault)
    further = {key: Read(found, page, fields_of(page), key) for key, page in found.forms.items()}
    return Read(found, found, fields_of(found), further=further)


def _wrong(what: str) -> Misconfigured:
    return Misconfigured("site_toml", what=what)


def _forms(found: Shop, notice: Notice) -> Iterator[str]:
    """Name what does not fit in the form pages, each at its own point."""
    pages: dict[str, Asking] = {"": found, **{f"forms.{key}: ": page for key, page in found.forms.items()}}
    contact = [found.contact.point] if found.contact else []
    yield from _twice("points", [*(page.point for page in pages.values()), *contact])
    for where, page in pages.items():
        yield from (f"{where}{fault}" for fault in _form(page, notice, terms=found.terms is not None))
    for lang in ("id", "en"):
        yield from _twice("path", [page.path.of(lang) for page in found.forms.values()])
    for key, further in found.forms.items():
        if not PATH.fullmatch(key):
            yield f"forms.{key}"
        if not all(PATH.fullmatch(path) and path not in TAKEN for path in (further.path.id, further.path.en)):
            yield f"forms.{key}.path"
    if found.contact:
        yield from _contact(found.contact, notice)


def _twice(what: str, names: list[str]) -> Iterator[str]:
    yield from (f"{what}: {name} stands twice" for name in names if names.count(name) > 1)


def _form(page: Asking, notice: Notice, *, terms: bool) -> Iterator[str]:
    if page.point not in notice.points:
        yield f"points.{page.point}"
        return
    point, asked = notice.points[page.point], fields_of(page)
    if closed := _closed(point):
        yield f"points.{page.point}.{closed}"
    if point.terms and not terms:
        yield f"points.{page.point}.terms: [terms]"
    roles = {"date": page.date, "slot": page.slot, "moment": page.moment, "offer": page.offer}
    yield from (name for name in sorted({*asked, *filter(None, roles.values())} - set(point.collects)))
    yield from _twice("groups", list(asked))
    yield from (f"{role}: {name} in no group" for role, name in roles.items() if name and name not in asked)
    if bool(page.date) != bool(page.slot):
        yield "date and slot: one without the other"
    if not 0 <= page.earliest <= page.latest:
        yield "earliest, latest"
    yield from _asked(point, asked, notice, _kinds(page))


def _kinds(page: Asking) -> dict[str, str]:
    """Give the type that each field with a role of its own must have."""
    kinds = {page.date: "date", page.slot: "choice", page.moment: "time", page.offer: "choice"}
    return {name: kind for name, kind in kinds.items() if name}


def _closed(point: Point) -> str:
    """Name what shuts a point to people at the site."""
    shut = {
        "channels: site": "site" not in point.channels, "automatic": point.automatic, "sent_by": bool(point.sent_by),
        "entered_by": bool(point.entered_by), "proposal": point.proposal is not None,
        "about": bool(point.about), "from": point.from_ is not None,
    }  # fmt: skip
    return next((name for name, is_shut in shut.items() if is_shut), "")


def _asked(point: Point, asked: tuple[str, ...], notice: Notice, kinds: dict[str, str]) -> Iterator[str]:
    declared = {path: field_of(notice, path) for path in point.collects}
    if not any(declared[path].identifies for path in asked if path in declared):
        yield "no field of the form identifies its sender: no letter could confirm it"
    for path, field in sorted(declared.items()):
        if path not in asked and not (field.optional or field.derived_from):
            yield f"{path} in no group, and not optional"
        if path in asked and field.type in FILES:
            yield f"{path}: a form page takes no file"
        if path in kinds and field.type != kinds[path]:
            yield f"{path}: not of type {kinds[path]}"
        if path in asked and field.type == "choice" and not field.options:
            yield f"{path}: a choice without options"


def _contact(contact: Contact, notice: Notice) -> Iterator[str]:
    """Check that the contact page asks for just what its point collects."""
    if contact.point not in notice.points:
        yield f"points.{contact.point}"
        return
    if closed := _closed(notice.points[contact.point]):
        yield f"points.{contact.point}.{closed}"
    asked = {*contact.fields, *filter(None, (contact.kind, contact.photo))}
    yield from sorted(asked ^ set(notice.points[contact.point].collects))


def _shared(found: Shop, notice: Notice) -> Iterator[str]:
    """Name what does not fit in labels, hints, options and terms, which all forms share."""
    known = {f"{category}.{name}" for category, held in notice.data.items() for name in held.fields}
    roles = {f"roles.{role}" for role in notice.roles}
    yield from _lost("labels", found.labels, known | roles)
    yield from _lost("hints", found.hints, known)
    yield from _lost("short", found.short, {path for path in known if field_of(notice, path).type == "text"})
    yield from _lost("purpose", found.purpose, known)
    yield from _lost("options", found.options, known)
    for path, beside in found.options.items():
        yield from _lost(f"options.{path}", beside, set(field_of(notice, path).options))
        if sum(option.first for option in beside.values()) > 1:
            yield f"options.{path}: two are first"
    if found.terms and not any(notice.points[page.point].terms for page in (found, *found.forms.values())):
        yield "terms: no form has them"


def _lost(where: str, names: Iterable[str], known: set[str]) -> Iterator[str]:
    yield from (f"{where}: {name}" for name in names if name not in known)


def field_of(notice: Notice, path: str) -> Field:
    """Return the declaration of ``category.field``."""
    category, _, name = path.partition(".")
    return notice.data[category].fields[name]
