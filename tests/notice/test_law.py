"""``tepati check`` against the law: rule packs as dated data, what they gate, and what somebody has to confirm."""

import argparse
import datetime as dt
import json
import re
from pathlib import Path

import pytest

from tepati.cli import check
from tepati.notice.law.pack import LAWS, Official, cited, pack
from tepati.notice.load import load

ROOT = Path(__file__).parents[2]
DRAFTS = Path(__file__).parent / "drafts"
EXAMPLES = sorted(ROOT.glob("examples/*/notice.yaml"))
BARBER = (DRAFTS / "barber.yaml").read_text("utf-8")
HOME = (ROOT / "examples/home-cleaning/notice.yaml").read_text("utf-8")
OFFICE = (ROOT / "examples/office-booking/notice.yaml").read_text("utf-8")


@pytest.fixture
def told(tmp_path, capsys):
    """Run ``tepati check --json`` on a text; give its findings."""

    def run(source: str, lang: str = "en") -> list[dict[str, str]]:
        path = tmp_path / "notice.yaml"
        path.write_text(source, "utf-8")
        parser = argparse.ArgumentParser()
        check.add(parser.add_subparsers())
        args = parser.parse_args(["check", "--json", "--lang", lang, str(path)])
        args.run(args)
        return json.loads(capsys.readouterr().out)[0]["findings"]

    return run


def of(findings, code):
    return [(f["level"], f["path"]) for f in findings if f["code"] == code]


def changed(source: str, was: str, now: str) -> str:
    assert was in source
    return source.replace(was, now, 1)


def test_working_days_are_slower_than_the_law(told):
    (finding,) = [
        f for f in told(changed(HOME, "access: {within: 3x24 hours", "access: {within: 2 working days"))
        if f["code"] == "weaker-than-law"
    ]  # fmt: skip
    assert (finding["level"], finding["article"], finding["mark"]) == ("error", "UU PDP Art. 32", "V")
    assert finding["mend"] == 'Write "3x24 hours" or less.'


def test_what_is_not_verified_only_warns(told):
    slow = changed(HOME, "withdrawal: {within: 3x24 hours", "withdrawal: {within: 7x24 hours")
    (finding,) = [f for f in told(slow, "id") if f["code"] == "weaker-than-law"]
    assert (finding["level"], finding["article"], finding["mark"]) == ("warning", "UU PDP Pasal 40", "R")
    assert "belum diverifikasi" in finding["what"]


READ = Official(
    "id-pp33", "Peraturan Pemerintah 33/2026", dt.date(2026, 7, 16), "0" * 64, dt.date(2026, 11, 29),
    (("rights.withdrawal.within", "88"),),
)  # fmt: skip


def test_the_regulation_gates_nothing_until_its_text_is_recorded():
    """What was found in the text gates from its first day on, under its article; the pack's other rules only warn."""
    later = changed(HOME, "laws: [id-uupdp]", "laws: [id-pp33]")
    slow = changed(later, "withdrawal: {within: 3x24 hours", "withdrawal: {within: 7x24 hours")
    slow = changed(slow, "correction: {within: 3x24 hours", "correction: {within: 4x24 hours")
    for laws, effective, level in (
        ((), "2027-02-01", "warning"), ((READ,), "2026-12-01", "warning"), ((READ,), "2027-02-01", "error"),
    ):  # fmt: skip
        dated = re.sub(r"effective: \d{4}-\d\d-\d\d", f"effective: {effective}", slow)
        loaded = load(dated.encode(), laws=laws)
        told = {f.path: (f.level, f.article) for f in loaded.findings if f.code == "weaker-than-law"}
        article = "PP 33/2026 Art. 88" if laws else "PP 33/2026 Art. ?"
        assert told["rights.withdrawal.within"] == (level, article)
        assert told["rights.correction.within"] == ("warning", "PP 33/2026 Art. ?")
        assert (loaded.notice is None) == (level == "error")
        assert loaded.declared is not None
    assert [f.code for f in load(later.encode()).findings if f.path == "laws"] == ["law-unread"]
    (said,) = [f for f in load(later.encode(), laws=(READ,)).findings if f.path == "laws"]
    assert (said.code, said.level) == ("law-read", "advice")
    assert all(part in f"{said.what} {said.mend}" for part in (READ.name, "16 July 2026", READ.sha256, "within (88)"))


def test_packs_are_dated_and_every_fact_has_an_article_and_a_mark():
    for name in LAWS:
        facts = pack(name)
        assert facts.in_force < dt.date(2028, 1, 1)
        assert facts.facts_of >= dt.date(2026, 11, 1)
        assert all(one.article and one.mark in "VRMT" for one in (*facts.ceiling, *facts.rule.values(), *facts.fact))
    assert all(one.mark == "R" for one in (*pack("id-pp33").ceiling, *pack("id-pp33").fact))
    assert cited("no-end") == cited("no-end", "never")
    assert cited("wrong-value") is None


def test_an_article_stands_in_data_not_in_code():
    """No check names an article in its code; the packs do."""
    for path in (ROOT / "src/tepati/notice/checks").glob("*.py"):
        code = re.sub(r'"""(.|\n)*?"""', "", path.read_text("utf-8"))
        assert not re.search(r"(Art\. |Pasal )\d", code), path.name


@pytest.mark.parametrize(
    ("was", "now", "lacking"),
    [
        ("offers: {kind: marketing,", "zzz: {kind: marketing,", "purposes.zzz"),
        ("basis: consent, uses: [customer],", "basis: consent, uses: [],", "purposes.offers.uses"),
        ("email: {type: email, identifies", "zzz: text, email: {type: email, identifies", "data.customer.fields.zzz"),
        ("never: {sale: yes}", "laws: []\nnever: {sale: yes}", "laws"),
        ("{customer: {from: haircut.closed, for: 1 year, then: destroy, longest: 3 years}}", "{}", "data.customer"),
    ],
)  # fmt: skip
def test_a_consent_without_its_seven_items_is_an_error(told, was, now, lacking):
    """UU PDP Art. 21(1): what must be told before a consent is asked."""
    source = changed(BARBER, was, now).replace("for: offers", "for: zzz" if "zzz: {kind" in now else "for: offers")
    source = source.replace("retention.customer]", "points.book]") if lacking == "data.customer" else source
    findings = told(source)
    assert ("error", lacking) in [*of(findings, "consent-incomplete"), *of(findings, "no-end")], findings


@pytest.mark.promise("L7")
def test_an_impact_assessment_comes_before_high_risk(told):
    """Specific data and deciding machines wait for it; of joining and watching somebody is asked."""
    specific = changed(BARBER, "customer: {class: general", "customer: {class: specific:health")
    assert of(told(specific), "assessment-missing") == [("error", "purposes.booking"), ("error", "purposes.offers")]
    assessed = specific + (
        "accountability: {impact_assessments: {haircuts:"
        " {covers: [booking, offers], by: Sari, on: 2026-11-01, result: go}}}\n"
    )
    assert of(told(assessed), "assessment-missing") == []
    refused = assessed.replace("result: go", "result: no_go")
    assert len(of(told(refused), "assessment-missing")) == 2
    joined = changed(BARBER, "kind: service, basis: contract", "kind: service, combines: yes, basis: contract")
    assert of(told(joined), "assessment-open") == [("advice", "purposes.booking")]
    watched = changed(BARBER, "booking: {kind: service", "booking: {kind: fraud_prevention")
    assert of(told(watched), "assessment-open") == [("advice", "purposes.booking")]


def test_an_officer_is_asked_for(told):
    assert of(told(BARBER), "officer-unsaid") == [("warning", "accountability")]
    assert of(told(HOME), "officer-due") == [("advice", "accountability.officer")]
    due = re.sub(r"due: no, because: [^}]+}}", "due: yes}", HOME)
    assert of(told(due), "officer-due") == []


def test_a_transfer_abroad_names_its_step_and_its_papers(told):
    was = "transfer: {step: consent, document: tinjauan transfer 1, assessed: 2026-07-20}"
    plain = re.sub(r"  sign_in_with_google: .*\n", "", OFFICE)
    for now, code, level in (
        ("transfer: {step: binding, assessed: 2026-11-01}", "transfer-undocumented", "error"),
        ("transfer: {step: adequate}", "transfer-undocumented", "warning"),
    ):
        assert [found[0] for found in of(told(changed(OFFICE, was, now)), code)] == [level]
    assert "sign_in_with_google" in plain
    members = changed(HOME, "country: ID\n", "country: ID\n    countries: [ID, SG]\n")
    assert of(told(members), "transfer-step-missing")[0][0] == "error"


@pytest.mark.promise("L1")
def test_a_purpose_has_exactly_one_basis(told):
    assert of(told(changed(BARBER, "basis: contract", "basis: [contract, consent]")), "two-bases")
    assert of(told(changed(BARBER, "basis: contract, ", "")), "missing")
    assert of(told(changed(BARBER, "basis: contract", "basis: custom")), "wrong-value")


@pytest.mark.promise("W21")
def test_a_change_without_notice_is_not_carried_over(told):
    (finding,) = [
        f for f in told((ROOT / "examples/hosting/notice.yaml").read_text("utf-8"), "id") if f["code"] == "not-carried"
    ]
    assert finding["level"] == "advice"
    assert finding["path"] == "clauses.W21.not_carried"
    assert "Pasal 21(2)" in finding["mend"]
    silent = "material: {by: [email, site]}"
    assert of(told(changed(BARBER, "material: {before: 14 days, by: [email, site]}", silent)), "untold")


@pytest.mark.parametrize(
    ("name", "clause"), [("online-store", "T14"), ("home-cleaning", "F10"), ("office-booking", "S1")]
)
def test_acceptance_by_use_is_kept_as_a_showing(told, name, clause):
    findings = told((ROOT / f"examples/{name}/notice.yaml").read_text("utf-8"))
    assert of(findings, "lawful-way") == [("advice", f"clauses.{clause}")]


def test_contradictions_stand_side_by_side(told):
    findings = told((ROOT / "examples/point-of-sale/notice.yaml").read_text("utf-8"))
    pairs = [(f["what"], f["mend"]) for f in findings if f["code"] == "contradiction"]
    assert [re.findall(r"\b(A\d+) says", what)[0] for what, _ in pairs] == ["A4", "A5", "A12"]
    assert all(mend.startswith(("A4 governs", "A5 governs", "A12 governs")) for _, mend in pairs)
    untold = (ROOT / "examples/point-of-sale/notice.yaml").read_text("utf-8")
    untold = untold.replace("against: [A9]", "against: [A6]").replace("against: [A4]", "against: [A6]")
    assert of(told(untold), "never-broken") == [("error", "never.sharing")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_is_told_what_to_confirm_and_nothing_else(told, path):
    findings = [f for f in told(path.read_text("utf-8")) if f["code"] != "not-yet"]
    assert {f["level"] for f in findings} <= {"advice", "warning"}
    assert {f["code"] for f in findings if f["level"] == "warning"} <= {"unclear", "one-approver", "officer-unsaid"}
    confirmed = {f["path"] for f in findings if f["code"] == "confirm"}
    assert confirmed == {"notice.announce", "notice.approvals", "retention", "rights"}


def test_advice_waits_while_there_are_errors():
    assert all(f.level != "advice" for f in load(BARBER.replace("kind: service", "kind: servis").encode()).findings)
