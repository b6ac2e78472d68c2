"""Room flows: whom an account of a sign-in provider leads to: by issuer and subject, and by nothing else it says.

An e-mail address in a token joins nobody (design section 11). The account's blind index leads to a person, whose own
row under it must verify: SQL that points it elsewhere is found out, and a connection that was ended stays ended.
"""

from tepati.errors import BadInput, Tampered
from tepati.flows import ending
from tepati.flows.desk import Sheet
from tepati.registers import connections
from tepati.registers.connections import Connection

FIELD = "sign_in"  # under which accounts of providers are indexed
STAFF = "@staff"  # in the place of a recipient: who is of the staff is no customer by it
INVITED = "@invited"  # a row that leads from nowhere: this member may connect an account, once

Account = tuple[str, str, str]  # the recipient of the notice (or STAFF), issuer, subject


def account(of: Account) -> str:
    """Write an account as one text that no other account is written as: an issuer may be the beginning of another."""
    name, issuer, subject = of
    return f"{name} {len(issuer)} {issuer}{subject}"


async def whose(sheet: Sheet, account_: Account) -> Connection | None:
    """Return the connection of an account, None where it leads to nobody. Raises Tampered."""
    desk, said = sheet.desk, account(account_)
    person = await desk.vault.find(sheet.tx, FIELD, said)
    if person is None:
        return None
    found = await connections.get(sheet.tx, desk.mac, desk.org, person, desk.vault.index(FIELD, said))
    if found is None:
        raise Tampered("connection_lost")
    return found if ending.connected(desk, found) else None


async def connect(sheet: Sheet, person: bytes, account_: Account, line: bytes) -> None:
    """Make an account lead to a person. Raises BadInput: it leads to somebody already."""
    desk, said = sheet.desk, account(account_)
    secret = desk.vault.index(FIELD, said)
    there = await desk.vault.find(sheet.tx, FIELD, said)
    old = await connections.get(sheet.tx, desk.mac, desk.org, there, secret) if there else None
    if there and (old is None or ending.connected(desk, old)):
        raise BadInput("sign_in_connected")
    if there:  # a restore, or SQL, brought back what was ended
        await connections.end(sheet.tx, there, secret)
    await desk.vault.claim_new(sheet.tx, FIELD, [(secret, person)])
    await connections.add(sheet.tx, desk.mac, desk.org, Connection(person, secret, account_[0], sheet.at), line)


def invitation(sheet: Sheet, member: bytes) -> Connection:
    """Make the row that says that a member may connect an account, from now on."""
    return Connection(member, sheet.desk.vault.index(FIELD, f"{INVITED} {member.hex()}"), INVITED, sheet.at)


async def of(sheet: Sheet, person: bytes) -> list[Connection]:
    """List the accounts that lead to somebody. Raises Tampered."""
    found = await connections.of(sheet.tx, sheet.desk.mac, sheet.desk.org, person)
    return [one for one in found if ending.connected(sheet.desk, one)]
