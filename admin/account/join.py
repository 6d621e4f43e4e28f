"""The page of a one-time link: a person sets their password there and is signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from ...core.errors import Invalid
from ...core.people import invitations
from ...core.people.passwords import RULES
from ...core.workspace import Workspace
from ..session import enter, locale

blueprint = Blueprint("join", __name__)


@blueprint.get("/join/<key>")
def show(key: str) -> Any:
    """Show whose link it is and ask for a password; to look at it does not use it up."""
    return _page(key)


@blueprint.post("/join/<key>")
def join(key: str) -> Any:
    """Set the password and sign the person in."""
    ws, password = _workspace(), request.form.get("password", "")
    try:
        user = invitations.accept(ws, key, password, request.remote_addr or "")
    except Invalid as refused:
        return _page(key, "；".join(one.text.for_locale(locale()) for one in refused.problems))
    except invitations.LinkRefused:
        return _page(key)
    answer = redirect("/")
    enter(answer, user)
    return answer


def _page(key: str, error: str = "") -> Response:
    ws = _workspace()
    values: dict[str, Any] = {"error": error, "rules": RULES.for_locale(locale())}
    status = 422 if error else 200
    try:
        link = invitations.open_link(ws, key)
    except invitations.LinkRefused as refused:
        status, values = refused.status, {"refused": refused.text.for_locale(locale())}
    else:
        values |= {"person": link.user, "purpose": link.purpose}
    answer = make_response(render_template("clew/account/join.html", **values), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _workspace() -> Workspace:
    ws: Workspace = current_app.extensions["clew"]
    return ws
