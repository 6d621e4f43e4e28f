"""Puts the console together: Flask-Admin, its views in their groups, and the theme."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Flask, g, request, url_for
from flask_admin import Admin
from flask_babel import Babel
from flask_login import current_user
from markupsafe import Markup

from ..core.access.policy import may, scopes
from ..core.api.problems import is_api
from ..core.errors import Invalid, NotFound
from ..core.journal.news import news
from ..core.kinds import Notification
from ..core.schema.validator import unstorable
from ..core.workspace import Workspace
from ..hooks.text import n_of
from . import failures, finding, live, session, words
from .account import join
from .account.accounts import AccountsView
from .account.me import MeView
from .bar import Place, places
from .base import day_of
from .by_itself import is_by_itself
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
from .records.merging import MergingView
from .records.quotes import QuotesView
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

_PAGES = Blueprint("console", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

_NO_PAGES = ("live.poll", "finding.find_all", "healthz", "readyz", "metrics")
_SAY_SO_THEMSELVES = (
    "records.",
    "finding.",
    "leads.index",
    "leads.new",
    "leads.edit",
    "customers.index",
    "customers.edit",
    "contracts.edit",
)
"""Endpoints that read every value by the validator, and say beside the field what is wrong with it."""


def register(app: Flask, ws: Workspace) -> None:
    """Install the console on the application."""
    app.register_blueprint(_PAGES)
    app.before_request(_refuse_unstorable)
    session.install(app, ws)
    app.register_blueprint(join.blueprint)
    app.register_blueprint(finding.blueprint)
    # Flask-Admin's own words, where a page of ours says nothing else.
    Babel(app, locale_selector=lambda: "en" if session.english() else "zh_Hans_CN")
    admin = Admin(app, name="Clew", url="/", index_view=TodayView(ws))
    records = RecordsView(ws)
    for view in (
        LeadsView(ws, records),
        CustomersView(ws, records),
        DuplicatesView(ws),
        MergingView(ws),
        UndoView(ws),
        ImportsView(ws),
        records,
        ContractsView(ws, records),
        QuotesView(ws),
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
    app.jinja_env.globals.update(t=session.t, icon=icon, english=session.english, n_of=n_of)

    @app.context_processor
    def context() -> dict[str, Any]:
        signed_in = current_user.is_authenticated
        nav = _navigation(admin, ws) if signed_in else []
        return {
            "viewer": current_user if signed_in else None,
            "company_name": ws.settings.company,
            "nav": nav,
            "bottom_bar": _bar(nav) if signed_in else [],
            "commands": _commands() if signed_in else [],
            "unread": _unread(current_user.actor.id) if signed_in else 0,
            "csp_nonce": _nonce(),
            "live_at": g.get("live_at", ""),
            "by_itself": is_by_itself(),
            "span_words": words.span_words(session.english()) if signed_in else {},
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

    @app.before_request
    def look_at_the_journal() -> None:
        # Before anything is read: what happens while a page is made is news to it.
        if request.method == "GET" and not is_api():
            if request.endpoint not in _NO_PAGES and not (request.endpoint or "").endswith(".static"):
                g.live_at = news().mark

    def waits() -> dict[str, str]:
        macros: Any = app.jinja_env.get_template("clew/components.html").module
        views = [view for _, group in _navigation(admin, ws) for view in group]
        shown = {view.endpoint: str(macros.waits(view.count())) for view in views}
        return {**shown, "inbox": str(macros.unread(_unread(current_user.actor.id)))}

    live.install(app, ws, waits)
    failures.install(app, ws)


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


def _commands() -> list[tuple[tuple[str, str], str, str]]:
    """Return what Ctrl K can begin on every page: words, icon and address."""
    actor, found = current_user.actor, []
    if may(actor, "lead") and scopes(actor, "lead", "create"):
        found.append((("新建线索", "New lead"), "plus", "/leads/new"))
    if may(actor, "import"):
        found.append((("导入", "Import"), "upload", "/import/"))
    return [*found, (("我的账号", "My account"), "user", "/me/")]


def _bar(nav: list[tuple[str, list[Any]]]) -> list[Place]:
    return places(current_user.actor, (view for _, group in nav for view in group), url_for)


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
