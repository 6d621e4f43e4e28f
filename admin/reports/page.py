"""报告: the manager's report as a page, and as PDF."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_admin import expose

from ...core import metrics
from ...core.access import policy as access
from ...core.actions.metrics import resume
from ...core.errors import Invalid
from ...core.metrics import Period
from ...core.schema.fields import Field, field
from ..base import ConsoleView
from ..session import english, origin, t
from .report import build_report, render_pdf

_SINCE, _UNTIL = field("since", "开始", "From", "moment"), field("until", "结束", "Until", "moment")


class ReportView(ConsoleView):
    """One manager's report over the last 7, 30 or 90 days, or between two dates."""

    permission, group, words_, icon_name = "report", ("数据", "Data"), ("报告", "Report"), "report"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Report", url="/report", endpoint="report")

    @expose("/")
    def index(self) -> str:
        """Show the report."""
        days = request.args.get("days", 30, type=int)
        # The page has more room than the PDF's half column.
        report = build_report(self.ws, self.actor, self._period(), english(), chart_width=460)
        query = request.query_string.decode()
        return self.show(
            "report",
            report=report,
            days=days if "since" not in request.args else None,
            query=query,
            suspended=[(metrics.get(name).title, row) for name, row in sorted(metrics.suspended().items())],
            may_resume=access.may(self.actor, "rules:approve"),
            locale="en" if english() else "zh",
        )

    @expose("/resume", methods=["POST"])
    def resume(self) -> Any:
        """Take a metric up again that a rule suspended."""
        access.require(self.actor, "rules:approve")
        with self.ws.door.transaction(origin()) as tx:
            resume(tx, request.form.get("metric", ""))
        flash(t("指标已恢复", "The metric counts again"))
        return redirect(url_for("report.index"))

    @expose("/pdf")
    def pdf(self) -> Response:
        """Return the report as PDF; the export is journalled."""
        period = self._period()
        body = render_pdf(build_report(self.ws, self.actor, period, english()))
        with self.ws.door.transaction(origin()) as tx:
            span = {"since": period.since.isoformat(), "until": period.until.isoformat()}
            tx.note("report.exported", "user", self.actor.id, span)
        name = f"clew-report-{self.ws.clock.now().astimezone(self.ws.settings.zone):%Y%m%d}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return Response(body, mimetype="application/pdf", headers=headers)

    def _period(self) -> Period:
        zone, now = self.ws.settings.zone, self.ws.clock.now()
        midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
        try:
            since, until = (self._midnight(request.args[one.name], one) for one in (_SINCE, _UNTIL))
            if since <= until:
                return Period(since, until + timedelta(days=1), now, self.ws.calendar)
        except (KeyError, Invalid):
            pass
        days = max(1, min(3660, request.args.get("days", 30, type=int)))
        return Period(midnight - timedelta(days=days), midnight, now, self.ws.calendar)

    def _midnight(self, text: str, field: Field) -> datetime:
        moment: datetime = self.ws.configuration.validator.typed(field, text)
        zone = self.ws.settings.zone
        return datetime.combine(moment.astimezone(zone).date(), time(), zone)
