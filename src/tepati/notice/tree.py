"""Room notice: bytes to a tree of mappings, lists and texts with their places; YAML's other powers are refused.

Built from the events of the C parser in one pass, with a stack of our own: the nesting of a hostile file never becomes
the nesting of our calls (``yaml.compose`` recurses), and an alias is refused before anything is built from it.
"""

import re
from collections.abc import Iterator

import msgspec
import yaml

from tepati.notice.finding import Findings, Mark

MOST_BYTES = 512 * 1024
DEEPEST = 12
LONGEST = 4_000  # characters of one text
STEEPEST = 64  # levels at which the parser itself is left, whoever reads: its work grows with their square

# The second line turns the direction of text, or breaks it where nobody sees: what is read is not what was approved.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff"
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
)
_UNPRINTABLE, _ESCAPED = re.compile(f"[{_UNSEEN}]"), re.compile(f"[{_UNSEEN}\r]")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # without libyaml the same events come ten times slower


class Scalar(msgspec.Struct, frozen=True):
    """A text as written; nothing is typed yet (``NO`` is not False). ``plain``: without quotes."""

    text: str
    mark: Mark
    plain: bool


class Listing(msgspec.Struct, frozen=True):
    """``[...]``."""

    items: list["Node"]
    mark: Mark


class Mapping(msgspec.Struct, frozen=True):
    """Keys with their places, and what stands under them."""

    items: dict[str, "Node"]
    keys: dict[str, Mark]
    mark: Mark


Node = Scalar | Listing | Mapping


class _TooDeep(Exception):
    """Reading stops here: the path of what lies deeper would grow without end."""


def tree(source: bytes, findings: Findings) -> Mapping | None:
    """Read a declaration. None where it cannot be read at all; the findings say why, and all of YAML's excess."""
    text = _decoded(source, findings)
    if text is None:
        return None
    builder = _Builder(findings)
    try:
        for event in events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as fault:
        _translate(fault, text, findings)
        return None
    except _TooDeep:
        return None
    if isinstance(builder.root, Mapping):
        return builder.root
    findings.fault(Mark(1, 1), "empty" if builder.root is None else "no-mapping")
    return None


def events(text: str) -> Iterator[yaml.Event]:
    """Give the parser's events one by one. Raises yaml.YAMLError, also where they nest deeper than any declaration."""
    loader, depth = _Loader(text), 0
    try:
        while (event := loader.get_event()) is not None:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > STEEPEST:
                raise yaml.YAMLError
            yield event
    finally:
        loader.dispose()


def _decoded(source: bytes, findings: Findings) -> str | None:
    if len(source) > MOST_BYTES:
        findings.fault(Mark(1, 1), "too-large", most=MOST_BYTES // 1024)
        return None
    try:
        text = source.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as fault:
        before = source[: fault.start].decode("utf-8", "replace")
        findings.fault(_place(before), "not-utf8", byte=f"0x{source[fault.start]:02x}")
        return None
    odd = _UNPRINTABLE.search(text)
    if odd:
        findings.fault(_place(text[: odd.start()]), "unprintable", code_point=f"U+{ord(odd[0]):04X}")
        return None
    return text


def _place(before: str) -> Mark:
    return Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


class _Builder:
    """Takes events one by one. Of what is refused (a tag, an alias) the fault stays, not the thing."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.root: Node | None = None
        self._open: list[Mapping | Listing] = []
        self._keys: list[Scalar | None] = []  # the key that waits for its value, one for each open node
        self._path: list[str] = []
        self._documents = 0
        self._skip = 0  # depth below which nodes are read and dropped

    def take(self, event: yaml.Event) -> None:
        start = event.start_mark
        mark = Mark(start.line + 1, start.column + 1) if start else Mark(1, 1)
        match event:
            case yaml.ScalarEvent():
                self._bare(event, mark)
                self._scalar(event, mark)
            case yaml.MappingStartEvent():
                self._bare(event, mark)
                self._enter(Mapping({}, {}, mark))
            case yaml.CollectionEndEvent():
                self._leave()
            case yaml.SequenceStartEvent():
                self._bare(event, mark)
                self._enter(Listing([], mark))
            case yaml.AliasEvent():
                self.findings.fault(mark, "alias", ".".join(self._path), name=str(event.anchor))
                self._place(Scalar("", mark, plain=False))
            case yaml.DocumentStartEvent():
                self._document(event, mark)
            case _:
                pass

    def _bare(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, mark: Mark) -> None:
        """Refuse what a node may not carry: an anchor, a tag."""
        if event.anchor is not None:
            self.findings.fault(mark, "anchor", ".".join(self._path), name=event.anchor)
        if event.tag is not None:
            self.findings.fault(mark, "tag", ".".join(self._path), name=event.tag)

    def _document(self, event: yaml.DocumentStartEvent, mark: Mark) -> None:
        self._documents += 1
        if self._documents > 1:
            self.findings.fault(mark, "several-documents")
        if event.version or event.tags:
            self.findings.fault(mark, "directive")

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> None:
        if len(event.value) > LONGEST:
            self.findings.fault(mark, "too-long", ".".join(self._path), most=LONGEST)
        if event.style == '"' and (odd := _ESCAPED.search(event.value)):  # made of an escape: "\\u202e"
            self.findings.fault(mark, "unprintable", ".".join(self._path), code_point=f"U+{ord(odd[0]):04X}")
        scalar = Scalar(event.value[:LONGEST], mark, event.style in (None, ""))
        top = self._open[-1] if self._open else None
        if isinstance(top, Mapping) and self._keys[-1] is None:
            self._key(top, scalar)
        else:
            self._place(scalar)

    def _key(self, top: Mapping, key: Scalar) -> None:
        self._keys[-1] = key
        self._path.append(key.text)
        if key.plain and key.text == "<<":
            self.findings.fault(key.mark, "merge-key", ".".join(self._path))
        elif key.text in top.keys:
            line = top.keys[key.text].line
            self.findings.fault(key.mark, "duplicate", ".".join(self._path), key=key.text, line=line)

    def _enter(self, node: Mapping | Listing) -> None:
        top = self._open[-1] if self._open else None
        if isinstance(top, Mapping) and self._keys[-1] is None:
            self.findings.fault(node.mark, "key-no-name", ".".join(self._path))
            self._keys[-1] = Scalar("?", node.mark, plain=False)
            self._path.append("?")
        if len(self._open) == DEEPEST:
            self.findings.fault(node.mark, "too-deep", ".".join(self._path), most=DEEPEST)
            raise _TooDeep
        self._open.append(node)
        self._keys.append(None)

    def _leave(self) -> None:
        node = self._open.pop()
        self._keys.pop()
        self._place(node)

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node if self.root is None else self.root
            return
        top = self._open[-1]
        if isinstance(top, Listing):
            top.items.append(node)
            return
        key = self._keys[-1]
        if key is None:  # an alias where a key stands: the fault is told already
            key = Scalar("?", node.mark, plain=False)
            self._path.append("?")
        if key.text not in top.keys:
            top.items[key.text] = node
            top.keys[key.text] = key.mark
        self._keys[-1] = None
        self._path.pop()


# The parser's own messages speak of its grammar; these speak of the line. Order matters: the first that fits is told.
_TRANSLATIONS: tuple[tuple[str, str], ...] = (
    ("cannot start any token", "yaml-character"),
    ("mapping values are not allowed", "yaml-colon"),
    ("expected ',' or '}'", "yaml-brace"),
    ("expected ',' or ']'", "yaml-bracket"),
    ("unexpected end of stream", "yaml-quote"),
    ("unknown escape", "yaml-escape"),
    ("expected '-' indicator", "yaml-list"),
    ("could not find expected ':'", "yaml-no-colon"),
    ("expected key", "yaml-indent"),
    ("block sequence entries are not allowed", "yaml-list"),
)


def _translate(fault: yaml.MarkedYAMLError, text: str, findings: Findings) -> None:
    place = fault.problem_mark or fault.context_mark
    line, column = (place.line, place.column) if place else (0, 0)
    lines = text.split("\n")
    written = lines[line] if line < len(lines) else ""
    problem = f"{fault.context or ''} {fault.problem or ''}"
    if "\t" in written[: len(written) - len(written.lstrip())] or written[column : column + 1] == "\t":
        findings.fault(Mark(line + 1, written.index("\t") + 1), "yaml-tab")
        return
    code = next((code for part, code in _TRANSLATIONS if part in problem), "yaml-unreadable")
    opened = fault.context_mark.line + 1 if fault.context_mark else line + 1
    shown = written[column : column + 1] or "end of line"
    findings.fault(Mark(line + 1, column + 1), code, opened=opened, character=shown)
