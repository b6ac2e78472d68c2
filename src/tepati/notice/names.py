"""Room notice: names: of declared things, of fields, of promises; every reference is judged where it stands."""

import re
from typing import TYPE_CHECKING

from tepati.notice.finding import nearest
from tepati.notice.shapes import items, text_of, wrong
from tepati.notice.tree import Node, Scalar
from tepati.notice.values import Ref

if TYPE_CHECKING:
    from tepati.notice.reader import Reader


_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CLAUSE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LONGEST = 60
_OPEN_ENDED = re.compile(r"(^|_)(other|others|misc|miscellaneous|etc|lain|lainnya|dll|anything|additional)(_|$)")


def fits(path: str, name: str) -> bool:
    """Tell whether a thing may have this name at a path; keys of ages and manners may name a field."""
    inside = _CLAUSE if path.startswith("clauses.") else _NAME
    return len(name) <= _LONGEST and all(map(inside.fullmatch, name.split(".", 1)))


def name_of_thing(reader: "Reader", node: Node, path: str) -> str:
    """Check the name of a declared thing."""
    text = node.text if isinstance(node, Scalar) else ""
    pattern = _CLAUSE if path.startswith("clauses.") else _NAME
    if not pattern.fullmatch(text):
        reader.fault(node, "bad-name", path, name=text)
    elif path.startswith("data.") and _OPEN_ENDED.search(text):
        reader.findings.object(node.mark, "open-ended", path, "name", name=text)
    return text


_SINGULAR = {
    "populations": "population",
    "data": "category",
    "purposes": "purpose",
    "points": "point",
    "consents": "consent",
    "roles": "role",
    "recipients": "recipient",
    "cases": "case",
    "terms": "terms",
    "clauses": "clause",
    "cookies.set": "cookie",
    "statistics.groups": "group",
}


def name(reader: "Reader", node: Node, path: str, ref: Ref) -> str:
    """Read a name that must be declared in one of the sections of ``ref``, or be one of its words."""
    text = text_of(reader, node, path, "a_name")
    if text is None:
        return ""
    known = reader.scope.known(ref.to)
    if text not in known and text not in ref.also:
        unknown(reader, node, path, text, _SINGULAR[ref.to[0]], (*sorted(known), *ref.also))
    return text


def unknown(reader: "Reader", node: Node, path: str, text: str, thing: str, known: tuple[str, ...]) -> None:
    """Tell that nothing of this name is declared, with the nearest name."""
    near = nearest(text, known)
    listed = ", ".join(known[:12]) or "-"
    variant = "near" if near else ""
    reader.fault(node, f"unknown-{thing}", path, variant, value=text, near=near, known=listed)


def fields(reader: "Reader", node: Node, path: str) -> frozenset[str]:
    """Read a list of fields; a category alone is all its fields, without those nobody can explain."""
    found: set[str] = set()
    for item in items(reader, node, path):
        for one in field_names(reader, item, path):
            reader.items[path, one] = item.mark
            found.add(one)
    return frozenset(found)


def field(reader: "Reader", node: Node, path: str) -> str:
    """Read one ``category.field``."""
    text = text_of(reader, node, path, "category.field")
    if text is None:
        return ""
    if "." not in text:
        wrong(reader, node, path, "category.field")
        return ""
    return "".join(field_names(reader, node, path)[:1])


def field_names(reader: "Reader", node: Node, path: str) -> tuple[str, ...]:
    """Resolve one ``category`` or ``category.field``; what is not declared is told and left out."""
    text = text_of(reader, node, path, "category.field") or ""
    category, _, one = text.partition(".")
    declared = reader.scope.fields
    if category not in declared:
        known = (*declared, *(f"{c}.{f}" for c in declared for f in declared[c])) if one else tuple(declared)
        unknown(reader, node, path, text, "field" if one else "category", known)
        return ()
    if not one:
        return tuple(f"{category}.{f}" for f in declared[category])
    if text in reader.scope.unclear:
        reader.fault(node, "unclear-used", path, field=text)
        return ()
    if one not in declared[category]:
        unknown(reader, node, path, text, "field", tuple(f"{c}.{f}" for c in declared for f in declared[c]))
        return ()
    return (text,)


def promise(reader: "Reader", node: Node, path: str) -> str:
    """Read the id of a promise; whether there is one is judged when all are known."""
    text = text_of(reader, node, path, "a_promise") or ""
    if text:
        reader.promised.append((text, node.mark, path))
    return text
