"""A cleaning company's own page for its dispatchers, in Flask: it takes bookings by telephone and opens one."""

from flask import Flask, g, request

from tepati.client import Submission
from tepati.client.flask import acting, attach

app = Flask(__name__)
attach(app)


@app.get("/bookings/<number>")
@acting("orders", role="dispatcher")
def booking(number: str) -> dict[str, str]:
    """Open what the visit needs. What may not be seen is answered 403, with the promise."""
    return dict(g.tepati.look(["identity.name", "location.address"], number=number).values)


@app.post("/bookings")
@acting("orders", role="dispatcher")
def take() -> tuple[dict[str, str], int]:
    """Send what the caller said; ``ours`` is our own number for the call, so that it is taken once."""
    said = request.get_json()
    taken = Submission("booking", "phone", said["values"], once=said["ours"], terms=said["terms"])
    return {"number": g.tepati.collect(taken)}, 201


@app.get("/bookings/<number>/offer")
@acting("offers", role="dispatcher")
def offer(number: str) -> dict[str, str]:
    """Try a use that the notice does not give to this role."""
    return dict(g.tepati.look(["identity.email"], number=number).values)
