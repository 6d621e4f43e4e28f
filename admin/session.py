"""Sign-in, sign-out and language: who looks at the console, and in which words."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Flask, Request, current_app, g, redirect, render_template, request, session, url_for
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from ..core.company.progress import is_asked_to_set_up
from ..core.demo import company
from ..core.journal.origin import Actor, Origin
from ..core.kinds import User
from ..core.people import sessions
from ..core.people import sign_in as auth
from ..core.roles import may
from ..core.storage.system_tables import SignInSession
from ..core.workspace import Workspace
from .addresses import local
from .by_itself import is_by_itself

blueprint = Blueprint("session", __name__)
COOKIE, DEVICE = "clew_session", "clew_device"
_DEVICE_SECONDS = 400 * 24 * 3600
_LONGEST_COOKIE = 100


class Viewer:
    """The signed-in user as Flask-Login wants to see them."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: User, row: SignInSession) -> None:
        self.user, self.session, self.actor = user, row, Actor.of(user)
        self.name, self.roles = user.name, list(user.roles)
        self.initial = user.name[:1]

    def may(self, permission: str) -> bool:
        """Say whether one of the viewer's roles carries a permission."""
        return may(self.actor, permission)

    def get_id(self) -> str:
        """Return the person's id."""
        return str(self.user.id)


def english() -> bool:
    """Say whether the viewer reads English."""
    if "english" not in g:
        own = current_user.user.locale if current_user.is_authenticated else _workspace().configuration.company.locale
        chosen = session.get("locale") or own
        g.english = chosen == "en"
    return bool(g.english)


def locale() -> str:
    """Return the viewer's language, zh or en."""
    return "en" if english() else "zh"


def t(zh: str, en: str) -> str:
    """Return the words in the viewer's language."""
    return en if english() else zh


def origin(reason: str = "") -> Origin:
    """Return where a change asked for on this page comes from; the page that asks to confirm sends `confirm`."""
    confirmed = request.form.get("confirm") == "1"
    return Origin(current_user.actor, "console", request.remote_addr or "", reason, confirmed=confirmed)


def install(app: Flask, ws: Workspace) -> None:
    """Add sign-in and CSRF protection to the application."""
    manager = LoginManager(app)
    protection = CSRFProtect(app)
    # Tokens and the public form carry no cookie to forge a request with.
    for name, other in app.blueprints.items():
        if name.startswith("api_") or name == "form":
            protection.exempt(other)

    @manager.request_loader
    def load(asked: Request) -> Viewer | None:
        found = sessions.find(ws, _cookie(asked, COOKIE), asked.remote_addr or "", noted=not is_by_itself())
        return Viewer(found.user, found.session) if found else None

    @manager.unauthorized_handler
    def ask() -> Response:
        return redirect(url_for("session.sign_in", next=request.full_path.rstrip("?")))

    app.register_blueprint(blueprint)


def client() -> sessions.Client:
    """Return where this request comes from."""
    return sessions.Client(request.remote_addr or "", request.user_agent.string, _cookie(request, DEVICE))


def enter(answer: Response, user: User, *, kept: bool = False) -> None:
    """Sign a person in on this device: with a new session, whose key goes along with `answer`."""
    ws = _workspace()
    here = client()
    if not here.device:
        here = here._replace(device=secrets.token_urlsafe(24))
    key = sessions.start(ws, user, here, kept=kept)
    _end_present()
    chosen = session.get("locale")
    session.clear()
    if chosen:
        session["locale"] = chosen
    _set(answer, COOKIE, key, ws.settings.session_days * 24 * 3600 if kept else None)
    _set(answer, DEVICE, here.device, _DEVICE_SECONDS)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Ask for name and password."""
    ws = _workspace()
    error, name, status = "", request.form.get("name", ""), 200
    kept = "kept" in request.form
    if request.method == "POST":
        try:
            user = auth.sign_in(ws, name, request.form.get("password", ""), client())
        except auth.SignInRefused as refused:
            error, status = refused.text.for_locale(locale()), refused.status
            g.retry_after = getattr(refused, "wait", None)
        else:
            first = "/setup/" if is_asked_to_set_up(Actor.of(user)) else "/"
            wanted = local(request.args.get("next"))
            answer = redirect(wanted if wanted and wanted != "/" else first)
            enter(answer, user, kept=kept)
            return answer
    logins = [(f"{login}@{company.DOMAIN}", zh, en) for login, zh, en in company.LOGINS] if ws.settings.demo else []
    page = render_template(
        "clew/account/sign_in.html",
        error=error,
        name=name,
        kept=kept,
        days=ws.settings.session_days,
        logins=logins,
        password=company.PASSWORD if logins else "",
    )
    return page, status, {"Retry-After": str(g.retry_after)} if g.get("retry_after") else {}


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session: on the server, so that the cookie is worth nothing any more."""
    _end_present()
    session.clear()
    answer = redirect(url_for("session.sign_in"))
    answer.delete_cookie(COOKIE)
    return answer


@blueprint.post("/language")
def set_language() -> Response:
    """Switch between Chinese and English, and come back to the same page."""
    session["locale"] = "en" if request.form.get("locale") == "en" else "zh"
    return redirect(local(request.form.get("next")) or "/")


def _end_present() -> None:
    if current_user.is_authenticated:
        sessions.end(_workspace(), current_user.session.id, origin("signed out"))


def _set(answer: Response, name: str, value: str, seconds: int | None) -> None:
    secure = _workspace().settings.secure_cookies
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=secure)


def _cookie(asked: Request, name: str) -> str:
    value = asked.cookies.get(name, "")
    return value if len(value) <= _LONGEST_COOKIE else ""


def _workspace() -> Workspace:
    ws: Workspace = current_app.extensions["clew"]
    return ws
