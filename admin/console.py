"""Puts the console together: Flask-Admin, its views in their groups, the theme, and the error pages."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from flask import Blueprint, Flask, current_app, g, redirect, render_template, request
from flask_admin import Admin
from flask_babel import Babel
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from ..core.api.problems import document, is_api
from ..core.documents.files import Files
from ..core.errors import ClewError, Invalid, NotFound
from ..core.kinds import Notification
from ..core.schema.validator import unstorable
from ..core.storage.faults import unavailable
from ..core.workspace import Workspace
from ..core.write.prewrite import NeedsConfirmation
from . import session
from .account import join
from .account.accounts import AccountsView
from .account.me import MeView
from .base import day_of
from .company.calendars import CalendarsView
from .company.deadlines import DeadlinesView
from .company.fields import FieldsView
from .company.kinds import KindsView
from .company.processes import ProcessesView
from .company.roles import RolesView
from .company.setup import SetupView
from .icons import icon
from .imports.page import ImportsView
from .people.changes import ChangesView
from .people.leaving import LeaveView
from .people.people import PeopleView
from .people.teams import TeamsView
from .records.contracts import ContractsView
from .records.customers import CustomersView, DuplicatesView
from .records.documents import UPLOADS, DocumentsView
from .records.leads import LeadsView
from .records.served import rail_items
from .records.views import RecordsView
from .reports import charts
from .reports.page import ReportView
from .rulebook.approvals import ApprovalsView
from .rulebook.backtests import BacktestsView
from .rulebook.editor import RuleEditorView
from .rulebook.rules import RulesView
from .rulebook.tables import TablesView
from .rulebook.undoing import RuleUndoView
from .rulebook.why import WhyView
from .system.dead_letters import DeadLettersView
from .system.pages import JournalView, PluginsView
from .system.readiness import ReadinessView
from .undo import UndoView
from .workbench.today import InboxView, TasksView, TodayView

log = structlog.get_logger()
_PAGES = Blueprint("console", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

_SAY_SO_THEMSELVES = ("records.", "leads.index", "leads.new", "leads.edit", "customers.index", "contracts.edit")
"""Endpoints that read every value by the validator, and say beside the field what is wrong with it."""


def register(app: Flask, ws: Workspace) -> None:
    """Install the console on the application."""
    app.register_blueprint(_PAGES)
    app.before_request(_refuse_unstorable)
    session.install(app, ws)
    app.register_blueprint(join.blueprint)
    # Flask-Admin's own words, where a page of ours says nothing else.
    Babel(app, locale_selector=lambda: "en" if session.english() else "zh_Hans_CN")
    admin = Admin(app, name="Clew", url="/", index_view=TodayView(ws))
    records = RecordsView(ws)
    for view in (
        LeadsView(ws, records),
        CustomersView(ws, records),
        DuplicatesView(ws),
        UndoView(ws),
        ImportsView(ws),
        records,
        ContractsView(ws, records),
        DocumentsView(ws),
        TasksView(ws),
        InboxView(ws),
        WhyView(ws),
        RulesView(ws),
        TablesView(ws),
        BacktestsView(ws),
        ApprovalsView(ws),
        RuleUndoView(ws),
        RuleEditorView(ws),
        ReportView(ws),
        PluginsView(ws),
        PeopleView(ws),
        LeaveView(ws),
        TeamsView(ws),
        ChangesView(ws),
        RolesView(ws),
        SetupView(ws),
        JournalView(ws),
        DeadLettersView(ws),
        CalendarsView(ws),
        DeadlinesView(ws),
        ReadinessView(ws),
        FieldsView(ws),
        KindsView(ws),
        ProcessesView(ws),
        AccountsView(ws),
        MeView(ws),
    ):
        admin.add_view(view)
    app.config["UPLOADS"].add(UPLOADS)
    app.jinja_env.filters["themed"] = lambda svg: Markup(charts.themed(str(svg)))
    app.jinja_env.globals.update(t=session.t, icon=icon, english=session.english)

    @app.context_processor
    def context() -> dict[str, Any]:
        signed_in = current_user.is_authenticated
        return {
            "viewer": current_user if signed_in else None,
            "company_name": ws.settings.company,
            "nav": _navigation(admin, ws) if signed_in else [],
            "unread": _unread(current_user.actor.id) if signed_in else 0,
            "csp_nonce": _nonce(),
        }

    @app.after_request
    def protect(response: Any) -> Any:
        nonce = _nonce()
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
        )
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response

    _errors(app)


def _refuse_unstorable() -> None:
    """Raise NotFound or Invalid for an address or a form that holds what no database can: no view has to think of it."""
    if is_api():
        return
    if any(unstorable(request.view_args)):
        raise NotFound("地址写错了。", "the address is wrong")
    if (request.endpoint or "").startswith(_SAY_SO_THEMSELVES):
        return
    given = [*request.args.items(multi=True), *request.form.items(multi=True)]
    problems = [problem for name, value in given for one in (name, value) for problem in unstorable(one)]
    if problems:
        raise Invalid(problems[:1])


def _nonce() -> str:
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _unread(user_id: str) -> int:
    return int(Notification.select().where((Notification.user == user_id) & (Notification.state == "sent")).count())


def _navigation(admin: Admin, ws: Workspace) -> list[tuple[str, list[Any]]]:
    groups: dict[str, list[Any]] = {}
    for view in admin._views:
        if view.is_accessible() and getattr(view, "shown_in_rail", lambda: True)():
            groups.setdefault(session.t(*view.group), []).append(view)
    actor = current_user.actor
    records = rail_items(ws, actor, lambda kind: day_of(ws, actor).total(kind=kind))
    if records:
        groups.setdefault(session.t(*CustomersView.group), []).extend(records)
    return list(groups.items())


def _page(status: int, title: str, text: str, code: str = "") -> Any:
    return render_template("clew/error.html", status=status, title=title, text=text, code=code), status


def _ours(error: ClewError) -> Any:
    if is_api():
        return document(error)
    if isinstance(error, NeedsConfirmation):
        again = [(name, value) for name, value in request.form.items(multi=True) if name != "confirm"]
        return render_template("clew/confirm.html", error=error, again=again), error.status
    words = error.text.for_locale("en" if session.english() else "zh")
    titles = {403: ("你看不到这一页", "Not for your role"), 404: ("没有这一页", "Nothing here")}
    title = session.t(*titles.get(error.status, ("没有办成", "That did not work")))
    return _page(error.status, title, words)


def _http(error: HTTPException) -> Any:
    if is_api():
        return document(error)
    if isinstance(error, CSRFError):
        text = session.t(
            "页面放得太久了；请返回刷新后再提交。", "This page was open for too long; reload and try again."
        )
        return _page(400, session.t("没有办成", "That did not work"), text)
    if error.code == 413:
        too_large = Files.of(current_app.extensions["clew"].settings).too_large()
        if request.accept_mimetypes.best == "application/json":
            return {"text": too_large.text.for_locale(session.locale())}, 413
        return _page(413, session.t("没有办成", "That did not work"), too_large.text.for_locale(session.locale()))
    if error.code == 404:
        text = session.t("地址写错了，或者它归别的团队。", "The address is wrong, or it belongs to another team.")
        return _page(404, session.t("没有这一页", "Nothing here"), text)
    if error.code == 403:
        if not current_user.is_authenticated:
            return redirect("/sign-in")
        text = session.t("需要的话请找管理员授权。", "Ask an administrator if you need it.")
        return _page(403, session.t("你看不到这一页", "Not for your role"), text)
    return _page(error.code or 500, error.name, error.description or "")


def _crash(error: Exception) -> Any:
    code = f"E-{secrets.token_hex(2).upper()}-{secrets.token_hex(2).upper()}"
    log.error("page failed", path=request.path, code=code, exc_info=error)
    if is_api():
        return document(error)
    known = unavailable(error)
    if known is not None:  # Who asks, and in which language, stands in the database, too.
        english = request.accept_languages.best_match(["zh", "en"], "zh") == "en"
        words = known.text.for_locale("en" if english else "zh")
        page = current_app.jinja_env.get_template("clew/unavailable.html")
        return page.render(english=english, text=words, code=code), known.status
    text = session.t(
        "你填的内容还在上一页。报障时请附编号。", "What you typed is still on the page before. Quote the code."
    )
    return _page(500, session.t("系统出错了", "Something broke"), text, code)


def _errors(app: Flask) -> None:
    app.register_error_handler(ClewError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crash)
