"""Sign-in, sign-out and language: who looks at the console, and in which words."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, g, redirect, render_template, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from ..core.demo import company
from ..core.errors import ClewError
from ..core.journal.origin import Actor, Origin
from ..core.kinds import User
from ..core.people import sign_in as auth
from ..core.roles import may
from ..core.workspace import Workspace

blueprint = Blueprint("session", __name__)


class Viewer:
    """The signed-in user as Flask-Login wants to see them."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: User) -> None:
        self.user, self.actor = user, Actor.of(user)
        self.name, self.roles = user.name, list(user.roles)
        self.initial = user.name[:1]

    def may(self, permission: str) -> bool:
        """Say whether one of the viewer's roles carries a permission."""
        return may(self.actor, permission)

    def get_id(self) -> str:
        """Return the id that the session keeps."""
        return str(self.user.id)


def english() -> bool:
    """Say whether the viewer reads English."""
    if "english" not in g:
        chosen = session.get("locale") or (current_user.user.locale if current_user.is_authenticated else "zh")
        g.english = chosen == "en"
    return bool(g.english)


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
    manager.session_protection = "basic"
    protection = CSRFProtect(app)
    # Tokens and the public form carry no cookie to forge a request with.
    for name, other in app.blueprints.items():
        if name.startswith("api_") or name == "form":
            protection.exempt(other)

    @manager.user_loader
    def load(user_id: str) -> Viewer | None:
        user = User.get_or_none((User.id == user_id) & User.active)
        return Viewer(user) if user else None

    @manager.unauthorized_handler
    def ask() -> Response:
        return redirect(url_for("session.sign_in", next=request.full_path.rstrip("?")))

    app.register_blueprint(blueprint)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Ask for name and password."""
    from flask import current_app

    ws: Workspace = current_app.extensions["clew"]
    error, name, status = "", request.form.get("name", ""), 200
    if request.method == "POST":
        try:
            user = auth.sign_in(ws, name, request.form.get("password", ""), request.remote_addr or "")
        except ClewError as refused:
            error, status = refused.text.for_locale("en" if english() else "zh"), 401
        else:
            locale = session.get("locale")
            session.clear()
            if locale:
                session["locale"] = locale
            login_user(Viewer(user), remember=False)
            return redirect(_local(request.args.get("next")) or "/")
    logins = [(f"{login}@{company.DOMAIN}", zh, en) for login, zh, en in company.LOGINS] if ws.settings.demo else []
    page = render_template(
        "clew/sign_in.html", error=error, name=name, logins=logins, password=company.PASSWORD if logins else ""
    )
    return page, status


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("session.sign_in"))


@blueprint.post("/language")
def set_language() -> Response:
    """Switch between Chinese and English, and come back to the same page."""
    session["locale"] = "en" if request.form.get("locale") == "en" else "zh"
    return redirect(_local(request.form.get("next")) or "/")


def _local(path: str | None) -> str:
    """Return the path if it stays on this server, else nothing."""
    return path if path and path.startswith("/") and not path.startswith(("//", "/\\")) else ""
