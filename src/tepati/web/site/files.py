"""Room web: a file to take home: never shown by the browser, under a name that is only a name."""

import re

from litestar import Response

from tepati.web.ports import File

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,95}(?:\.[A-Za-z0-9]{1,8})?")
KINDS = {"json": "application/json", "pdf": "application/pdf", "zip": "application/zip"}
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"


def plain(file: File, number: int) -> str:
    """Return the file's name, or a made-up one where it holds more than letters, digits and one ending."""
    return file.name if PLAIN.fullmatch(file.name) else f"file-{number}.bin"


def download(file: File, number: int = 0) -> Response[bytes]:
    """Answer with a file: an attachment, of a type no browser opens, in a sandbox in case one does."""
    name = plain(file, number)
    return Response(
        file.body,
        media_type=KINDS.get(name.rpartition(".")[2], "application/octet-stream"),
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": POLICY,
            "x-content-type-options": "nosniff",
        },
    )
