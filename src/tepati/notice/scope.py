"""Room notice: which names a file declares, gathered first, so that every reference is judged in place."""

import msgspec

from tepati.notice.tree import Listing, Mapping, Node, Scalar
from tepati.notice.vocabulary import BUILT_IN_CASES, BUILT_IN_EVENTS

SECTIONS = (
    "populations",
    "data",
    "purposes",
    "points",
    "consents",
    "roles",
    "recipients",
    "cases",
    "terms",
    "clauses",
    "cookies.set",
    "statistics.groups",
)


class Scope(msgspec.Struct, frozen=True):
    """``names`` by section; ``fields`` by category (those of type ``unclear`` apart); all ``events``."""

    names: dict[str, frozenset[str]]
    fields: dict[str, tuple[str, ...]]
    unclear: frozenset[str]
    events: frozenset[str]
    cases: frozenset[str]
    root: Mapping

    def known(self, sections: tuple[str, ...]) -> frozenset[str]:
        """Give all names declared in these sections."""
        return frozenset().union(*(self.names[section] for section in sections))


def scope(root: Mapping) -> Scope:
    """Gather what the file declares; a section that is no mapping declares nothing (told when it is typed)."""
    names = {section: frozenset(_under(root, section)) for section in SECTIONS}
    fields = {category: _under(root, f"data.{category}.fields") for category in names["data"]}
    unclear = {f"{c}.{f}" for c, several in fields.items() for f in several if _type(root, c, f) == "unclear"}
    moments = {f"{case}.{m}" for case in names["cases"] for m in _under(root, f"cases.{case}.moments")}
    ends = {f"{case}.{end}" for case in names["cases"] for end in ("opened", "closed")}
    return Scope(
        names=names,
        fields={c: tuple(f for f in several if f"{c}.{f}" not in unclear) for c, several in fields.items()},
        unclear=frozenset(unclear),
        events=frozenset(moments | ends | set(BUILT_IN_EVENTS)),
        cases=names["cases"] | set(BUILT_IN_CASES),
        root=root,
    )


def node_at(root: Mapping, path: str) -> Node | None:
    """Find the node at a dotted path, if the file has one."""
    node: Node | None = root
    for step in path.split("."):
        node = node.items.get(step) if isinstance(node, Mapping) else None
    return node


def words_of(node: Node) -> list[str]:
    """Give every text that stands in a node, keys included."""
    match node:
        case Scalar():
            return [node.text]
        case Listing():
            return [text for item in node.items for text in words_of(item)]
        case Mapping():
            return [text for key, item in node.items.items() for text in (key, *words_of(item))]


def _under(root: Mapping, path: str) -> tuple[str, ...]:
    node = node_at(root, path)
    return tuple(node.items) if isinstance(node, Mapping) else ()


def _type(root: Mapping, category: str, field: str) -> str:
    node = node_at(root, f"data.{category}.fields.{field}")
    kind = node.items.get("type") if isinstance(node, Mapping) else node
    return kind.text if isinstance(kind, Scalar) else ""
