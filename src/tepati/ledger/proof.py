"""Room ledger: the offline proof that a line is in the log (C2SP tlog-proof@v1), written here, read by ``tree``."""

import base64
from collections.abc import Sequence

from tepati.ledger.tree import PROOF


def hash_lines(hashes: Sequence[bytes]) -> str:
    """Return hashes in base64, one a line."""
    return "".join(f"{base64.b64encode(one).decode()}\n" for one in hashes)


def write_proof(index: int, path: Sequence[bytes], checkpoint: str) -> str:
    """Return the text of a proof; ``checkpoint`` stands in it verbatim."""
    return f"{PROOF}\nindex {index}\n{hash_lines(path)}\n{checkpoint}"


def write_submission(old: int, path: Sequence[bytes], checkpoint: str) -> bytes:
    """Return what is sent to a witness (tlog-witness, add-checkpoint); ``old`` is the last size it cosigned."""
    return f"old {old}\n{hash_lines(path)}\n{checkpoint}".encode()
