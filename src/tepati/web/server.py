"""Room web: builds the application from the surfaces; the edge stands before it, so that 404 and 405 pass it too."""

from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any, cast

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from tepati.errors import NotFound, TepatiError
from tepati.web import errors
from tepati.web.api import consents, described, happened, people
from tepati.web.api import ledger as public_ledger
from tepati.web.config import WebConfig
from tepati.web.console import (
    alerts,
    api_keys,
    booking,
    bookings,
    bringing,
    campaigns,
    cases,
    checks,
    company,
    complaints,
    countersign,
    draft,
    entrance,
    events,
    factors,
    inquiries,
    ledger,
    lost,
    mails,
    minors,
    notices,
    opinions,
    ordering,
    papers,
    persons,
    promises,
    recipients,
    requests,
    retention,
    staff,
    till,
    today,
    visit,
    writing,
)
from tepati.web.edge import Edge
from tepati.web.house import Away, House, asset_response
from tepati.web.ports import DemoSurface, OrgSurface
from tepati.web.site import (
    account,
    asks,
    assisting,
    board,
    book,
    certificate,
    choices,
    coding,
    confirm,
    contact,
    cookie_choice,
    enter,
    guardian,
    heed,
    home,
    known,
    mine,
    notice,
    overview,
    past,
    provider,
    proving,
    safety,
    talks,
    uploading,
    verify,
    vet,
)
from tepati.web.site import demo as demonstration

RESERVED = frozenset({"coba", "en", "mail", "static", "health", "v1", ".well-known", "robots.txt"})
PAGES = (
    home.home, home.terms, home.moved, book.form, book.send, book.received, book.further, book.sent, book.answered,
    confirm.preview, confirm.act,
    confirm.one_click, confirm.done, confirm.stopped, notice.notice, board.board, board.one_part, board.one_state,
    certificate.certificate, certificate.proof, verify.verify, contact.form, contact.send, contact.written,
    cookie_choice.choices, cookie_choice.choose, known.robots, known.security, known.signal, past.history,
    past.version, past.printed,
    past.changes, past.sheets, past.sheet, past.news, vet.vet, vet.text, vet.approve,
    talks.linked, talks.add, talks.wrote,
    guardian.guardian, guardian.answer, guardian.answered,
)  # fmt: skip
CENTRE = (
    coding.number, coding.ask, coding.code, coding.enter, coding.consent, coding.give, coding.booking, coding.confirm,
    enter.centre, enter.ask, enter.sent, enter.preview, enter.enter, enter.leave, enter.device,
    provider.leave, provider.back, provider.new, provider.begin, provider.connect,
    account.show, account.change, account.steps, account.step, account.door, account.sign_in,
    heed.heed, heed.heeded,
    overview.requests, overview.asked, mine.mine, mine.trail, mine.older, mine.dispute, choices.consents,
    proving.show, proving.send, uploading.show, uploading.send, uploading.done, uploading.take,
    choices.withdrawn, choices.answer, choices.limits, choices.limit, asks.copy, asks.copied, asks.correct,
    asks.take, asks.address, asks.moved, asks.move, asks.erase, asks.erased, assisting.show, assisting.ask,
    safety.receipts, safety.receipt,
    safety.paper, safety.security, safety.end, talks.talks, talks.talk, talks.write,
)  # fmt: skip
API = (
    public_ledger.checkpoint,
    public_ledger.tile,
    public_ledger.health,
    people.look,
    people.collect,
    people.collect_batch,
    consents.questions,
    consents.consents,
    consents.ask,
    consents.withdraw,
    consents.object_,
    consents.restrict_,
    described.openapi_json,
    people.upload,
    happened.happened,
)
CONSOLE = (
    today.today, company.leave, company.back, company.ask, company.code, company.back_in, company.own,
    entrance.door, entrance.sign_in, entrance.sign_out, entrance.undertaking, entrance.undertake,
    papers.papers, papers.packed,
    complaints.complaints, complaints.complaint, complaints.reveal, complaints.photo, complaints.answer,
    countersign.countersign,
    opinions.listed, opinions.read,
    inquiries.inquiries, inquiries.change, inquiries.inquiry, inquiries.reveal, inquiries.close,
    writing.form, writing.take, writing.taken, events.events, events.record, till.till, till.hand, till.handed,
    bringing.bring, bringing.take, bringing.brought,
    checks.checks, checks.shut, checks.reveal, checks.close, minors.minors, minors.minor, minors.reveal, minors.hear,
    campaigns.campaigns, campaigns.campaign, campaigns.tried, campaigns.rehearse, campaigns.launch, campaigns.sending,
    campaigns.stop, mails.mails, mails.retry, promises.promises, promises.promise, promises.repair, promises.attest,
    alerts.alerts, ledger.ledger, ledger.line, ledger.proof, retention.retention, draft.begin, draft.judge,
    recipients.recipients,
    recipients.recipient, recipients.record, cases.cases, cases.change, cases.own,
    notices.notices, notices.change,
    bookings.bookings, ordering.form, ordering.take, ordering.taken,
    booking.booking, booking.change, persons.people, persons.search, persons.person, persons.reveal,
    factors.factors, factors.change, lost.form, lost.take,
    staff.staff, staff.change, api_keys.api_keys, api_keys.change, visit.visit, visit.arrive,
    requests.queue, requests.find, requests.asked, requests.paper, requests.reveal, requests.answer, requests.handed,
    requests.kinds, requests.form, requests.record,
)  # fmt: skip
DEMO = (
    demonstration.front, demonstration.attempt, demonstration.tried, demonstration.mails, demonstration.mail,
    demonstration.body, demonstration.file,
)  # fmt: skip


@get("/static/{name:str}")
async def static(request: Request[Any, Any, State], name: FromPath[str]) -> Response[bytes]:
    """Serve stylesheet and font under names that change with their content. Raises NotFound."""
    for asset in request.app.state.house.files:
        if asset.name == name:
            return asset_response(asset, request.headers.get("accept-encoding", ""))
    raise NotFound("page")


def build(orgs: Mapping[str, OrgSurface], demo: DemoSurface | None, config: WebConfig) -> Litestar:
    """Build the application. Raises Misconfigured (a site.toml that fits no notice), ValueError (bad proxies)."""
    if reserved := RESERVED & set(orgs):
        raise ValueError(f"reserved: {sorted(reserved)}")
    house = House(config, dict(orgs), demo)
    _ = house.dresses  # read every site.toml now: a fault stops the start, not a visitor
    app = copy(_routes(demo=demo is not None))
    app.state = State({"house": house})
    # Litestar's own middleware runs per route and so never sees 404 and 405: the edge wraps the whole handler instead.
    app.asgi_handler = cast("Any", Edge(cast("Any", app.asgi_handler), config, errors.refusal(house)))
    return app


@cache
def _routes(*, demo: bool) -> Litestar:
    """Compile the routes, which are the same for whatever stands behind them: a third of a second."""
    return Litestar(
        route_handlers=[*PAGES, *CENTRE, *CONSOLE, *API, static, *(DEMO if demo else (home.alone,))],
        exception_handlers=cast(
            "Any",
            {
                TepatiError: errors.of_tepati,
                Away: errors.of_away,
                HTTPException: errors.of_http,
                Exception: errors.of_any,
            },
        ),
        openapi_config=None,
        logging_config=None,
    )
