"""The switches of the privacy centre: what a yes stands for, and what ends with it."""

from pathlib import Path
from types import SimpleNamespace

from tepati.notice.labels import labels
from tepati.notice.load import load
from tepati.ports.gateway import Texts
from tepati.web.site import choices

OFFICE = Path(__file__).parents[2] / "examples/office-booking/notice.yaml"


def test_what_ends_with_a_yes_is_told_before_it_is_taken_back():
    """``consents.<c>.withdrawn`` stands beside the switch of a yes, and beside no other."""
    notice = load(OFFICE.read_bytes()).sound()
    at = SimpleNamespace(
        org=SimpleNamespace(notice=notice, asks=(), desk=SimpleNamespace(notice=notice, texts=Texts())),
        say=lambda key, **_: key, lang="id", instant=str, called=labels(notice, "id"),
    )  # fmt: skip
    for consents, told in (({"share_with_caterer": 2**62}, "hidangan rapat tidak dapat dipesan lewat kami"), ({}, "")):
        seen = SimpleNamespace(consents=consents, current={}, joined=True, again=())
        assert choices._switch(at, seen, "share_with_caterer").ends == told
