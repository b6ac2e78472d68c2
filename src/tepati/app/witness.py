"""Composition root: the demo's witness. It runs on the same machine, so it proves nothing against the company.

It shows what a witness does: its name says what it is, wherever its signature is shown.
"""

from pathlib import Path

from tepati.app.compose import Installation, Org, random
from tepati.errors import NotFound, Unavailable
from tepati.ledger import tools
from tepati.ports import witnessing
from tepati.ports.folder import Folder

NAME = "demo-witness/same-machine-proves-nothing"


async def cosign(installation: Installation, org: Org) -> bool:
    """Have the demo's witness cosign the newest head; made at the first call. Raises Tampered on a fork."""
    log = str(org.desk.log.key)
    witness = _witness(installation.place.folder / "witness", log)
    seconds = org.desk.now() // 1_000_000

    def post(body: bytes) -> tuple[int, bytes]:
        answer = witness.answer(body, seconds)
        return answer.status, answer.body

    try:
        return bool(await tools.ask(installation.store, org.slug, log, str(witness.signer.key), post, org.desk.log))
    except (NotFound, Unavailable):  # no head yet, or another process asked meanwhile
        return False


def _witness(folder: Path, log: str) -> witnessing.Witness:
    if not (folder / "key").exists():
        witnessing.create(folder, NAME, random(32), [tools.read_key(log)])
    witness = witnessing.Witness(folder)
    if log not in {str(key) for key in witness.logs}:  # the demo was started at another address: another log's name
        Folder(folder).write("logs", "".join(f"{key}\n" for key in [*witness.logs, log]).encode())
        return witnessing.Witness(folder)
    return witness
