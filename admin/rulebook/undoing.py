"""撤销影响: choose a version and two moments, see what undoing would do, undo it with progress, read the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.errors import ClewError, Forbidden, Invalid, Problem
from ...core.kinds import RuleRecord
from ...core.rulebook.overview import Entry, entry_of
from ...core.rulebook.undo import PlanChanged, begin_undo, undo_line, undo_part
from ...core.rulebook.undo_plan import UndoItem, UndoPlan, undo_preview
from ...core.rulebook.version_effects import STANDINGS, meant_of, version_effects, versions_meant
from ...core.rulebook.versions import numbered_version
from ...core.storage.system_tables import JournalLine
from ...core.timeline.describer import Describer
from ...core.timeline.rule_versions import Versions
from ...core.timeline.viewer import Viewer
from ...core.workspace import Workspace
from ...hooks.text import Text
from ..base import ConsoleView
from ..session import origin, t
from . import shown
from .rules import typed_name

GROUPS: dict[str, tuple[str, str, str]] = {
    "owners": ("负责人", "Owners", "user"),
    "tasks": ("任务", "Tasks", "checklist"),
    "messages": ("未读的消息", "Unread messages", "message"),
    "deadlines": ("时限", "Deadlines", "clock"),
    "fields": ("字段", "Fields", "pencil"),
}
_KINDS = {"task": "tasks", "notification": "messages", "deadline": "deadlines"}
_LISTED = 10
_SHOWN = 200
"""So many effects of a group are listed; the counts are of all."""


class RuleUndoView(ConsoleView):
    """撤销影响: what a version did between two moments, put back."""

    permission, group, words_, icon_name, in_rail = "rules:see", ("", ""), ("撤销影响", "Undo"), "refresh", False
    first_page = "choose"

    def __init__(self, ws: Workspace) -> None:
        super().__init__(ws, name="Undo", url="/rules", endpoint="rule_undo")

    @expose("/<code>/undo")
    def choose(self, code: str) -> str:
        """Ask for a version and two moments, and show what undoing would do."""
        entry = entry_of(self.ws, code)
        if "since" not in request.args:
            return self._page(entry)
        try:
            plan = self._plan(entry, request.args)
        except Invalid as error:
            return self._page(entry, refused=shown.said(error.text))
        return self._page(entry, plan)

    @expose("/<code>/undo", methods=["POST"])
    def begin(self, code: str) -> Any:
        """Begin the undo of exactly what the preview showed; the page then asks for it part by part."""
        entry = entry_of(self.ws, code)
        access.require(self.actor, "rules:approve")
        plan = self._plan(entry, request.form)
        given = UndoPlan(code, plan.number, plan.since, plan.until, plan.items, request.form.get("token", ""))
        try:
            typed_name(entry)
            seq = begin_undo(self.ws, given, origin(request.form.get("note", "").strip()[:300]))
        except PlanChanged:
            changed = t(
                "预览之后有记录又变了，所以什么都没有撤销。下面是新的预览，请再看一遍。",
                "Some records changed since the preview, so nothing was undone. Here it is anew: please look again.",
            )
            return self._page(entry, plan, refused=changed), 409
        except Invalid as error:
            return self._page(entry, plan, refused=shown.said(error.text)), 422
        return redirect(url_for("rule_undo.result", code=code, seq=seq))

    @expose("/<code>/undo/<int:seq>")
    def result(self, code: str, seq: int) -> str:
        """Show how far an undo is, and what was kept."""
        entry, line = entry_of(self.ws, code), self._line(code, seq)
        version, since, until = line.after["version"], *self._span(line)
        plan = undo_preview(self.ws, code, version, since, until, self.actor)
        wanted = set(line.after["items"])
        return self.show(
            "rule_undone",
            entry=entry,
            title=shown.said(entry.title),
            line=line,
            since=since,
            until=until,
            done=sum(item.id in wanted and not item.safe for item in plan.items),
            wanted=len(wanted),
            undone=sum(item.id in wanted and item.done for item in plan.items),
            records=len(line.after["records"]),
            kept=[item for item in plan.items if not item.safe and not item.done],
            said=shown.said,
            may_approve=access.may(self.actor, "rules:approve"),
        )

    @expose("/<code>/undo/<int:seq>/part", methods=["POST"])
    def part(self, code: str, seq: int) -> Any:
        """Undo the next records and say how far it is, as JSON."""
        self._line(code, seq)
        start = max(0, request.form.get("start", 0, type=int))
        try:
            far = undo_part(self.ws, seq, start, origin())
        except ClewError as error:
            return jsonify({"error": shown.said(error.text)}), error.status
        return jsonify({"done": far.done, "all": far.all, "undone": far.undone, "kept": len(far.kept)})

    def _plan(self, entry: Entry, given: Any) -> UndoPlan:
        since = shown.moment_given(self.ws, given, shown.SINCE)
        until = shown.moment_given(self.ws, given, shown.UNTIL) or self.ws.clock.now()
        meant = meant_of(versions_meant(entry.code))
        number = given.get("version", type=int) or (meant.number if meant else 0)
        version = numbered_version(entry.code, number)
        since = since or version.published_at or version.created_at
        if since >= until:
            raise Invalid([Problem("until", Text("结束须晚于开始", "the end has to come after the beginning"))])
        return undo_preview(self.ws, entry.code, number, since, until, self.actor)

    def _page(self, entry: Entry, plan: UndoPlan | None = None, refused: str = "") -> str:
        versions = version_effects(entry.code)
        meant = meant_of(versions)
        number = plan.number if plan else request.values.get("version", meant.number if meant else 0, type=int)
        chosen = next((one for one in versions if one.number == number), meant)
        zone = self.ws.settings.zone
        # What was left open stays open: another version is then asked of its own time.
        span = {name: request.args.get(name, "")[:30] for name in ("since", "until")}
        return self.show(
            "rule_undo",
            entry=entry,
            title=shown.said(entry.title),
            versions=versions,
            standings=STANDINGS,
            chosen=chosen,
            plan=plan,
            refused=refused,
            span=span,
            zone=str(zone),
            groups=_grouped(plan.items) if plan else {},
            group_words=GROUPS,
            counts=Counter(_group(item) for item in plan.safe) if plan else {},
            kept=[item for item in plan.items if not item.safe and not item.done] if plan else [],
            before=_undone_before(entry),
            most=_SHOWN,
            values=partial(_values, self._describer(plan.items[:_SHOWN] if plan else ())),
            clock=partial(shown.moment_words, self.ws),
            said=shown.said,
            may_approve=access.may(self.actor, "rules:approve"),
        )

    def _describer(self, items: Iterable[UndoItem]) -> Describer:
        viewer = Viewer(self.ws, self.actor)
        viewer.learn((item.record_kind, item.record_id) for item in items)
        return Describer(viewer, Versions())

    def _line(self, code: str, seq: int) -> JournalLine:
        line = undo_line(seq)
        row = RuleRecord.get_or_none(RuleRecord.code == code)
        if row is None or row.id != line.record_id:
            raise Forbidden("这次撤销不属于这条规则。", "that undo is another rule's")
        return line

    def _span(self, line: JournalLine) -> tuple[datetime, datetime]:
        return datetime.fromisoformat(line.after["since"]), datetime.fromisoformat(line.after["until"])


def _values(describer: Describer, item: UndoItem, which: str) -> str:
    """Return an effect's values in words: before, as the rule wrote them, or now."""
    given = {"was": item.was, "did": item.did, "now": item.now}[which]
    whole = describer.viewer.whole(item.record_kind, item.record_id)
    return shown.said(describer.values(item.record_kind, given, whole)) if given else t("没有", "none")


def _undone_before(entry: Entry) -> list[JournalLine]:
    """Return the newest undos of a rule's effects."""
    if entry.row is None:
        return []
    lines = JournalLine.select().where(
        (JournalLine.kind == "rule.undone")
        & (JournalLine.record_kind == "rule")
        & (JournalLine.record_id == entry.row.id)
    )
    return list(lines.order_by(JournalLine.seq.desc()).limit(_LISTED))


def _group(item: UndoItem) -> str:
    if item.record_kind in _KINDS:
        return _KINDS[item.record_kind]
    return "owners" if "owner_id" in item.now or "owner_id" in item.did else "fields"


def _grouped(items: Sequence[UndoItem]) -> dict[str, list[UndoItem]]:
    found: dict[str, list[UndoItem]] = {name: [] for name in GROUPS}
    for item in items:
        found[_group(item)].append(item)
    return {name: some for name, some in found.items() if some}
