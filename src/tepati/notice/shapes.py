"""Room notice: what may stand where: a mapping, a list of words, a text; and how the wrong one is told."""

from typing import TYPE_CHECKING

from tepati.notice.finding import nearest
from tepati.notice.tree import Listing, Mapping, Node, Scalar

if TYPE_CHECKING:
    from tepati.notice.reader import Reader


def is_mapping(reader: "Reader", node: Node, path: str) -> bool:
    """Tell whether keys stand here; a list of things or a bare word is a fault."""
    if isinstance(node, Mapping):
        return True
    if isinstance(node, Scalar) and node.plain and not node.text:
        reader.fault(node, "empty-value", path)
    else:
        reader.fault(
            node, "list-of-things" if isinstance(node, Listing) else "wrong-shape", path, wanted="{key: value}"
        )
    return False


def items(reader: "Reader", node: Node, path: str) -> list[Node]:
    """Give what stands in ``[ ]``; only names and words may."""
    if not isinstance(node, Listing):
        one = node.text if isinstance(node, Scalar) and node.text else "..."
        reader.fault(node, "wrong-shape", path, wanted=f"[{one}]")
        return []
    for item in node.items:
        if not isinstance(item, Scalar):
            reader.fault(item, "list-of-things", path)
    return [item for item in node.items if isinstance(item, Scalar)]


def text_of(reader: "Reader", node: Node, path: str, wanted: str) -> str | None:
    """Give the text that stands here, or None (told) where none does."""
    if not isinstance(node, Scalar):
        reader.fault(node, "wrong-shape", path, wanted=wanted)
        return None
    if not node.text.strip():
        reader.fault(node, "empty-value", path)
        return None
    return node.text


def wrong(reader: "Reader", node: Node, path: str, wanted: str) -> None:
    """Tell that a value has not the form that is wanted: an example, or a key of ``wanted.toml``."""
    value = node.text if isinstance(node, Scalar) else ""
    reader.fault(node, "wrong-value", path, value=value, wanted=wanted)


def wrong_word(reader: "Reader", node: Node, path: str, known: tuple[str, ...]) -> None:
    """Tell that a word is not of the vocabulary, with the nearest one."""
    if isinstance(node, Listing) and path.startswith("purposes.") and path.endswith(".basis"):
        reader.fault(node, "two-bases", path)
        return
    if text_of(reader, node, path, known[0]) is None:
        return
    value = node.text if isinstance(node, Scalar) else ""
    near = nearest(value, known)
    code = "unknown-law" if path == "laws" else "wrong-value"
    wanted, variant = (known[0], "") if len(known) == 1 else ("one_of", "near" if near else "")
    reader.fault(node, code, path, variant, value=value, wanted=wanted, near=near, known=", ".join(known))
