"""Addresses that come with a request: only those on this server are gone to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_STRIPPED = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
"""Browsers drop tabs and line breaks within an address, and take a backslash for a slash."""


def local(path: str | None) -> str:
    """Return an address given by a request if it is a path on this server, else an empty text."""
    if not path or _STRIPPED.search(path) or not path.startswith("/") or path.startswith("//"):
        return ""
    try:
        parts = urlsplit(path)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else path
