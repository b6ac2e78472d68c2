"""Room flows: the words of the terms are bound to their version: the exact bytes are kept for good, with their hash.

Terms stand beside the notice, in the words of the site. What people accepted as version 1 must stay version 1: other
words under the same number are seen, and a gap, until the notice gives them a number of their own.
"""

import hashlib

from tepati.flows.desk import Desk, Sheet
from tepati.registers import sheets


async def bind(desk: Desk, name: str, words: bytes) -> bool:
    """Keep the words of terms (``terms.<name>``) under the version that the notice gives them, once.

    Say whether the words are those that were kept; ledger line and row are written with the first.
    """
    kept = f"terms.{name}.{desk.notice.terms[name].version}"

    async def act(sheet: Sheet) -> bool:
        found = await sheets.named(sheet.tx, desk.org, kept)
        if found is not None:
            return found == words
        digest = hashlib.sha256(words).digest()
        line = await sheet.line("publish", promise=f"terms.{name}", purpose="proof", answer="shown", notice=digest)
        await sheets.add(sheet.tx, desk.org, desk.digest, kept, words, line)
        return True

    return await desk.write(act)
