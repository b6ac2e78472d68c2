"""A cleaning company's own page for its dispatchers, in FastAPI: it takes bookings by telephone and opens one."""

from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel

from tepati.client import AsyncActing, Submission
from tepati.client.fastapi import acting, attach

app = FastAPI()
attach(app)

Visit = Annotated[AsyncActing, acting("orders", role="dispatcher")]
Offer = Annotated[AsyncActing, acting("offers", role="dispatcher")]


class Said(BaseModel):
    """What the caller said; ``ours`` is our own number for the call, so that it is taken once."""

    ours: str
    values: dict[str, str]
    terms: bool


@app.get("/bookings/{number}")
async def booking(number: str, tepati: Visit) -> dict[str, str]:
    """Open what the visit needs. What may not be seen is answered 403, with the promise."""
    return dict((await tepati.look(["identity.name", "location.address"], number=number)).values)


@app.post("/bookings", status_code=201)
async def take(said: Said, tepati: Visit) -> dict[str, str]:
    """Send what the caller said."""
    taken = Submission("booking", "phone", said.values, once=said.ours, terms=said.terms)
    return {"number": await tepati.collect(taken)}


@app.get("/bookings/{number}/offer")
async def offer(number: str, tepati: Offer) -> dict[str, str]:
    """Try a use that the notice does not give to this role."""
    return dict((await tepati.look(["identity.email"], number=number)).values)
