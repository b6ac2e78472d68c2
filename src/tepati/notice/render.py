"""Room notice: a document as text, Markdown or a page of HTML. Everything is escaped; nothing in a notice is markup."""

from collections.abc import Iterable
from html import escape
from importlib.resources import files

from tepati.errors import BadInput
from tepati.notice.blocks import Block, Cell, Fact, Facts, Items, Paragraph, Said, Section, Spoken, Table
from tepati.notice.document import Document


def render(document: Document, to: str) -> str:
    """Render a document to ``text``, ``md`` or ``html`` (a page that needs nothing else). Raise BadInput else."""
    if to == "html":
        return page(document)
    if to == "md":
        return _markdown(document)
    if to == "text":
        return _text(document)
    raise BadInput("unknown_form", form=to)


# HTML


def page(document: Document) -> str:
    """Write a whole page: its style stands in it, nothing is fetched, nothing runs."""
    style = files("tepati.notice").joinpath("page.css").read_text("utf-8")
    title = escape(f"{document.title} {document.organisation}")
    return (
        f'<!doctype html>\n<html lang="{document.lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{_article(document)}</main>\n</body>\n</html>\n"
    )


def _article(document: Document) -> str:
    heads = document.heads()
    listed = "".join(f'<li><a href="#{s.id}">{escape(s.title)}</a></li>' for s in document.sections)
    numbered = (_section(one, f"{number}. ", heads) for number, one in enumerate(document.sections, 1))
    day = escape(document.subtitle)
    parts = [
        "<article>",
        f"<h1>{escape(document.title)}</h1>",
        f'<p class="soft">{escape(document.organisation)}. <time datetime="{document.effective}">{day}</time></p>',
        _section(document.summary, "", heads),
        f'<nav aria-labelledby="contents"><h2 id="contents">{escape(document.contents)}</h2><ol>{listed}</ol></nav>',
        *numbered,
        "</article>",
    ]
    return "\n".join(parts) + "\n"


def _section(section: Section, number: str, heads: frozenset[str]) -> str:
    lead = f"<p{_marks(section.told, (), heads)}>{escape(section.lead)}</p>" if section.lead else ""
    blocks = "\n".join(_block(block, heads) for block in section.blocks)
    head = f'<h2 id="{section.id}">{number}{escape(section.title)}</h2>{lead}'
    return f'<section aria-labelledby="{section.id}">\n{head}\n{blocks}\n</section>'


def _block(block: Block, heads: frozenset[str]) -> str:
    match block:
        case Paragraph():
            return f"<p>{' '.join(_said(one, 'span', heads) for one in block.said)}</p>"
        case Items():
            return f"<ul>{''.join(_said(one, 'li', heads) for one in block.items)}</ul>"
        case Facts():
            return f"<dl>{''.join(_fact(fact, _spot(fact, heads)) for fact in block.facts)}</dl>"
        case Table():
            return _table(block, heads)


def _said(one: Said, tag: str, heads: frozenset[str]) -> str:
    marks, more = _spot(one, heads)
    return f"<{tag}{marks}>{more}{escape(one.text)}</{tag}>"


def _fact(fact: Fact, spot: tuple[str, str]) -> str:
    reached = fact.href.startswith(("mailto:", "tel:"))
    shown = f'<a href="{escape(fact.href)}">{escape(fact.text)}</a>' if reached else escape(fact.text)
    return f"<div{spot[0]}><dt>{spot[1]}{escape(fact.term)}</dt><dd>{shown}</dd></div>"


def _table(block: Table, heads: frozenset[str]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.head)
    rows = []
    for row in block.rows:
        marks, more = _spot(row, heads)
        first = f'<th scope="row">{more}{_cell(row.cells[0])}</th>'
        labelled = zip(block.head[1:], row.cells[1:], strict=True)
        rest = "".join(f'<td data-l="{escape(name)}">{_cell(cell)}</td>' for name, cell in labelled)
        rows.append(f"<tr{marks}>{first}{rest}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(cell: Cell) -> str:
    small = f" <small>{escape(cell.small)}</small>" if cell.small else ""
    return f"{escape(cell.text)}{small}"


def _spot(part: Spoken, heads: frozenset[str]) -> tuple[str, str]:
    """Give the attributes of a part, and the anchors of its further promises."""
    more = "".join(f'<a id="{escape(path)}"></a>' for path in part.promises[1:])
    return _marks(part.promises, part.also, heads), more


def _marks(promises: tuple[str, ...], also: Iterable[str], heads: frozenset[str]) -> str:
    """Mark a part with its own promise as anchor (a heading may be that already), and all it rests on."""
    anchor = f' id="{escape(promises[0])}"' if promises and promises[0] not in heads else ""
    rests = escape(" ".join((*promises, *also)))
    return f'{anchor} data-promises="{rests}"' if rests else ""


# Markdown

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>#|"})


def _md(text: str) -> str:
    return text.translate(_SPECIAL)


def _markdown(document: Document) -> str:
    lines = [f"# {_md(document.title)}", "", f"{_md(document.organisation)}. {_md(document.subtitle)}", ""]
    lines += _md_section(document.summary, "")
    listed = [f"{number}. {_md(section.title)}" for number, section in enumerate(document.sections, 1)]
    lines += [f"## {_md(document.contents)}", "", *listed, ""]
    for number, section in enumerate(document.sections, 1):
        lines += _md_section(section, f"{number}. ")
    return "\n".join(lines).rstrip() + "\n"


def _md_section(section: Section, number: str) -> list[str]:
    lines = [f"## {number}{_md(section.title)}", ""]
    if section.lead:
        lines += [_md(section.lead), ""]
    for block in section.blocks:
        lines += [*_md_block(block), ""]
    return lines


def _md_block(block: Block) -> list[str]:
    match block:
        case Paragraph():
            return [_md(block.text)]
        case Items():
            return [f"- {_md(item.text)}" for item in block.items]
        case Facts():
            return [f"- **{_md(fact.term)}**: {_md(fact.text)}" for fact in block.facts]
        case Table():
            head = f"| {' | '.join(_md(name) for name in block.head)} |"
            rows = [f"| {' | '.join(_md(_line(cell)) for cell in row.cells)} |" for row in block.rows]
            return [head, "|" + " --- |" * len(block.head), *rows]


# Text


def _line(cell: Cell) -> str:
    if not (cell.text and cell.small):
        return cell.text or cell.small
    return f"{cell.text}. {cell.small}" if cell.small.endswith(".") else f"{cell.text} ({cell.small})"


def _text(document: Document) -> str:
    lines = [document.title.upper(), f"{document.organisation}. {document.subtitle}", ""]
    lines += _text_section(document.summary, "")
    listed = [f"{number}. {section.title}" for number, section in enumerate(document.sections, 1)]
    lines += [document.contents, "-" * len(document.contents), *listed, ""]
    for number, section in enumerate(document.sections, 1):
        lines += _text_section(section, f"{number}. ")
    return "\n".join(lines).rstrip() + "\n"


def _text_section(section: Section, number: str) -> list[str]:
    title = f"{number}{section.title}"
    lines = [title, "-" * len(title), *([section.lead, ""] if section.lead else [])]
    for block in section.blocks:
        lines += [*_text_block(block), ""]
    return lines


def _text_block(block: Block) -> list[str]:
    match block:
        case Paragraph():
            return [block.text]
        case Items():
            return [f"- {item.text}" for item in block.items]
        case Facts():
            return [f"{fact.term}: {fact.text}" for fact in block.facts]
        case Table():
            return [line for row in block.rows for line in _text_row(block.head, row.cells)]


def _text_row(head: tuple[str, ...], cells: tuple[Cell, ...]) -> list[str]:
    first, *rest = zip(head, cells, strict=True)
    lines = [f"* {_line(first[1])}"]
    return lines + [f"  {name}: {_line(cell)}" for name, cell in rest if _line(cell)]
