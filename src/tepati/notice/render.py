"""Room notice: a document as text, Markdown or semantic HTML. Everything is escaped; nothing in a notice is markup."""

from html import escape
from typing import Literal

from tepati.errors import BadInput
from tepati.notice.blocks import Block, Cell, Facts, Items, Paragraph, Section, Table
from tepati.notice.document import Document

To = Literal["text", "md", "html"]


def render(document: Document, to: str) -> str:
    """Render a document to ``text``, ``md`` or ``html`` (an article, no page around it). Raise BadInput else."""
    if to == "html":
        return _html(document)
    if to == "md":
        return _markdown(document)
    if to == "text":
        return _text(document)
    raise BadInput("unknown_form", form=to)


# HTML


def _html(document: Document) -> str:
    listed = "".join(f'<li><a href="#{s.id}">{escape(s.title)}</a></li>' for s in document.sections)
    numbered = (_section(one, f"{number}. ") for number, one in enumerate(document.sections, 1))
    day = escape(document.subtitle)
    parts = [
        f'<article lang="{document.lang}" class="notice-text">',
        f"<h1>{escape(document.title)}</h1>",
        f'<p class="soft">{escape(document.organisation)}. <time datetime="{document.effective}">{day}</time></p>',
        _section(document.summary, ""),
        f'<section aria-labelledby="contents"><header><h2 id="contents">{escape(document.contents)}</h2></header>',
        f"<div><ol>{listed}</ol></div></section>",
        *numbered,
        "</article>",
    ]
    return "\n".join(parts) + "\n"


def _section(section: Section, number: str) -> str:
    lead = f"<p>{escape(section.lead)}</p>" if section.lead else ""
    blocks = "\n".join(block_html(block) for block in section.blocks)
    head = f'<header><h2 id="{section.id}">{number}{escape(section.title)}</h2>{lead}</header>'
    return f'<section aria-labelledby="{section.id}">\n{head}\n<div>\n{blocks}\n</div>\n</section>'


def block_html(block: Block) -> str:
    """Render one block; ``data-promises`` names what it rests on."""
    match block:
        case Paragraph():
            return f"<p{_rests(block.promises)}>{escape(block.text)}</p>"
        case Items():
            return "<ul>" + "".join(f"<li{_rests(i.promises)}>{escape(i.text)}</li>" for i in block.items) + "</ul>"
        case Facts():
            return f'<dl class="facts">{_facts(block)}</dl>'
        case Table():
            return _table(block)


def _facts(block: Facts) -> str:
    def one(text: str, href: str) -> str:
        return f'<a href="{escape(href)}">{escape(text)}</a>' if href else escape(text)

    facts = block.facts
    return "".join(
        f"<div{_rests(f.promises)}><dt>{escape(f.term)}</dt><dd>{one(f.text, f.href)}</dd></div>" for f in facts
    )


def _table(block: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.head)
    rows = []
    for row in block.rows:
        first = f'<th scope="row">{_cell(row.cells[0])}</th>'
        labelled = zip(block.head[1:], row.cells[1:], strict=True)
        rest = "".join(f'<td data-l="{escape(name)}">{_cell(cell)}</td>' for name, cell in labelled)
        rows.append(f"<tr{_rests(row.promises)}>{first}{rest}</tr>")
    return f'<table class="cards"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _cell(cell: Cell) -> str:
    small = f" <small>{escape(cell.small)}</small>" if cell.small else ""
    return f"{escape(cell.text)}{small}"


def _rests(promises: tuple[str, ...]) -> str:
    return f' data-promises="{escape(" ".join(promises))}"' if promises else ""


# Markdown

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>#|"})


def _md(text: str) -> str:
    return text.translate(_SPECIAL)


def _markdown(document: Document) -> str:
    lines = [f"# {_md(document.title)}", "", f"{_md(document.organisation)}. {_md(document.subtitle)}", ""]
    lines += _md_section(document.summary, "")
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
    return f"{cell.text} ({cell.small})" if cell.text and cell.small else cell.text or cell.small


def _text(document: Document) -> str:
    lines = [document.title.upper(), f"{document.organisation}. {document.subtitle}", ""]
    lines += _text_section(document.summary, "")
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
