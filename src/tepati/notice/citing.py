"""Room notice: articles of laws as people cite them."""

from collections.abc import Iterable

from tepati.notice.law.pack import pack
from tepati.notice.speech import listing


def articles(law: tuple[str, ...], lang: str) -> str:
    """Say articles as people cite them: ``UU PDP Pasal 6 dan 30``, ``UU PDP Art. 30``."""
    by_law: dict[str, list[str]] = {}
    for cited in law:
        name, _, article = cited.rpartition(" ")
        by_law.setdefault(name, []).append(article)
    return "; ".join(f"{name} {_word(lang, len(several))} {listing(several, lang)}" for name, several in by_law.items())


def behind(laws: Iterable[str], path: str, lang: str) -> str:
    """Say the articles behind a promise."""
    return articles(tuple(f"{one.law} {article}" for one in map(pack, laws) for article in one.behind(path)), lang)


def _word(lang: str, several: int) -> str:
    return "Pasal" if lang == "id" else "Art." if several == 1 else "Arts"
