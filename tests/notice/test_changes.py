"""Wider or narrower, key by key (language.md section 4); renamed things keep their history."""

from pathlib import Path

import msgspec
import pytest

from tepati.notice import model
from tepati.notice.changes import Change, changes, directions
from tepati.notice.differences import differences
from tepati.notice.load import load
from tepati.notice.model import Notice, Part
from tepati.notice.revision import revision
from tepati.notice.uses import Use
from tepati.notice.values import Telling, Text

EXAMPLE = (Path(__file__).parents[2] / "examples" / "home-cleaning" / "notice.yaml").read_text("utf-8")
WORDS = {"more", "less", "later", "sooner", "any", "none"}


def read(source: str) -> Notice:
    return load(source.encode()).sound()


def changed(was: str, now: str, source: str = EXAMPLE) -> Notice:
    assert was in source, was
    return read(source.replace(was, now))


def test_every_key_of_the_language_has_its_direction() -> None:
    apart = (model.Part, model.Thing, model.Windowed)
    classes = [c for c in vars(model).values() if isinstance(c, type) and issubclass(c, Part) and c not in apart]
    wanted = {
        kind.__name__: {
            f.encode_name
            for f in msgspec.structs.fields(kind)
            if f.name not in ("says", "was", *getattr(kind, "hidden", ()))
        }
        for kind in (*classes, Telling)
    }
    said = {table: set(keys) for table, keys in directions().items() if table != "paths"}
    assert {name: keys for name, keys in wanted.items() if keys} == said
    for keys in directions().values():
        assert all(isinstance(one, tuple) or one in WORDS for one in keys.values())


ERASED, KEPT = "erasure: {within: 7x24 hours", "backups: {keep: 30 days}"
STEPS = {
    "a promised time grows": (ERASED, ERASED.replace("7x", "10x"), "rights.erasure.within", "wider"),
    "a promised time shrinks": (ERASED, ERASED.replace("7x", "5x"), "rights.erasure.within", "narrower"),
    "backups live shorter": (KEPT, KEPT.replace("30", "20"), "security.backups.keep", "narrower"),
    "backups live longer": (KEPT, KEPT.replace("30", "60"), "security.backups.keep", "wider"),
    "less time to hear of it": ("before: 14 days", "before: 7 days", "notice.announce.material.before", "wider"),
    "a shorter wait": ("wait: 24 hours", "wait: 12 hours", "notice.approvals.wait", "wider"),
    "called otherwise": ("name: FINECLEAN.ID", "name: FINECLEAN", "organisation.name", "neither"),
    "a prohibition goes": ("  sale: yes", "  rent: yes", "never.sale", "wider"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_has_a_way(name: str) -> None:
    was, now, path, way = STEPS[name]
    found = changes(read(EXAMPLE), changed(was, now))
    assert [one.way for one in found if one.path == path] == [way]


def test_more_uses_of_a_consent_open_and_are_asked_again() -> None:
    was = "uses: [identity.name, identity.email, identity.phone], channels: [email, whatsapp]}"
    found = revision(read(EXAMPLE), changed(was, was.replace("identity.phone]", "identity.phone, location]")))
    assert [(one.path, one.way, one.now) for one in found.changes] == [
        ("purposes.offers.uses", "wider", "location.address")
    ]
    assert found.opens == (
        Use("offers", "", "location.address", "offers_by_email"),
        Use("offers", "", "location.address", "offers_by_whatsapp"),
    )
    assert [(one.consent, one.because) for one in found.again] == [
        ("offers_by_email", ("purposes.offers.uses",)), ("offers_by_whatsapp", ("purposes.offers.uses",)),
    ]  # fmt: skip
    assert found.people == ("customer",)
    assert found.announce == read(EXAMPLE).notice.announce.material


def test_own_words_that_stayed_are_told() -> None:
    was = "uses: [identity, location, payment, booking]\n    channels: [email, whatsapp, phone, site]"
    found = revision(read(EXAMPLE), changed(was, was.replace(", site]", "]")))
    assert found.worded == ("purposes.orders",)
    assert not found.material


@pytest.mark.promise("A8")
@pytest.mark.parametrize("words", ["{id: Melihat seperlunya., en: Sees what it needs.}", "{id: Lain., en: Other.}"])
def test_what_widens_behind_own_words_is_told_in_what_the_declaration_means(words: str) -> None:
    """Kept or changed, they hide nothing: whoever approves and whoever is told reads what becomes of the data."""
    sees = "sees: [identity.name, identity.phone, location, booking], for: [orders]"
    own = EXAMPLE.replace(sees, f"{sees}, says: {{id: Melihat seperlunya., en: Sees what it needs.}}")
    new = EXAMPLE.replace(sees, f"sees: [identity, location, booking], for: [orders], says: {words}")
    told = [each for each in differences(read(own), read(new)) if each.id == "roles.dispatcher"]
    assert "identity and contact details" in (told[-1].now or Text("", "")).en
    assert "phone number" in (told[-1].was or Text("", "")).en
    assert len(told) == (1 if "Melihat" in words else 2)
    assert differences(read(own), read(own)) == ()


def test_what_is_only_renamed_opens_nothing() -> None:
    barber = (Path(__file__).parent / "drafts" / "barber.yaml").read_text("utf-8")
    renamed = barber.replace("  booking: {kind", "  cuts: {was: booking, kind").replace("for: [booking]", "for: [cuts]")
    renamed = renamed.replace("for: booking,", "for: cuts,")
    found = revision(read(barber), read(renamed))
    assert found.changes == (Change("purposes.cuts.was", "purposes.cuts", "neither", "booking", "cuts"),)
    assert (found.opens, found.closes, found.material) == ((), (), False)


def test_a_renamed_category_keeps_its_fields_and_its_end() -> None:
    barber = (Path(__file__).parent / "drafts" / "barber.yaml").read_text("utf-8")
    renamed = barber.replace("  customer: {class", "  guest: {was: customer, class").replace(
        "uses: [customer]", "uses: [guest]"
    )
    renamed = renamed.replace("collects: [customer]", "collects: [guest]").replace("customer.name", "guest.name")
    renamed = renamed.replace("retention: {customer:", "retention: {guest:").replace(
        "retention.customer", "retention.guest"
    )
    found = revision(read(barber), read(renamed))
    assert {one.way for one in found.changes} == {"neither"}
    assert (found.opens, found.closes) == ((), ())


def test_writing_what_held_in_silence_widens_nothing():
    """A right that the file begins to name keeps the ways to ask, and the telling, that the law gave it before."""
    silent = (Path(__file__).parent / "drafts/barber.yaml").read_text("utf-8")
    said = "rights: {access: {within: 3x24 hours}, erasure:"
    found = changes(read(silent), changed("rights: {erasure:", said, silent))
    assert [one.path for one in found if one.direction == "wider"] == []
