"""Requests that a page makes by itself, to follow what changes: nobody is here because of them."""

from __future__ import annotations

from flask import request

HEADER = "X-Clew-Live"
"""Says that a page reads itself again: nobody is here because of that."""


def is_by_itself() -> bool:
    """Say whether a request was made by a page and not by a person: it keeps no session alive, and reads no message."""
    return request.endpoint == "live.poll" or HEADER in request.headers
