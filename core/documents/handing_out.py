"""A file as an answer over HTTP: under its own name, never run, never sniffed, in parts if asked for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Response, request, send_file

from ..kinds import Document
from .media_types import SHOWN

POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
"""What a file may do in a browser: nothing. It can't run a script, nor read what belongs to this address."""


def answer_with(document: Document, path: Path, *, inline: bool) -> Response:
    """Return the answer that hands a file out; `inline` shows what is safe to show, all else is saved."""
    shown = inline and document.media_type in SHOWN
    answer = send_file(path.resolve(), mimetype=document.media_type, etag=document.sha256, max_age=0)
    way = "inline" if shown else "attachment"
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%;' else "_" for one in document.name)
    answer.headers["Content-Disposition"] = (
        f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(document.name, safe='')}"
    )
    answer.headers["Accept-Ranges"] = "bytes"
    return protected(answer)


def protected(answer: Response) -> Response:
    """Return an answer with the headers that all parts of a file have."""
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def is_first_part() -> bool:
    """Say whether the request begins a file: the parts that follow are no news."""
    asked = request.headers.get("Range", "")
    return not asked or asked.replace(" ", "").startswith("bytes=0-")
