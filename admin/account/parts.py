"""What the page of one's own account and that of another's show alike: sessions and tokens, in words."""

from __future__ import annotations

from typing import Any

from flask import request

from ...core.kinds import User
from ...core.kinds.api_token import SCOPES
from ...core.people import devices, sessions, tokens
from ...core.workspace import Workspace
from ..session import locale, t

DAYS = (30, 90, 365)
"""How long a new token may hold, besides until it is revoked."""


def session_rows(ws: Workspace, user: User, here: str = "") -> list[dict[str, Any]]:
    """Return where a person is signed in, this very session (`here`) first."""
    rows = [
        {"row": row, "device": devices.in_words(row.agent).for_locale(locale()), "here": row.id == here}
        for row in sessions.of(ws, user)
    ]
    return sorted(rows, key=lambda one: not one["here"])


def token_rows(ws: Workspace, user: User) -> list[dict[str, Any]]:
    """Return a person's tokens that hold, with what each may and when it was used."""
    rows = tokens.tokens_of(ws, user)
    used = tokens.last_used(rows)
    scopes = {name: words.for_locale(locale()) for name, words in SCOPES}
    return [
        {
            "row": row,
            "scope": scopes.get(row.scope, row.scope),
            "kinds": [_title(ws, name) for name in row.kinds],
            "used": used.get(row.id),
        }
        for row in rows
    ]


def kind_choices(ws: Workspace) -> list[tuple[str, str]]:
    """Return the kinds of record that a token can be narrowed to: those the API has paths for."""
    kinds = [kind for kind in ws.kinds.values() if kind.fields and not kind.setting_up and not kind.configuration]
    return [(kind.name, kind.plural.for_locale(locale())) for kind in kinds]


def asked_token() -> dict[str, Any]:
    """Return what the form for a new token says, as `tokens.issue_token` takes it."""
    days = request.form.get("days", "")
    known = {str(one): one for one in DAYS} | {"": None}
    return {
        "name": request.form.get("name", ""),
        "scope": request.form.get("scope", tokens.READ),
        "kinds": request.form.getlist("kinds"),
        "days": known.get(days, 0),
    }


def full(path: str) -> str:
    """Return a path of this server as an address to hand on."""
    return request.host_url.rstrip("/") + path


def _title(ws: Workspace, name: str) -> str:
    kind = ws.kinds.get(name)
    return t(kind.plural.zh, kind.plural.en) if kind is not None else name
