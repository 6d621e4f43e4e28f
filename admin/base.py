"""What every view of the console shares: the workspace, access by permission, words, cursors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import g, request
from flask_admin import BaseView
from flask_login import current_user
from peewee import IntegerField

from ..core.access import policy as access
from ..core.errors import Forbidden, Invalid, Problem
from ..core.journal.origin import Actor
from ..core.kinds import Deadline, Lead, PauseReason
from ..core.kinds.deadline_clock import clock_of
from ..core.outbox.recounting import WithPeople
from ..core.schema.kind import Store
from ..core.schema.validator import unstorable
from ..core.storage.queries import Query
from ..core.time.working_calendar import MINUTE
from ..core.workbench import waiting
from ..core.workbench.counts import Counts, count
from ..core.workspace import Workspace
from ..hooks.text import Text
from . import words
from .session import english

PAGE = 50
_LONGEST_NUMBER = 19
_WRONG_PAGE = Text("这一页的地址写错了；请从第一页开始看", "this page's address is wrong: begin with the first page")
_COUNTED_ON = timedelta(hours=20)
"""A page counts on for so long; by then somebody has looked at it again."""


class ConsoleView(BaseView):  # type: ignore[misc]
    """A page of the console; without `permission` its URL answers 403 and the rail leaves it out."""

    permission = ""
    group: tuple[str, str] = ("", "")
    words_: tuple[str, str] = ("", "")
    icon_name = "home"
    in_rail = True
    rail_key = ""
    """The place on the rail that is the current one; empty: the view's own endpoint."""
    counts_kind = ""
    """The kind of record of which the rail counts here what the viewer's day has."""
    first_page = ""
    """The endpoint Flask-Admin takes for the view's front page, where none is at "/"."""

    def __init__(self, ws: Workspace, **options: Any) -> None:
        if self.first_page:
            self._default_view = self.first_page
        super().__init__(**options)
        self.ws = ws

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin's own calls a view a second time on any TypeError, which hides where it came from.
        return fn(self, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        """Who looks."""
        return current_user.actor  # type: ignore[no-any-return]

    def shown_in_rail(self) -> bool:
        """Say whether the rail has this page now."""
        return self.in_rail

    def count(self) -> tuple[int, bool]:
        """Return how much waits here for the viewer, and whether some of it is late: the rail shows it."""
        return self.day.total(kind=self.counts_kind) if self.counts_kind else (0, False)

    @property
    def day(self) -> Counts:
        """What waits for the viewer, counted once a request: page and rail say the same."""
        return day_of(self.ws, self.actor)

    def steps(self) -> str:
        """Return how far something with steps has come, as 2/5; empty if there is nothing under way."""
        return ""

    def is_accessible(self) -> bool:
        """Say whether the viewer may come here."""
        return current_user.is_authenticated and (not self.permission or access.may(self.actor, self.permission))

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        """Send strangers to the sign-in page, and others to 403."""
        if not current_user.is_authenticated:
            from flask import current_app

            return current_app.login_manager.unauthorized()
        raise Forbidden(
            "你的角色看不到这一页；需要的话请找管理员授权。", "your role may not see this; ask an administrator"
        )

    def show(self, template: str, **values: Any) -> str:
        """Render a page."""
        return str(self.render(f"clew/{template}.html", **{**self.page_values(), **values}))

    def page_values(self) -> dict[str, Any]:
        """Return what every page has: the view, and the words for moments, amounts and options."""
        return {
            "view": self,
            "when": lambda value: words.moment(value, self.ws.clock.now(), self.ws.settings.zone, english()),
            "full": lambda value: words.full_moment(value, self.ws.settings.zone),
            "wan": lambda value: words.wan(value, english()),
            "yuan": words.yuan,
            "spell": lambda field, value: field.words(value, "en" if english() else "zh") if field else value,
        }

    def stage(self, lead: Lead) -> dict[str, Any]:
        """Return a lead's stage as blocks and words."""
        process = self.ws.processes.get(lead.process)
        found = process.stage(lead.stage)
        locale = "en" if english() else "zh"
        return {
            "index": process.index(lead.stage),
            "names": [s.title.for_locale(locale) for s in process.stages],
            "name": found.title.for_locale(locale) if found else lead.stage,
        }

    def openable(self, lead_ids: Iterable[str | None]) -> set[str]:
        """Return those of these leads whose page the viewer may open: to others nothing links."""
        ids = {lead_id for lead_id in lead_ids if lead_id}
        if not ids or not access.may(self.actor, "lead"):
            return set()
        return {lead.id for lead in access.visible_leads(self.actor).where(Lead.id.in_(ids))}

    def plugin_title(self, name: str) -> str:
        """Return what people call a plugin; its name where it is not installed any more."""
        plugin = self.ws.plugins.catalogue.plugins.get(name)
        return plugin.title.for_locale("en" if english() else "zh") if plugin is not None else name

    def countdown(self, lead: Lead, deadline: Deadline | None) -> dict[str, Any]:
        """Return a lead's response deadline: late, risk, ok, answered or none, with words and a share used."""
        if lead.first_response_at is not None:
            took = words.minutes(lead.response_minutes or 0, english())
            late = deadline is not None and deadline.state == "missed"
            zh, en = ("，超时后", ", late") if late else ("", "")
            text = f"Answered in {took}{en}" if english() else f"已响应 {took}{zh}"
            return {"state": "answered", "text": text, "share": 100}
        if deadline is None or lead.outcome != "open" or deadline.state == "cancelled":
            return {"state": "none", "text": "—", "share": 0}
        return self.time_left(lead, deadline)

    def time_left(self, lead: Lead, deadline: Deadline) -> dict[str, Any]:
        """Return how a deadline of a lead stands that nobody has met yet: late, risk, ok or paused."""
        now = self.ws.clock.now()
        if deadline.state == "paused":
            return {"state": "paused", "text": self.paused_words(deadline), "share": 0}
        calendar = clock_of(self.ws.calendar, self._people_at_hand, lead.owner_id, lead.team_id)
        late = deadline.due_at <= now
        left = calendar.between(deadline.due_at, now) if late else calendar.between(now, deadline.due_at)
        total = max(1, deadline.working_minutes)
        share = 100 if late else max(0, min(100, 100 - round(100 * (left // MINUTE) / total)))
        return {
            "state": "late" if late else "risk" if share > 50 else "ok",
            "text": words.left(left // MINUTE, english(), late=late),
            "share": share,
            # What the page needs to count on by itself: the working time, not the clock's.
            "left": (-left if late else left) // 1000,
            "total": total,
            "now": _ms(now),
            "spans": " ".join(f"{_ms(s.begin)}-{_ms(s.end)}" for s in calendar.spans(now, now + _COUNTED_ON)),
        }

    @property
    def _people_at_hand(self) -> Store:
        """A store that has people and teams at hand, for this request: a list asks for the same few again and again."""
        if "people_at_hand" not in g:
            g.people_at_hand = WithPeople(self.ws.kinds)
        return g.people_at_hand  # type: ignore[no-any-return]

    def paused_words(self, deadline: Deadline) -> str:
        """Return why a deadline stands still: 暂停 · 等客户."""
        if "pause_reasons" not in g:
            g.pause_reasons = {row.name: (row.title_zh, row.title_en) for row in PauseReason.select()}
        zh, en = g.pause_reasons.get(deadline.paused_for, (deadline.paused_for, deadline.paused_for))
        return f"Paused · {en}" if english() else f"暂停 · {zh}"

    def countdowns(self, leads: list[Lead]) -> dict[str, dict[str, Any]]:
        """Return the response deadlines of many leads with one query."""
        ids = [lead.id for lead in leads]
        rows = (
            Deadline.select().where(Deadline.lead.in_(ids) & (Deadline.name == "first_response")).order_by(Deadline.id)
            if ids
            else []
        )
        by_lead = {row.lead_id: row for row in rows}
        return {lead.id: self.countdown(lead, by_lead.get(lead.id)) for lead in leads}


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def day_of(ws: Workspace, actor: Actor, *, whole: bool = False) -> Counts:
    """Return what waits for somebody, counted once a request: what there is to do or, for the page of today, all."""
    if "counts_of_day" not in g:
        g.counts_of_day = count(waiting(ws, actor, whole=whole))
    return g.counts_of_day  # type: ignore[no-any-return]


def page_of(query: Query, key: Any, size: int = PAGE) -> tuple[list[Any], str | None]:
    """Return one page of `query`, newest first by `key`, and the cursor of the next page if there is one."""
    after = request.args.get("after")
    if after:
        query = query.where(key < (_number(after) if isinstance(key, IntegerField) else _text(after)))
    rows = list(query.order_by(key.desc()).limit(size + 1))
    return rows[:size], str(getattr(rows[size - 1], key.name)) if len(rows) > size else None


def _number(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) < _LONGEST_NUMBER):
        raise Invalid([Problem("after", _WRONG_PAGE)])
    return int(after)


def _text(after: str) -> str:
    if any(unstorable(after)):
        raise Invalid([Problem("after", _WRONG_PAGE)])
    return after
