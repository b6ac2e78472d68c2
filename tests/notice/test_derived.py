"""What follows from a notice alone is worked out once for that very notice, and goes with it."""

import gc
import weakref
from pathlib import Path

from tepati.notice.derived import derived
from tepati.notice.load import load
from tepati.notice.model import Notice

SOURCE = (Path(__file__).resolve().parents[2] / "examples/home-cleaning/notice.yaml").read_bytes()


def notice(source: bytes = SOURCE) -> Notice:
    return load(source, "notice.yaml").sound()


def test_an_answer_is_kept_for_that_notice_and_those_arguments_alone():
    asked: list[tuple[str, str]] = []

    @derived
    def name(one: Notice, lang: str, *, loud: bool = False) -> str:
        asked.append((one.organisation.name, lang))
        return one.organisation.name.upper() if loud else f"{one.organisation.name} {lang}"

    first, other = notice(), notice(SOURCE.replace(b"FINECLEAN.ID", b"OTHER.ID"))
    assert name(first, "id") == name(first, "id") == "FINECLEAN.ID id"
    assert name(first, "en") == "FINECLEAN.ID en"
    assert name(first, "en", loud=True) == "FINECLEAN.ID"
    assert name(other, "id") == "OTHER.ID id"
    assert asked == [("FINECLEAN.ID", "id"), ("FINECLEAN.ID", "en"), ("FINECLEAN.ID", "en"), ("OTHER.ID", "id")]


def test_the_answers_go_with_the_notice():
    @derived
    def said(one: Notice) -> frozenset[str]:
        return frozenset(one.data)

    one = notice()
    gone, answer = weakref.ref(one), weakref.ref(said(one))
    del one
    gc.collect()
    assert gone() is None
    assert answer() is None
