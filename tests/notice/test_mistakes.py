"""Deliberate mistakes, one a row: each is found at its line and column. ``§`` marks the place in the changed text."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tepati.notice.load import load

DRAFTS = Path(__file__).parent / "drafts"


FORMS = {"wrong-value", "wrong-shape", "unknown-law"}
ENGLISH = re.compile(r"\b(an?|such as|one of|yes or no)\b")


class Mistake(NamedTuple):
    file: str
    was: str
    now: str
    code: str
    says: str = ""


B, F, S, W, A, T = "barber", "home-cleaning", "office-booking", "hosting", "point-of-sale", "online-store"
MISTAKES = [
    # keys, names, shapes
    Mistake(B, "rights: {erasure:", "§rihgts: {erasure:", "unknown-key", 'Did you mean "rights"'),
    Mistake(B, "idle: 2 days", "§idel: 2 days", "unknown-key", 'Did you mean "idle"'),
    Mistake(B, "{class: general,", "{§klass: general,", "unknown-key", 'Did you mean "class"'),
    Mistake(
        B, "{name: Pangkas Rapi,", "{name: Pangkas Rapi, §tukang cukur,", "unknown-key", "comma in it needs quotes"
    ),
    Mistake(B, "  §booking: {kind: service, ".replace("§", ""), "  §booking: {", "missing", '"kind"'),
    Mistake(B, "basis: contract, ", "", "missing", "no lawful basis"),
    Mistake(B, "  booking: {kind", "  §Booking: {kind", "bad-name"),
    Mistake(B, "rights: {erasure: {within: 2 days}}", "rights: §[erasure]", "list-of-things"),
    Mistake(
        B,
        "uses: [customer], channels: [email]}\n  offers",
        "uses: §customer, channels: [email]}\n  offers",
        "wrong-shape",
        "[customer]",
    ),
    Mistake(B, "never: {sale: yes}", "never: §sale", "wrong-shape"),
    Mistake(B, "for: 1 year,", "for: §,", "empty-value"),
    Mistake(B, "sale: yes", "sale: §no", "wrong-value"),
    Mistake(B, "identifies: yes", "identifies: §true", "wrong-value", "yes or no"),
    Mistake(B, "version: 1,", "version: §one,", "wrong-value", "whole number"),
    Mistake(B, "2026-12-01", "§2026-13-01", "wrong-value", "date"),
    Mistake(B, "Asia/Jakarta", "§Asia/Depok", "wrong-value", "time zone"),
    Mistake(B, "privasi@rapi.example", "§privasi.rapi.example", "wrong-value", "e-mail"),
    Mistake(B, "/privasi", "§privasi", "wrong-value", "path"),
    Mistake(B, "within: 2 days", "within: §2 dyas", "wrong-value", "2 days"),
    Mistake(B, "within: 2 days", "within: §soon", "wrong-value", "14 days"),
    Mistake(B, "from: haircut.starts - 2 hours", "from: §haircut.starts - two hours", "wrong-value", "moment"),
    Mistake(B, "at 18:00", "at 25:00", "wrong-value", "moment"),
    Mistake(B, "kind: service", "kind: §servis", "wrong-value", 'Did you mean "service"'),
    Mistake(B, "then: destroy", "then: §burn", "wrong-value", "one of destroy"),
    Mistake(B, "class: general", "class: §specific:money", "wrong-value", "specific:financial"),
    Mistake(B, "covers: [site]", "covers: [site, §site]", "listed-twice"),
    Mistake(F, "age: {under_18: guardian}", "age: {§below_18: guardian}", "bad-age"),
    Mistake(F, "age: {under_18: guardian}", "age: {under_18: §parent}", "wrong-value", "guardian"),
    Mistake(F, "country: ID\n", "country: §Indonesia\n", "wrong-value", "two letters"),
    Mistake(F, "limit: 1 per week", "limit: §weekly", "wrong-value", "rate"),
    Mistake(F, "working_days: monday to saturday", "working_days: §mon to sat", "wrong-value", "monday"),
    Mistake(W, "second_look: 5 percent", "second_look: §5%", "wrong-value", "5 percent"),
    Mistake(A, "precision: 10 km", "precision: §far", "wrong-value", "10 km"),
    Mistake(S, "{epsilon: 1.0,", "{epsilon: §one,", "wrong-value", "1.0"),
    Mistake(F, "laws: [id-uupdp]", "laws: [§id-uupd]", "unknown-law", "id-uupdp"),
    Mistake(B, "tepati: 1", "§tepati: 2", "wrong-value", "Write 1"),
    # texts
    Mistake(F, "name: FINECLEAN.ID", 'name: §"[nama perusahaan]"', "unfinished", "nama perusahaan"),
    Mistake(F, "business: {id: jasa kebersihan rumah, en: home cleaning}", "business: §home cleaning", "one-language"),
    Mistake(F, "label: {id: pesanan, en: booking}", "label: §{id: pesanan}", "one-language", '"en"'),
    Mistake(F, "{id: pesanan, en: booking}", "{id: §pesanan dan lain-lain, en: booking}", "open-ended"),
    Mistake(
        F,
        "en: We use the data of a booking to schedule",
        "en: §By using our site you agree that we schedule",
        "consent-by-use",
    ),
    Mistake(F, "sampai dua jam sesudahnya, lewat", "sampai 3 jam sesudahnya, lewat", "digit-unbacked", "3"),
    Mistake(F, "id: Data pesanan kami pakai", "id: §Data {PESANAN} kami pakai", "bad-placeholder"),
    Mistake(
        F,
        "  complaint: {class: general",
        "  §other_data: {class: general, of: customer, fields: {x: text}}\n  complaint: {class: general",
        "open-ended",
    ),
    # references
    Mistake(
        B, "asks: [offers_by_email]", "asks: [§offers_by_mail]", "unknown-consent", 'Did you mean "offers_by_email"'
    ),
    Mistake(B, "for: [booking], asks", "for: [§bookings], asks", "unknown-purpose", 'Did you mean "booking"'),
    Mistake(B, "sees: [customer.name]", "sees: [§customer.nama]", "unknown-field", 'Did you mean "customer.name"'),
    Mistake(B, "collects: [customer]", "collects: [§custommer]", "unknown-category", 'Did you mean "customer"'),
    Mistake(B, "who: customer", "who: §visitor", "unknown-population"),
    Mistake(B, "opens: haircut", "opens: §hairdo", "unknown-case"),
    Mistake(B, "until: haircut.closed", "until: §haircut.close", "unknown-event", 'Did you mean "haircut.closed"'),
    Mistake(F, "while: booking.open,", "while: §booking.closed,", "unknown-case", 'Write "booking.open"'),
    Mistake(F, "payment: payment_provider}   # F5", "payment: §stripe}   # F5", "unknown-recipient"),
    Mistake(F, "to: service_desk}", "to: §servicedesk}", "unknown-role", "service_desk"),
    Mistake(F, "asked_at: [booking]", "asked_at: [§bookings]", "unknown-point", "booking"),
    Mistake(F, "terms: service ", "terms: §sale ", "unknown-terms"),
    Mistake(S, "tied_by: suggestions,", "tied_by: §sugestions,", "unknown-cookie", "suggestions"),
    Mistake(S, "trends: {of: use_of_rooms", "trends: {of: §use_of_room", "unknown-group"),
    Mistake(A, "against: [A9]", "against: [§A99]", "unknown-clause"),
    Mistake(B, "kept_by: [points.book,", "kept_by: [§points.bok,", "unknown-promise", 'Did you mean "points.book"'),
    Mistake(B, "kept_by: [points.book,", "kept_by: [§points.book.channels,", "not-a-promise", "points.book"),
    # the whole notice
    Mistake(
        B,
        "[customer], channels: [email]}\n  offers: {kind: marketing, basis: consent, uses: [customer]",
        "[customer.email], channels: [email]}\n  offers: {kind: marketing, basis: consent, uses: [customer.email]",
        "field-unused",
        "customer.name",
    ),
    Mistake(
        W,
        "security_code: {type: card_security_code, stored: no}",
        "§security_code: {type: card_security_code}",
        "security-code-stored",
    ),
    Mistake(
        T,
        "basis: contract\n    uses: [ticket, order.goods]",
        "basis: contract\n    uses: [ticket, order.goods, §account.assurance_number]",
        "unclear-used",
    ),
    Mistake(F, "  complaint: {from: complaint.closed", "  #", "no-end", "complaint"),
    Mistake(F, "longest: 2 years}           # F6", "}           # F6", "no-end", "visit.ends"),
    Mistake(F, "for: 2 years\n    then: destroy\n    hold", "then: destroy\n    hold", "no-end", '"for"'),
    Mistake(B, "longest: 3 years", "§longest: 3 days", "longest-too-short"),
    Mistake(
        F,
        "fields: [payment], reading: data faktur",
        "fields: [payment, §identity.name], reading: data faktur",
        "hold-elsewhere",
    ),
    Mistake(
        A, "buyer: {we_are: processor, instructed_by: merchant,", "§buyer: {we_are: processor,", "instructions-missing"
    ),
    Mistake(
        A,
        "uses: [merchant.name, merchant.email]\n    channels: [email]\n    says",
        "uses: [merchant.name, merchant.email, §buyer.email]\n    channels: [email]\n    says",
        "outside-instructions",
    ),
    Mistake(
        F,
        "complaint: {channels: [site, email, phone, whatsapp], who: customer,",
        "complaint: {channels: [site, email, phone, whatsapp], who: customer, about: [§staff],",
        "third-person-untold",
    ),
    Mistake(F, "asked_at: [booking]", "asked_at: [booking, §complaint]", "age-not-asked"),
    Mistake(F, "age: {under_18: guardian}", "§age: {under_13: refuse}", "age-gap", "Add under_18: guardian"),
    Mistake(F, "minors: {under: 18,", "minors: {under: 21,", "age-gap", "stops at under_18"),
    Mistake(F, "{under_18: guardian}", "{under_13: warn, under_18: guardian}", "age-gap", "only warns under_13"),
    Mistake(
        F, "opens: complaint}   # F2", "opens: complaint, §age: {under_18: guardian}}   # F2", "age-asked-elsewhere"
    ),
    Mistake(B, "basis: contract", "basis: §[contract, consent]", "two-bases"),
    Mistake(B, "kind: service, basis: contract", "kind: service, §basis: consent", "consent-without-question"),
    Mistake(B, "basis: contract", "§basis: legitimate_interest", "balance-missing"),
    Mistake(B, "basis: contract", "§basis: legal_obligation", "because-missing"),
    Mistake(B, "kind: marketing, basis: consent", "kind: marketing, §basis: contract", "marketing-basis"),
    Mistake(
        B, "kind: marketing, basis: consent", "kind: marketing, §objection: no, basis: consent", "objection-closed"
    ),
    Mistake(
        F, "uses: [identity.name, payment]}", "uses: [identity.name, payment, §complaint.text]}", "use-without-source"
    ),
    Mistake(B, "channel: email, confirm", "§channel: sms, confirm", "channel-unknown"),
    Mistake(F, "offers_by_email: {for: offers,", "offers_by_email: {§for: orders,", "consent-for-other-basis"),
    Mistake(B, "opens: haircut}", "}", "case-never-opened", "haircut"),
    Mistake(A, "opened_by: [support]", "opened_by: [support, §investigator]", "opens-own-door"),
    Mistake(B, "{channels: [site], who", "{channels: [site, §phone], who", "channel-not-covered"),
    Mistake(
        F,
        "collects: [complaint], for: [service]",
        "collects: [complaint, §location], for: [service]",
        "collected-for-nothing",
    ),
    Mistake(B, "for: [booking], asks", "for: [booking, §offers], asks", "consent-not-asked"),
    Mistake(
        F,
        "collects: [complaint], for: [service]",
        "collects: [complaint, §staff.name], for: [service, staff_access]",
        "whose-data",
    ),
    Mistake(F, "offer: {kind: promotion", "offer: {§kind: service", "promotion-disguised"),
    Mistake(F, "limit: 1 per week, stop: [link, privacy_centre]}", "limit: 1 per week}", "no-way-out"),
    Mistake(
        F,
        "when: booking.opened, fields: [identity.name,",
        "when: booking.opened, fields: [§complaint.text, identity.name,",
        "message-uses-too-much",
    ),
    Mistake(F, "gets: [identity.name, identity.phone,", "§gets: [identity.phone,", "relay-gets-less", "identity.name"),
    Mistake(F, "gets: [identity.name, identity.phone,", "§gets: [identity.name,", "relay-gets-less", "identity.phone"),
    Mistake(
        F,
        "booking.service], for: [orders, service, offers], agreement: required, sub_processors: none}   # L12\n  host",
        "booking.service], §for: [orders, service], agreement: required, sub_processors: none}   # L12\n  host",
        "relay-not-for",
        "offers",
    ),
    Mistake(S, "records: [activity.pages,", "records: [§activity.ip, activity.pages,", "visits-record-too-much", "ip"),
    Mistake(B, "for: booking, channel: email", "for: booking, §channel: whatsapp", "channel-unknown"),
    Mistake(
        F,
        "session: {class: necessary, life: session}",
        "§session: {class: analytics, life: session}",
        "cookie-without-purpose",
    ),
    Mistake(
        F,
        "session: {class: necessary, life: session}",
        "session: {class: analytics, §for: optimise, life: session}",
        "cookie-basis",
    ),
    Mistake(W, "holds: [visit.pages]", "holds: [§customer.name]", "cookie-holds-too-much"),
    Mistake(F, "smallest_group: 10", "§smallest_group: 3", "group-too-small"),
    Mistake(F, "of: [usage.pages,", "of: [§identity.name, usage.pages,", "figures-use-too-much"),
    Mistake(
        F,
        "while: complaint.open, may: [reply]",
        "while: complaint.open, how: {§location.address: masked}, may: [reply]",
        "role-how-unseen",
    ),
    Mistake(
        F,
        "accountant: {sees: [identity.name,",
        "accountant: {sees: [§complaint.text, identity.name,",
        "role-sees-too-much",
    ),
    Mistake(
        F,
        "accountant: {sees: [identity.name, payment], for: [bookkeeping]}",
        "§accountant: {sees: [identity.name, payment]}",
        "role-without-purpose",
    ),
    Mistake(
        F,
        "gets: [identity.name, payment.amount",
        "gets: [§usage.ip, identity.name, payment.amount",
        "recipient-gets-too-much",
    ),
    Mistake(F, "function: operate_site, country: ID", "function: operate_site, §country: US", "transfer-step-missing"),
    Mistake(
        F,
        "country: ID, agreement: required, sub_processors: none}   # L12\n\nend",
        "country: ID, sub_processors: none}   # L12\n\nend",
        "agreement-missing",
        "host",
    ),
    Mistake(
        F,
        "agreement: required, sub_processors: none}   # L12\n\nend",
        "agreement: {confidential: no}}\n\nend",
        "agreement-open",
        "Art. 36",
    ),
    Mistake(S, "accepted_at: [profile]", "accepted_at: [reservation]", "terms-elsewhere", "profile"),
    Mistake(S, "consent: share_with_caterer\n", "chosen_by: person\n", "recipient-unasked"),
    Mistake(
        S,
        "{name: mitra gedung kami, kind: partner}",
        "{name: mitra gedung kami, kind: partner, §gets: [profile.name], for: [provide]}",
        "partner-gets-data",
    ),
    Mistake(
        S, "kind: processor, function: operate_site", "kind: sub_processor, function: operate_site", "under-missing"
    ),
    Mistake(
        F,
        "tell: {before: 30 days, after: 7 days, by: [email, site]}",
        "§tell: {before: 30 days, by: [email, site]}",
        "told-once",
    ),
    Mistake(
        F, "access: {within: 3x24 hours", "access: {§within: 14 working days", "weaker-than-law", 'Write "3x24 hours"'
    ),
    Mistake(F, "correction: {within: 3x24 hours", "correction: {§within: 3 days", "weaker-than-law", "UU PDP Art. 30"),
    Mistake(F, "breach: {within: 3x24 hours", "breach: {§within: 1 week", "weaker-than-law", "UU PDP Art. 46"),
    Mistake(F, "access: {within", "access: {§fee: 25000 IDR, within", "fee-on-right"),
    Mistake(F, "to: [offers, optimise]", "to: [offers, optimise, §orders]", "objection-closed"),
    Mistake(B, "{material: {before: 14 days, by: [email, site]}}", "{§material: {by: [email, site]}}", "untold"),
    Mistake(B, "{sale: yes}", "{sale: yes, §gossip: yes}", "never-unknown"),
    Mistake(B, "{sale: yes}", "{sale: yes, §marketing: yes}", "never-broken", "purposes.offers"),
    Mistake(
        F,
        "except: [recipients.payment_provider]}",
        "except: [disclosure.compelled]}",
        "never-broken",
        "recipients.payment_provider",
    ),
    Mistake(
        W, "sharing: {except: [", "§optional_cookies: yes\n  sharing: {except: [", "never-broken", "cookies.set.visits"
    ),
    Mistake(F, "does: any_request, confirm: link", "does: any_request, §confirm: once", "unconfirmed"),
    Mistake(W, "    of: [promotion]\n", "", "withdraws-nothing"),
    Mistake(F, "{covers: [orders, bookkeeping]", "{covers: [orders]", "assessment-missing", "bookkeeping"),
    Mistake(
        B,
        "{kept_by: [points.book, retention.customer]}",
        "{kept_by: [points.book], information: {id: a, en: b}}",
        "clause-fate",
    ),
    Mistake(W, "class: specific:financial", "§class: general", "class-too-low"),
    Mistake(
        W,
        "number: {type: card_number, mask: last4}",
        "number: {type: card_number, mask: §last5}",
        "wrong-value",
        "last4",
    ),
    # what YAML can do, and we do not want
    Mistake(B, "sale: yes", "sale: §!!str yes", "tag"),
    Mistake(B, "name: Pangkas Rapi", "name: §&n Pangkas Rapi", "anchor"),
    Mistake(B, "name: Pangkas Rapi", "name: §*n", "alias"),
    Mistake(B, "never: {sale: yes}", "never: {§<<: {sale: yes}}", "merge-key"),
    Mistake(B, "never: {sale: yes}", "never: {sale: yes}\n§never: {rent: yes}", "duplicate", "line 19"),
    Mistake(B, "clauses:", "§---\nclauses:", "several-documents"),
    Mistake(B, "tepati: 1", "§%YAML 1.1\n---\ntepati: 1", "directive"),
    Mistake(B, "never: {sale: yes}", "never: {§[a]: yes}", "key-no-name"),
    Mistake(B, "  book: {", "§\tbook: {", "yaml-tab"),
    Mistake(B, "name: Pangkas Rapi", "name: §@rapi", "yaml-character"),
    Mistake(B, "clauses: {B1", "x: a§: b\nclauses: {B1", "yaml-colon"),
    Mistake(B, "{sale: yes}", "{sale: yes§: no}", "yaml-brace"),
    Mistake(B, "  offers: {kind", "§- offers: {kind", "yaml-indent"),
    Mistake(B, "name: Pangkas Rapi", 'name: "Pangkas §\\q"', "yaml-escape"),
    Mistake(B, "Pangkas", "Pang§\x07kas", "unprintable"),
    Mistake(B, "Pangkas", "Pang§\u202ekas", "unprintable"),
    Mistake(B, "name: Pangkas Rapi", 'name: §"Pangkas \\u202eRapi"', "unprintable", "U+202E"),
    Mistake(B, "name: Pangkas Rapi", 'name: §"Pangkas\\r\\nBcc: x@y.example"', "unprintable", "U+000D"),
    Mistake(B, "name: Pangkas Rapi", 'name: §"Pangkas\\0"', "unprintable", "U+0000"),
    Mistake(B, "never: {sale: yes}", "never: {sale: " + "[" * 10 + "§[x]" + "]" * 10 + "}", "too-deep"),
]


def _place(text: str) -> tuple[int, int]:
    before = text[: text.index("§")]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _told_in_both_languages(source, english):
    indonesian = load(source, "n.yaml", "id").findings
    assert [(f.line, f.column, f.code) for f in english.findings] == [(f.line, f.column, f.code) for f in indonesian]
    for finding in (*english.findings, *indonesian):
        assert finding.what
        assert finding.mend
    for finding in indonesian:
        said = f"{finding.what} {finding.mend}" if finding.code in FORMS else ""
        assert not ENGLISH.search(said), f"what is wanted stands in Indonesian too: {said}"


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{n}-{m.code}" for n, m in enumerate(MISTAKES)])
def test_a_mistake_is_found_where_it_stands(mistake):
    source = (DRAFTS / f"{mistake.file}.yaml").read_text("utf-8")
    assert source.count(mistake.was) >= 1, "the draft no longer holds what the row changes"
    marked = source.replace(mistake.was, mistake.now, 1)
    loaded = load(marked.replace("§", "").encode(), "n.yaml")
    found = [finding for finding in loaded.findings if finding.code == mistake.code and finding.level == "error"]
    assert found, [str(finding) for finding in loaded.findings if finding.level == "error"]
    assert loaded.notice is None
    errors = [finding for finding in loaded.findings if finding.level == "error"]
    assert len(errors) <= 6, "one mistake is told a few times, not as a flood"
    _told_in_both_languages(marked.replace("§", "").encode(), loaded)
    if mistake.says:
        assert any(mistake.says in str(finding) for finding in found), [str(finding) for finding in found]
    if "§" in marked:
        assert _place(marked) in [(f.line, f.column) for f in found], [str(f) for f in found]


def test_what_was_read_and_is_only_objected_to_still_runs():
    """A rule that comes later stops no version that was published before: such a notice compiles, and is shown."""
    from tepati.notice.document import document
    from tepati.notice.promises import promises
    from tepati.rules.policy import compile as compiled

    seen = set()
    for mistake in MISTAKES:
        source = (DRAFTS / f"{mistake.file}.yaml").read_text("utf-8").replace(mistake.was, mistake.now, 1)
        loaded = load(source.replace("§", "").encode(), "n.yaml")
        if loaded.declared is None:
            continue
        seen.add(mistake.code)
        assert compiled(loaded.published())
        assert promises(loaded.declared)
        assert document(loaded.declared, "id")
        assert loaded.objections()
    assert len(seen) > 40, sorted(seen)


def test_the_codes_are_many():
    assert len({mistake.code for mistake in MISTAKES}) > 90
