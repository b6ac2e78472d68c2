"""A new page is looked at, or the suite says so: every page of site, centre and demo is on ``site_pages.py``."""

from pathlib import Path

from tepati.web import server
from tests.web.site_pages import APART, FILES, PASSED, SERVED, WALKED, pages, shown


def test_every_page_is_looked_at_somewhere():
    ours = set(pages(*server.PAGES, *server.CENTRE, *server.DEMO))
    looked = SERVED | WALKED | PASSED
    assert ours - looked - FILES - APART.keys() == set(), "a page that nobody looks at: see tests/web/site_pages.py"
    assert (WALKED | PASSED | FILES | APART.keys()) - set(pages()) == set(), "no such page any more"
    assert (looked & APART.keys(), looked & FILES) == (set(), set()), "looked at by now"


def test_pages_apart_have_the_test_that_is_named():
    here = Path(__file__).parent
    assert [test for test in APART.values() if not (here / test).exists()] == []


def test_a_page_is_found_by_either_of_its_paths():
    found = shown("/home-cleaning/janji/bagian/who"), shown("/home-cleaning/en/promises/part/who")
    assert found == ("board.one_part", "board.one_part")
    assert shown("/home-cleaning/none/none") == ""
