"""Room web: the ledger as staff read it: newest lines first, one line with its proof. It names nobody."""

from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath

from tepati.errors import NotFound
from tepati.flows import public
from tepati.flows.acts import lines as act
from tepati.flows.acts.lines import Sought
from tepati.web import addresses
from tepati.web.console.frame import Seat, seat
from tepati.web.ports import File
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page

LONGEST = 200  # characters of a filter, as of a word in a line
DIGITS = 15


@get(addresses.both("ledger"))
async def ledger(request: Asked, org: FromPath[str]) -> Page:
    """Show lines, newest first, those sought only. Raises Away, NotFound, Tampered."""
    here = await seat(request, org, "ledger")
    sought = _sought(request)
    found = await act.lines(here.desk, sought)
    head = await public.newest(here.desk)
    asked = {name: value for name in ("act", "answer", "promise") if (value := getattr(sought, name))}
    older = urlencode(asked | {"before": str(found.more)}) if found.more > 0 else ""
    return await here.draw("ledger.html", found=found, sought=sought, older=older, asked=asked, newest=head)


@get([f"{path}/{{index:str}}" for path in addresses.both("line")])
async def line(request: Asked, org: FromPath[str], index: FromPath[str]) -> Page:
    """Show one line and its proof. Raises Away, NotFound, Unavailable."""
    here = await seat(request, org, "line")
    return await here.draw("line.html", part="ledger", tail=index, shown=await _shown(here, index))


@get([f"{path}/{{index:str}}/json" for path in addresses.both("line")])
async def proof(request: Asked, org: FromPath[str], index: FromPath[str]) -> Response[bytes]:
    """Hand one line out with its proof, as ``tepati verify`` reads it. Raises Away, NotFound, Unavailable."""
    here = await seat(request, org, "line")
    return download(File(f"line-{index}.json", (await _shown(here, index)).file))


async def _shown(here: Seat, index: str) -> act.Shown:
    if not index.isascii() or not index.isdecimal() or len(index) > DIGITS:
        raise NotFound("ledger_line")
    return await act.one(here.desk, int(index))


def _sought(request: Asked) -> Sought:
    """Read the filter; what makes no sense is no filter."""
    asked = {name: str(request.query_params.get(name, ""))[:LONGEST] for name in ("act", "answer", "promise", "before")}
    before = asked["before"]
    good = before.isascii() and before.isdecimal() and len(before) <= DIGITS
    return Sought(asked["act"], asked["answer"], asked["promise"], int(before) if good else -1)
