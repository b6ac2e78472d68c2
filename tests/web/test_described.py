"""The API as OpenAPI: no route without its description, none described that is not there, and answers as described."""

import re

import httpx
import msgspec
import pytest

from tepati import app as root
from tepati.flows.acts.keyed import Wanted, make
from tepati.web.api.described import CALLS, PUBLIC, openapi
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired
from tests.web.office import SITE, console
from tests.web.test_api_keys import HOME, INSIDE
from tests.web.test_batch import submissions

RATNA = {"email": "ratna@contoh.example"}


def routes(app) -> set[tuple[str, str]]:
    """Every route of the application below /v1/, and the public ones of the ledger: method and path."""
    named = {
        (m.lower(), re.sub(r":\w+", "", route.path)) for route in app.routes for m in getattr(route, "methods", ())
    }
    return {(m, p) for m, p in named if (p.startswith("/v1/") or "/ledger/" in p) and m not in {"options", "head"}
            and "konsol" not in p and "console" not in p}  # fmt: skip


def refs(found) -> set[str]:
    """Every ``$ref`` within."""
    if isinstance(found, dict):
        return {found["$ref"]} if "$ref" in found else {one for each in found.values() for one in refs(each)}
    return {one for each in found for one in refs(each)} if isinstance(found, list) else set()


def test_what_is_described_are_the_routes_and_nothing_else(world):
    made = openapi()
    assert {(m, p) for p, said in made["paths"].items() for m in said} == routes(world.app)
    for ref in refs(made):
        found = made
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]
    ids = [one["operationId"] for said in made["paths"].values() for one in said.values()]
    assert len(set(ids)) == len(CALLS) + len(PUBLIC)
    for path, said in made["paths"].items():
        for one in said.values():
            held = {p["name"] for p in one["parameters"] if p["in"] == "path"}
            assert held == set(re.findall(r"\{(\w+)\}", path))
            assert one["description"]
    assert root.openapi("toko", "https://t.example")["servers"] == [{"url": "https://t.example"}]
    assert "/v1/toko/look" in root.openapi("toko", "")["paths"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_answers_are_as_described(desk, clock, post):  # noqa: F811
    """Each call made for real: its status and its keys are those of the served description, its refusal too."""
    _, app = console(desk, clock)
    number = await guest(desk, post)
    actor = await hired(desk, "director")
    keys = {r: (await make(desk, actor, Wanted(r, (HOME,), 9)))[0] for r in ("dispatcher", "editor", "analyst")}
    transport = httpx.ASGITransport(app, client=(INSIDE, 1))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        made = (await client.get(f"/{desk.org}/openapi.json")).json()
        assert made["servers"] == [{"url": SITE}]
        one = submissions(1, booking__date="2026-11-25", booking__slot="s0800")["submissions"][0]
        questions = await client.get(f"/v1/{desk.org}/consents/questions", headers=bearer(keys["dispatcher"]))
        words = {q["name"]: q["digest"] for q in questions.json()["questions"]}
        bodies = {
            "look": {"purpose": "orders", "fields": ["identity.name"], "number": number},
            "happened": {"number": "HC-0000-0000", "moment": "charged"},
            "upload": {"point": "booking", "csv": "a,b", "once": "0" * 32, **RATNA},
            "collect": one, "collect/batch": {"submissions": [one]}, "consents/questions": None, "consents/said": RATNA,
            "consents/ask": {"version": 1, "words": words, **RATNA},
            "consents/withdraw": {"question": "offers_by_email", **RATNA},
            "rights/restrict": {"purposes": ["orders"], **RATNA}, "rights/object": {"purposes": ["offers"], **RATNA},
        }  # fmt: skip
        assert {f"/v1/{desk.org}/{path}" for path in bodies} == {p for p in made["paths"] if p.startswith("/v1/")}
        for path, body in bodies.items():
            where, method = f"/v1/{desk.org}/{path}", "GET" if body is None else "POST"
            said = made["paths"][where][method.lower()]
            role = "editor" if path == "rights/object" else "dispatcher"
            answer = await client.request(method, where, json=body, headers=bearer(keys[role]))
            as_described(made, said, answer, yes=path not in {"upload", "happened"})  # no tables, no charges here
            refused = await client.request(method, where, json=body, headers=bearer(keys["analyst"]))
            as_described(made, said, refused, yes=path == "consents/questions")
            if body is not None:
                as_described(made, said, await client.post(where, json={}, headers=bearer(keys[role])), yes=False)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def as_described(made, said, answer, *, yes: bool) -> None:
    """Compare an answer with its schema: status, media type, and keys."""
    assert (answer.status_code < 300) is yes, answer.text
    found = said["responses"][str(answer.status_code)]
    if "$ref" in found:
        found = made["components"]["responses"][str(answer.status_code)]
    (media,) = found["content"]
    assert answer.headers["content-type"] == media
    schema = made["components"]["schemas"][found["content"][media]["schema"]["$ref"].rpartition("/")[2]]
    got = msgspec.json.decode(answer.content)
    assert set(schema.get("required", ())) <= got.keys() <= schema["properties"].keys()
