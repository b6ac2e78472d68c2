"""Sign-in providers from ``tepati.toml``: held to the notice, the secret from outside, each fault with its mend."""

import msgspec
import pytest

from tepati.app.providers import of_staff, providers
from tepati.errors import Misconfigured
from tepati.notice.load import load
from tepati.notice.words import words
from tepati.ports import config as configuration
from tepati.ports.config import Config, OrgConfig, Place, ProviderConfig, StaffProviderConfig
from tests.web.examples import EXAMPLES

SLUG = "office-booking"
GOOD = ProviderConfig("client-1", "env:SECRET_OF_TESTS", "google")


@pytest.fixture(scope="module")
def notice():
    return load((EXAMPLES / SLUG / "notice.yaml").read_bytes()).sound()


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("SECRET_OF_TESTS", "s3cret\n")


def place(folder, name="google", said=GOOD, staff=None) -> Place:
    org = OrgConfig("notice.yaml", "https://office.example", sign_in={name: said},
                    staff_sign_in=staff or StaffProviderConfig())  # fmt: skip
    return Place(folder, Config("sqlite:///x", ("a", "b"), "r", {SLUG: org}))


def why(act) -> str:
    with pytest.raises(Misconfigured) as no:
        act()
    said = no.value
    assert "s3cret" not in repr(said)
    for lang in ("id", "en"):
        assert f"orgs.{SLUG}." in words(lang, "errors").say(said.code, **said.values)
    return said.code


def test_google_is_a_preset_and_the_secret_stands_outside(notice, tmp_path):
    (made,) = providers(place(tmp_path), SLUG, notice, lambda: 0).values()
    assert (made.client.issuer, made.client.secret) == ("https://accounts.google.com", "s3cret")
    assert "s3cret" not in repr(made.client)
    (tmp_path / "client.secret").write_text("other\n")
    own = ProviderConfig("c", "client.secret", issuer="https://login.company.example")
    (made,) = providers(place(tmp_path, said=own), SLUG, notice, lambda: 0).values()
    assert (made.client.issuer, made.client.secret) == ("https://login.company.example", "other")
    assert of_staff(place(tmp_path), SLUG, notice, lambda: 0) is None
    told = StaffProviderConfig("c", GOOD.secret, "google", mfa=True)
    own = of_staff(place(tmp_path, staff=told), SLUG, notice, lambda: 0)
    assert (own.provider.client.name, own.mfa) == ("c", True)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"secret": "env:NOWHERE"}, "sign_in_secret"), ({"secret": "no.such.file"}, "sign_in_secret"),
        ({"secret": ""}, "sign_in_secret"), ({"client": ""}, "sign_in_client"), ({"preset": ""}, "sign_in_issuer"),
        ({"issuer": "https://login.company.example"}, "sign_in_issuer"),
        ({"preset": "", "issuer": "http://login.company.example"}, "sign_in_issuer"),
        ({"preset": "", "issuer": "https://login.company.example?x=1"}, "sign_in_issuer"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_before_the_start(notice, tmp_path, said, code):
    wrong = msgspec.structs.replace(GOOD, **said)
    assert why(lambda: providers(place(tmp_path, said=wrong), SLUG, notice, lambda: 0)) == code


def test_a_provider_that_the_notice_does_not_declare_starts_nothing(notice, tmp_path):
    """W1: what is configured is declared, with its point, its endpoint, its cookie, and a claim for each field."""

    def tried(changed, name="google"):
        return why(lambda: providers(place(tmp_path, name), SLUG, changed, lambda: 0))

    replace, google = msgspec.structs.replace, notice.data["google"]
    assert tried(notice, "caterer") == "sign_in_no_point"
    assert tried(replace(notice, endpoints={"sign_in": "host"})) == "sign_in_no_endpoint"
    kept = {name: one for name, one in notice.cookies.set.items() if name != "sign_in"}
    assert tried(replace(notice, cookies=replace(notice.cookies, set=kept))) == "sign_in_no_cookie"
    bare = {**google.fields, "name": replace(google.fields["name"], claim="")}
    assert tried(replace(notice, data={**notice.data, "google": replace(google, fields=bare)})) == "sign_in_no_claim"


def test_the_file_is_read_back_as_it_was_written(tmp_path):
    at = place(tmp_path, staff=StaffProviderConfig("c", "env:X", issuer="https://login.example", acr=("urn:two",)))
    configuration.write(tmp_path, at.config)
    assert configuration.read(tmp_path).config == at.config
    text = (tmp_path / "tepati.toml").read_text().replace('preset = "google"', 'preset = "facebook"')
    (tmp_path / "tepati.toml").write_text(text)
    with pytest.raises(Misconfigured) as no:
        configuration.read(tmp_path)
    assert "sign_in" in str(no.value.values["what"])
