"""Promises that are kept by what cannot be declared: through ``tepati check``, as an author meets them."""

import json
from pathlib import Path

import pytest

from tepati.cli.main import main

ROOT = Path(__file__).parents[2]
POINT, HOSTING, OFFICE = (
    (ROOT / f"examples/{name}/notice.yaml").read_text("utf-8")
    for name in ("point-of-sale", "hosting", "office-booking")
)


@pytest.fixture
def checked(tmp_path, capsys):
    """Check a text; give the exit code and the findings."""

    def run(source: str) -> tuple[int, list[dict[str, str]]]:
        path = tmp_path / "notice.yaml"
        path.write_text(source, "utf-8")
        code = main(["check", "--json", str(path)], lambda: None)
        return code, json.loads(capsys.readouterr().out)[0]["findings"]

    return run


def changed(source: str, was: str, now: str) -> str:
    assert source.count(was) >= 1, was
    return source.replace(was, now, 1)


@pytest.mark.promise("A10")
@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("data:", "data:\n  other_data: {class: general, of: merchant, fields: {x: text}}", "open-ended"),
        ("data:", "data:\n  lainnya: {class: general, of: merchant, fields: {x: text}}", "open-ended"),
        ("  ticket: {class", "  ticket: {label: {id: tiket dan lain-lain, en: tickets}, class", "open-ended"),
        (
            "  ticket: {class",
            "  ticket: {label: {id: tiket, en: tickets but not limited to these}, class",
            "open-ended",
        ),
    ],
)
def test_a_list_of_data_is_closed(checked, was, now, code):
    """A10: "not limited to" these data is an error, in a name and in a sentence."""
    assert checked(POINT)[0] == 0
    exit_code, findings = checked(changed(POINT, f"\n{was}", f"\n{now}"))
    assert exit_code == 1
    assert [f["level"] for f in findings if f["code"] == code]


@pytest.mark.promise("A12")
def test_only_for_service_and_messages_is_a_closed_list_of_purposes(checked):
    """A12: a use outside the list is no purpose; news needs its own yes; the contradiction is shown."""
    _, findings = checked(changed(POINT, "for: [service]", "for: [service, resale]"))
    assert {(f["code"], f["level"]) for f in findings} >= {("unknown-purpose", "error")}
    code, findings = checked(POINT)
    assert code == 0
    (pair,) = [f for f in findings if f["path"] == "clauses.A12.against"]
    assert "A6 says" in pair["what"]
    assert pair["mend"].startswith("A12 governs")
    unasked = "resale: {kind: marketing, basis: contract, uses: [merchant.email]}\n  own_news:"
    _, findings = checked(changed(POINT, "own_news:", unasked))
    assert ("marketing-basis", "error") in {(f["code"], f["level"]) for f in findings}


@pytest.mark.promise("W21")
def test_a_change_without_telling_cannot_be_declared(checked):
    """W21: not carried over, with the reason; a sentence that says it all the same is an error."""
    code, findings = checked(HOSTING)
    assert code == 0
    assert [f["path"] for f in findings if f["code"] == "not-carried"] == ["clauses.W21.not_carried"]
    says = 'says: {id: "Pemberitahuan ini dapat berubah tanpa pemberitahuan.", en: "It may change without notice."}, '
    _, findings = checked(changed(HOSTING, "  session: {class", f"  session: {{{says}class"))
    assert [f["code"] for f in findings if f["level"] == "error"] == ["change-untold", "change-untold"]


@pytest.mark.promise("S12")
def test_no_guarantee_is_information_and_waives_nothing(checked):
    """S12: the sentence is shown and promises nothing; made into a waiver it is an error."""
    assert checked(OFFICE)[0] == 0
    was = "Tidak ada sistem yang sepenuhnya aman."
    _, findings = checked(changed(OFFICE, was, "Kami tidak bertanggung jawab atas kebocoran data."))
    assert [(f["code"], f["path"]) for f in findings if f["level"] == "error"] == [
        ("waiver", "clauses.S12.information.id")
    ]
    _, findings = checked(changed(OFFICE, "  S12:", "  S12:\n    kept_by: [security.storage]"))
    assert [f["code"] for f in findings if f["level"] == "error"] == ["clause-fate"]


@pytest.mark.promise("S13")
def test_no_marketing_can_be_declared_beside_the_vow(checked):
    """S13: a purpose of marketing, or a promotion, contradicts never.marketing and keeps the notice from running."""
    promo = "\npurposes:\n  promo: {kind: marketing, basis: legitimate_interest, uses: [contact.email]}"
    code, findings = checked(changed(OFFICE, "\npurposes:", promo))
    assert code == 1
    assert any(f["code"] == "never-broken" and "purposes.promo" in f["what"] for f in findings)
