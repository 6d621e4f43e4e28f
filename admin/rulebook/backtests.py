"""回测: ask for one, watch it run, read what would have been otherwise down to the record, and approve."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask_admin import expose

from ...core import backtest
from ...core.access import policy as access
from ...core.errors import ClewError, Conflict, Invalid, Problem
from ...core.kinds import RuleVersion
from ...core.rulebook.documents import title_of
from ...core.storage.system_tables import Backtest, BacktestDifference
from ...hooks.text import Text
from ..base import PAGE, ConsoleView, page_of
from ..reports.report import pdf_of
from ..session import origin, t
from . import shown
from .backtest_words import Words

_BY = {
    "team": BacktestDifference.team_id,
    "rule": BacktestDifference.rule,
    "person": BacktestDifference.person_id,
}


class BacktestsView(ConsoleView):
    """回测: the list with the form, and one backtest."""

    permission, group, words_, icon_name = "rules:see", ("规则", "Rules"), ("回测", "Backtests"), "refresh"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Backtests", url="/backtests", endpoint="backtests")

    @expose("/")
    def index(self) -> str:
        """List backtests, newest first, under the form that asks for one."""
        return self._index()

    @expose("/start", methods=["POST"])
    def start(self) -> Any:
        """Ask for a backtest and go where it can be watched."""
        try:
            since, until = self._period()
            row = backtest.start(
                self.ws,
                version_ids=request.form.getlist("version"),
                since=since,
                until=until,
                origin=origin(),
            )
        except ClewError as error:
            if error.status not in (409, 422):
                raise
            return self._index(shown.said(error.text)), error.status
        return redirect(url_for("backtests.one", backtest_id=row.id))

    @expose("/<backtest_id>")
    def one(self, backtest_id: str) -> str:
        """Show a backtest: how far it is, or what it found."""
        row = backtest.backtest_of(backtest_id)
        if row.state in ("queued", "running") or not row.result:
            return self.show("backtest_running", row=row, words=Words(self.ws, row), drafts=self._titles(row))
        return self.show("backtest", **self._found(row))

    @expose("/<backtest_id>/progress")
    def progress(self, backtest_id: str) -> Response:
        """Return how far a backtest is, for the page that watches it."""
        row = backtest.backtest_of(backtest_id)
        return jsonify(state=row.state, done=row.done, total=row.total)

    @expose("/<backtest_id>/stop", methods=["POST"])
    def stop(self, backtest_id: str) -> Any:
        """Stop a backtest; what it has is kept."""
        try:
            backtest.stop(self.ws, backtest_id, origin())
            flash(t("正在停止；已算出的部分会保留", "Stopping; what is there is kept"))
        except Conflict as error:
            flash(shown.said(error.text), "error")
        return redirect(url_for("backtests.one", backtest_id=backtest_id))

    @expose("/<backtest_id>/attach", methods=["POST"])
    def attach(self, backtest_id: str) -> Any:
        """Put a backtest before those who approve its draft."""
        try:
            backtest.attach(self.ws, backtest_id, origin())
            flash(t("已附到审批", "Attached to the approval"))
        except Conflict as error:
            flash(shown.said(error.text), "error")
        return redirect(url_for("backtests.one", backtest_id=backtest_id))

    @expose("/<backtest_id>/pdf")
    def pdf(self, backtest_id: str) -> Response:
        """Return the result as PDF; the export is journalled."""
        row = backtest.backtest_of(backtest_id)
        if not row.result:
            raise Conflict("回测还没有结果。", "this backtest has no result yet")
        body = pdf_of(render_template("clew/backtest_pdf.html", **self._found(row)))
        with self.ws.door.transaction(origin()) as tx:
            tx.note("backtest.exported", "backtest", row.id)
        headers = {"Content-Disposition": f'inline; filename="clew-backtest-{row.id}.pdf"'}
        return Response(body, mimetype="application/pdf", headers=headers)

    def _index(self, refused: str = "") -> str:
        rows, after = page_of(Backtest.select(), Backtest.id)
        open_versions = (
            RuleVersion.select()
            .where(RuleVersion.state.in_(("draft", "review", "approved")))
            .order_by(RuleVersion.updated_at.desc())
            .limit(50)
        )
        chosen = request.form.getlist("version") or request.args.getlist("version")
        return self.show(
            "backtests",
            rows=[(row, Words(self.ws, row)) for row in rows],
            after=after,
            versions=list(open_versions),
            chosen=chosen,
            preset=request.form.get("period", "month"),
            title=lambda document: shown.said(title_of(document)),
            titles=self._titles,
            chip=lambda version: shown.version_chip(version, True),
            refused=refused,
        )

    def _found(self, row: Backtest) -> dict[str, Any]:
        by = request.args.get("by", "team")
        by = by if by in _BY else "team"
        key, kind = request.args.get("key", ""), request.args.get("kind", "")
        chosen = [BacktestDifference.backtest_id == row.id]
        chosen += [_BY[by] == key] if key else []
        chosen += [BacktestDifference.kind == kind] if kind else []
        total = BacktestDifference.select().where(*chosen).count()
        # A manager reads the sums of all, and the records of their own teams.
        query = backtest.differences_of(self.ws, self.actor, row).where(*chosen)
        start = max(0, min(request.args.get("from", 0, type=int), 10**9))
        rows = list(query.order_by(BacktestDifference.id).offset(start).limit(PAGE))
        version = RuleVersion.get_or_none(RuleVersion.id == row.version_id) if row.version_id else None
        words = Words(self.ws, row)
        return {
            "row": row,
            "words": words,
            "result": row.result,
            "by": by,
            "key": key,
            "kind": kind,
            "differences": rows,
            "total": total,
            "visible": query.count(),
            "start": start,
            "next": start + PAGE if query.count() > start + PAGE else None,
            "drafts": self._titles(row),
            "version": version,
            "stale": backtest.is_stale(row),
            "why_not": self._why_not(version) if version else "",
            "may_attach": bool(version and version.state in ("draft", "review"))
            and access.may(self.actor, "rules:edit"),
            "soon": shown.for_input(self.ws.clock.now() + timedelta(days=1), self.ws.settings.zone)[:16],
        }

    def _titles(self, row: Backtest) -> str:
        if not row.documents:
            return t("今天的规则对实际", "Today's rules against what happened")
        names = [f"{shown.said(title_of(one))} v{one.get('version', 1)}" for one in row.documents]
        return t("、", ", ").join(names)

    def _why_not(self, version: RuleVersion) -> str:
        """Return why the viewer can't approve the draft here, or nothing."""
        if version.state != "review":
            return t(
                "草稿提交审批后，可以在这里批准。", "Once the draft is sent for approval, it can be approved here."
            )
        if not access.may(self.actor, "rules:approve"):
            return t("你的角色可以查看，但不能审批。", "Your role may look, but not approve.")
        if version.author_id == self.actor.id:
            return t("这份草稿是你写的，须由同事批准。", "You wrote this draft: a colleague has to approve it.")
        return ""

    def _period(self) -> tuple[datetime, datetime]:
        zone, now = self.ws.settings.zone, self.ws.clock.now()
        today = datetime.combine(now.astimezone(zone).date(), time(), zone)
        preset = request.form.get("period", "month")
        if preset == "week":
            return today - timedelta(days=7), now
        if preset == "quarter":
            first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
            before = first - timedelta(days=1)
            return before.replace(month=(before.month - 1) // 3 * 3 + 1, day=1), first
        if preset == "month":
            first = today.replace(day=1)
            return (first - timedelta(days=1)).replace(day=1), first
        if preset == "days30":
            return today - timedelta(days=30), now
        since = shown.moment_given(self.ws, request.form, shown.SINCE)
        until = shown.moment_given(self.ws, request.form, shown.UNTIL)
        if since is None or until is None:
            raise Invalid([Problem("since", Text("请选好开始和结束的日期", "choose the first and the last day"))])
        return since, until + timedelta(days=1)
