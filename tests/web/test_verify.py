"""A receipt is checked in the browser as ``tepati verify`` does: good, flipped, cut off; offline, and from disk."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from tepati.ledger.note import signer
from tests.web.test_browser import faults

VECTORS = Path(__file__).parents[1] / "vectors" / "ledger"
RECEIPT = json.loads((VECTORS / "receipt.json").read_text("utf-8"))["receipt"]
HEADS = json.loads((VECTORS / "heads.json").read_text("utf-8"))
POLICY = HEADS["policy"]
WITNESSED = str(signer("fineclean.example/log", bytes(32)).key)  # another key under the log's own name


def written(receipt) -> bytes:
    return json.dumps(receipt, ensure_ascii=False).encode()


def flipped(text: str, place: int) -> str:
    other = "A" if text[place] != "A" else "B"
    return text[:place] + other + text[place + 1 :]


def with_record() -> dict:
    """A receipt whose opening binds a record, in Indonesian words beyond ASCII."""
    from tepati.ledger import note, openings, tiles, tree
    from tepati.ledger.entry import Line, encode
    from tepati.ledger.log import Proven
    from tepati.ledger.proof import write_proof
    from tepati.ledger.receipt import digest, receipt

    record = {
        "z": "persetujuan – “ya” \u2028é\u0001/",
        "a": [1, True, None, {"b": {}}],
        "aa": 2**52,
        "in_words": {"id": ["Pada 1 Oktober Anda menyetujui: “ya”"], "en": ["On 1 October you agreed: “ya”"]},
    }
    payload = json.dumps({"record": digest(record)}).encode()
    root, (opening,) = openings.build([("person", payload)], bytes)
    line = encode(Line(1_795_000_000_000_000, "agree", "given", "p", "q", "", root.hex(), leaves=1))
    seed = bytes.fromhex(HEADS["log_secret_seed"])
    log = note.signer("fineclean.example/log", seed)
    leaf = tree.leaf_hash(line)
    made = tiles.grow(0, {}, [leaf])
    head = note.checkpoint("fineclean.example/log", 1, tiles.Tiles(1, made).root(), log)
    return json.loads(receipt(Proven(0, line, write_proof(0, [], head), 0), opening, record))


PROOF, OPENING, OWN = RECEIPT["proof"], RECEIPT["opening"], f"log {HEADS['log']}\nquorum none\n"


def changed(**parts) -> dict:
    return RECEIPT | parts


CLOSED = {key: value for key, value in OPENING.items() if key not in {"salt", "payload"}}
OTHERS = OPENING | {"payload": OPENING["payload"].replace("email", "phone")}
CASES = {
    "good": (RECEIPT, POLICY, "good", ()),
    "no keys": (RECEIPT, "", "unpinned", ()),
    "line changed": (changed(line=RECEIPT["line"].replace("withdraw", "with")), POLICY, "bad", ("not_included",)),
    "index changed": (changed(proof=PROOF.replace("index 7", "index 6")), POLICY, "bad", ("not_included",)),
    "path changed": (changed(proof=flipped(PROOF, 60)), POLICY, "bad", ("not_included",)),
    "head changed": (changed(proof=PROOF.replace("\n300\n", "\n301\n")), POLICY, "bad", ("signature",)),
    "payload changed": (changed(opening=OTHERS), POLICY, "bad", ("opening",)),
    "no salt": (changed(opening=CLOSED), POLICY, "good", ()),
    "unknown key": (changed(more=1), POLICY, "bad", ("unreadable",)),
    "no witness": (with_record(), POLICY, "bad", ("quorum",)),
    "record": (with_record(), OWN, "good", ()),
    "record changed": (with_record() | {"record": {"z": "tidak"}}, OWN, "bad", ("record",)),
    "another log": (RECEIPT, f"log {WITNESSED}\nquorum none\n", "bad", ("unsigned",)),
    "no policy": (RECEIPT, "log x+y+z\nquorum none", "bad", ("policy",)),
}


def check(page, body: bytes, policy: str) -> tuple[str, list[str]]:
    page.locator("#berkas").set_input_files({"name": "r.json", "mimeType": "application/json", "buffer": body})
    page.locator("#kunci").fill(policy)
    page.evaluate("document.getElementById('hasil').removeAttribute('data-verdict')")
    page.locator("#periksa button").click()
    page.wait_for_selector("#hasil[data-verdict]")
    said = page.locator("#hasil").get_attribute("data-verdict")
    return said, page.locator("#hasil > ul li").all_inner_texts()


def sentences(lang: str) -> dict[str, str]:
    from tepati.notice.words import words

    said = words(lang, "site").entries
    return {k.removeprefix("verify_result.found_"): v for k, v in said.items() if k.startswith("verify_result.found_")}


def agrees(body: bytes, policy: str) -> bool:
    """What ``tepati verify`` says of the same file."""
    from tepati.errors import Tampered
    from tepati.ledger.verify import read_policy, verify_receipt

    try:
        return verify_receipt(body, read_policy(policy) if policy else None).sound
    except Tampered:
        return False


def walk(page, found: list) -> None:
    for name, (receipt, policy, verdict, codes) in CASES.items():
        said, listed = check(page, written(receipt), policy)
        assert said == verdict, (name, said, listed)
        assert [found[code] for code in codes] == listed[: len(codes)], name
        assert agrees(written(receipt), policy) == (verdict in {"good", "unpinned"}), name
    whole = written(RECEIPT)
    for cut in (0, 1, 40, len(whole) // 2, len(whole) - 1):
        assert check(page, whole[:cut], POLICY) == ("bad", [found["unreadable"]])


@pytest.mark.parametrize(("path", "lang"), [("periksa", "id"), ("en/verify", "en")])
def test_receipts_are_judged_as_by_the_command_and_nothing_is_sent(browser, site, path, lang):
    context = browser.new_context()
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.goto(f"{site}/home-cleaning/{path}")
    assert faults(page) == []
    context.set_offline(True)
    page.on("request", lambda request: asked.append(request.url))
    walk(page, sentences(lang))
    assert ([one for one in said if "404" not in one], asked) == ([], [])  # the server has no favicon
    context.set_offline(False)
    assert faults(page) == []
    context.close()


@pytest.mark.parametrize(("path", "lang"), [("periksa", "id"), ("en/verify", "en")])
def test_the_words_of_a_receipt_are_read_where_they_are_bound(browser, site, path, lang):
    """In the language of the page, as text; of a receipt whose words were changed none is shown."""
    page = browser.new_page()
    page.goto(f"{site}/home-cleaning/{path}")
    receipt = with_record()
    said = receipt["record"]["in_words"][lang][0]
    assert check(page, written(receipt), OWN)[0] == "good"
    assert page.locator("#hasil").get_by_text(said, exact=True).is_visible()
    assert faults(page) == []
    receipt["record"]["in_words"][lang][0] = "Sesuatu yang lain"
    assert check(page, written(receipt), OWN)[0] == "bad"
    assert page.get_by_text("Sesuatu yang lain").count() == 0
    page.close()


def test_the_page_saved_to_disk_works_too(browser, site, tmp_path):
    page = browser.new_page()
    html = page.request.get(f"{site}/home-cleaning/periksa").text()
    name = re.search(r'src="/static/(verify\.\w+\.js)"', html)[1]
    (tmp_path / name).write_bytes(files("tepati.web").joinpath("static/verify.js").read_bytes())
    (tmp_path / "p.html").write_text(html.replace(f"/static/{name}", name), "utf-8")
    page.goto(f"file://{tmp_path}/p.html")
    walk(page, sentences("id"))
    page.close()


def test_without_script_the_command_stands_there(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/home-cleaning/en/verify")
    assert page.locator("#periksa").is_hidden()
    assert page.get_by_text("tepati verify receipt.json --policy policy").is_visible()
    context.close()


def test_a_browser_that_cannot_check_signatures_says_so(browser, site):
    page = browser.new_page()
    page.add_init_script(
        "const real = crypto.subtle.importKey.bind(crypto.subtle);"
        "crypto.subtle.importKey = (f, k, a, ...r) => a === 'Ed25519'"
        " ? Promise.reject(new DOMException('no', 'NotSupportedError')) : real(f, k, a, ...r);"
    )
    page.goto(f"{site}/home-cleaning/en/verify")
    assert check(page, written(RECEIPT), POLICY)[0] == "unchecked"
    assert check(page, written(RECEIPT), "")[0] == "unpinned"
    page.close()
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(window, 'crypto', {value: undefined})")
    page.goto(f"{site}/home-cleaning/en/verify")
    assert page.locator("#periksa").is_hidden()
    assert page.locator("#tanpa").is_visible()
    page.close()


def test_nothing_of_a_receipt_becomes_markup(browser, site):
    page = browser.new_page()
    page.goto(f"{site}/home-cleaning/en/verify")
    evil = RECEIPT | {
        "line": '<img src=x onerror="document.title=1">',
        "proof": RECEIPT["proof"].replace("fineclean", "<b>x"),
    }
    check(page, written(evil), "")
    assert page.locator("#hasil img, #hasil b").count() == 0
    policy = page.request.get(f"{site}/home-cleaning/periksa").headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "'unsafe" not in policy
    assert "connect-src 'none'" in policy
    page.close()
