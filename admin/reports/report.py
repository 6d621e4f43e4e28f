"""The manager's report: figures from the registry, who needs support, two charts; as a page and as a PDF."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from markupsafe import Markup

from ...core import metrics
from ...core.access import policy as access
from ...core.journal.origin import Actor
from ...core.kinds import Team
from ...core.process.processes import Process
from ...core.workbench.support import Support, who_needs_support
from ...core.workspace import Workspace
from .. import words
from . import charts

FIGURES = ("first_response_median", "response_within_30", "signed_amount", "payments_received")
REACHED = "reached."
"""Before the names of a process and a stage: what the list of leads calls those that came so far."""
TOTALS = ("leads_received", "leads_won", "leads_lost", "win_rate", "escalations")


@dataclass(frozen=True)
class Figure:
    """One figure as it is read: value and unit, and the change against the period before."""

    name: str
    label: str
    value: str
    unit: str
    note: str
    tone: str
    suspended: bool = False


@dataclass(frozen=True)
class Person:
    """One seller's line; `reason` is empty for somebody who needs no support, None where that can't be said."""

    name: str
    received: int | None
    open: int | None
    median: str
    within: str
    signed: str
    reason: str | None
    tone: str


@dataclass
class Report:
    """All that stands in the report, ready to be shown; None stands for what a suspended metric would count."""

    headline: str
    sub: str
    scope: str
    period: str
    as_of: str
    figures: list[Figure]
    totals: list[Figure]
    people: list[Person]
    process: str
    funnel: list[tuple[str, int, str]] | None
    sources: list[tuple[str, int]] | None
    definitions: list[tuple[str, str]]
    first_definitions: list[tuple[str, str]]
    funnel_svg: Markup = field(default=Markup())
    trend_svg: Markup = field(default=Markup())
    english: bool = False


def build_report(ws: Workspace, viewer: Actor, period: metrics.Period, english: bool, chart_width: int = 300) -> Report:
    """Count everything for what `viewer` may see. Raises Forbidden without the permission for reports."""
    access.require(viewer, "report")
    if period.calendar is None:
        period = replace(period, calendar=ws.calendar)
    scope, zone, now = metrics.scope_for(viewer), ws.settings.zone, ws.clock.now()
    locale = "en" if english else "zh"
    figures = [figure_of(name, scope, period, english) for name in FIGURES]
    people = _people(scope, period, english)
    process = ws.processes.get("sales")
    reached, titles = metrics.funnel(scope, period, process), [one.title.for_locale(locale) for one in process.stages]
    funnel = None if reached is None else list(zip(titles, reached, reached_paths(process, period, zone), strict=True))
    until = period.until - timedelta(seconds=1)
    limit_words = "limit 30" if english else "时限 30 分"
    definitions = {name: metrics.get(name) for name in metrics.METRICS}
    return Report(
        headline=_headline(figures[0], metrics.measure("overdue_leads", scope, period), english),
        sub=_who(people, english),
        scope=_scope_words(scope, english),
        period=f"{words.day(period.since, zone, english)} – {words.day(until, zone, english)}",
        as_of=words.minute(now, zone, english),
        figures=figures,
        totals=[figure_of(name, scope, period, english) for name in TOTALS],
        people=people,
        process=process.title.for_locale(locale),
        funnel=funnel,
        sources=_sources(ws, scope, period, locale),
        definitions=[(m.title.for_locale(locale), m.formula.for_locale(locale)) for m in definitions.values()],
        first_definitions=[
            (definitions[name].title.for_locale(locale), definitions[name].formula.for_locale(locale))
            for name in (*FIGURES, "overdue_leads")
        ],
        funnel_svg=Markup(charts.funnel([(title, n) for title, n, _ in funnel], chart_width) if funnel else ""),
        trend_svg=Markup(charts.trend(trend_of(scope, period, ws), 30, limit_words, chart_width)),
        english=english,
    )


def reached_paths(process: Process, period: metrics.Period, zone: ZoneInfo) -> list[str]:
    """Return for each stage of a process the list of the leads that came so far, as the funnel counts them."""
    since, last = (moment.astimezone(zone).date() for moment in (period.since, period.until - timedelta(seconds=1)))
    when = f"received_at.since={since}&received_at.until={last}"
    return [f"/leads/?{REACHED}{process.name}.{one.name}=1&{when}" for one in process.stages]


def _headline(median: Figure, late: metrics.Measure, english: bool) -> str:
    n = late.count
    if english:
        first = f"Median first response {median.value} {median.unit}" if median.unit else "No lead was answered"
        if median.suspended:
            first = "The median first response is suspended"
        return first if late.suspended else f"{first}; {n} {_plural(n, 'lead')} overdue now"
    first = f"首次响应中位数 {median.value} {median.unit}" if median.unit else "这段时间没有已响应的线索"
    if median.suspended:
        first = "首次响应中位数已暂停"
    return first if late.suspended else f"{first}，目前 {n} 条线索超时未响应"


def _who(people: list[Person], english: bool) -> str:
    if any(p.reason is None for p in people):
        return (
            "Who needs support can't be said: a metric is suspended." if english else "指标已暂停，看不出谁需要支持。"
        )
    need = [p.name for p in people if p.reason]
    named, more, others = need[:5], len(need) - 5, len(people) - len(need)
    if not people:
        return "Nobody sells here yet." if english else "这里还没有销售。"
    if english:
        who = ", ".join(named) + (f" and {more} more" if more > 0 else "")
        rest = f"{others} {'does' if others == 1 else 'do'} well."
        return f"{who} need{'s' if len(need) == 1 else ''} support; {rest}" if need else f"All {rest}"
    who = "、".join(named) + (f"等 {len(need)} 人" if more > 0 else "")
    return f"{who}需要支持，其余 {others} 人正常。" if need else f"{others} 人都正常。"


def _scope_words(scope: metrics.Scope, english: bool) -> str:
    if scope.teams is None:
        return "All teams" if english else "全部团队"
    teams = [t.name for t in Team.select().where(Team.id.in_(scope.teams)).order_by(Team.name)]
    return "、".join(teams) or ("No team to manage" if english else "没有管理的团队")


def render_pdf(report: Report) -> bytes:
    """Return the report as PDF, A4."""
    return pdf_of(render_template("clew/report_pdf.html", report=report))


def pdf_of(page: str) -> bytes:
    """Return a page as PDF. Nothing is fetched from anywhere."""
    from weasyprint import HTML

    def closed(url: str, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(f"a report fetches nothing: {url}")

    return bytes(HTML(string=page, url_fetcher=closed).write_pdf())


def _write(name: str, value: float | None, english: bool) -> tuple[str, str]:
    metric = metrics.get(name)
    unit = metric.unit.for_locale("en" if english else "zh")
    if value is None:
        return "—", ""
    if unit == "%":
        return f"{value * 100:.1f}", "%"
    if metric.unit.zh == "元":
        return (f"¥{value / 1000:,.0f}k", "") if english else (f"{value / 10000:,.1f}", "万元")
    return f"{value:g}" if name == "first_response_median" else f"{value:,.0f}", unit


def _joined(name: str, value: float | None, english: bool) -> str:
    return " ".join(part for part in _write(name, value, english) if part)


def figure_of(name: str, scope: metrics.Scope, period: metrics.Period, english: bool) -> Figure:
    """Return a metric of a period as it is read, with the change against the period before."""
    metric = metrics.get(name)
    now = metrics.measure(name, scope, period).value
    before = metrics.measure(name, scope, period.previous()).value
    value, unit = _write(name, now, english)
    label = metric.title.for_locale("en" if english else "zh")
    if (why := metrics.suspension_of(name)) is not None:
        by = f" ({why.rule} v{why.version})" if why.rule else ""
        return Figure(
            name, label, value, unit, f"{'Suspended: ' if english else '已暂停：'}{why.reason}{by}", "risk", True
        )
    note, tone = "", ""
    if now is not None and before is not None and before != now:
        better = (now > before) == (metric.better == "up")
        tone = ("done" if better else "risk") if metric.better else ""
        if unit == "%":
            change = f"{abs(now - before) * 100:.1f} {'points' if english else '点'}"
        else:
            change = _joined(name, abs(now - before), english)
        sign = "+" if now > before else "−"
        note = f"{'vs. before' if english else '比上期'} {sign}{change}"
    return Figure(name, label, value, unit, note, tone)


def _sources(ws: Workspace, scope: metrics.Scope, period: metrics.Period, locale: str) -> list[tuple[str, int]] | None:
    source, counts = ws.kinds.field("lead", "source"), metrics.by_source(scope, period)
    if counts is None:
        return None
    rows = ((source.words(k, locale) if source and k else "—", n) for k, n in counts.items())
    return sorted(rows, key=lambda row: -row[1])


def trend_of(scope: metrics.Scope, period: metrics.Period, ws: Workspace) -> list[tuple[str, float | None]]:
    """Return the median first response over time, by days with an answer."""
    zone, long = ws.settings.zone, (period.until - period.since).days > 200
    rows: list[tuple[str, float | None]] = []
    for part, found in metrics.over_time(FIGURES[0], scope, period, zone):
        local = part.since.astimezone(zone)
        rows.append((f"{local:%y-%m}" if long else f"{local.month}/{local.day}", found.value))
    # A day without an answered lead is no day of zero minutes: the line goes on to the next.
    return [row for row in rows if row[1] is not None] or rows[:1]


def _people(scope: metrics.Scope, period: metrics.Period, english: bool) -> list[Person]:
    unknown_load = metrics.suspension_of("open_leads") is not None
    found = []
    for one in who_needs_support(scope, period):
        user, own = one.user, scope.of(one.user.id if one.user else None)
        median, within, signed = (
            _joined(name, metrics.measure(name, own, period).value, english) for name in FIGURES[:3]
        )
        new = metrics.measure("leads_received", own, period)
        received, load = None if new.suspended else new.count, None if unknown_load else one.load
        reason, tone = reason_of(one, english)
        name = user.name if user else ("No owner" if english else "未分配")
        why = None if one.why is None else reason
        found.append(Person(name, received, load, median, within, signed, why, tone))
    return found


def reason_of(one: Support, english: bool) -> tuple[str, str]:
    """Return why somebody needs help, in words, and its tone; empty for who needs none."""
    if one.why == "late":
        n = one.late
        return (f"{n} overdue {_plural(n, 'lead')}" if english else f"{n} 条线索超时未响应"), "late"
    if one.why == "unowned":
        n = one.load
        return (f"{n} open {_plural(n, 'lead')}" if english else f"{n} 条线索没有负责人"), "late"
    if one.why == "stalled":
        n = one.stalled
        return (f"{n} stalled {_plural(n, 'lead')}" if english else f"{n} 条线索停滞"), "risk"
    if one.why == "load":
        words = f"{one.load} open leads, {one.times}× the median"
        return (words if english else f"在手 {one.load} 条，是中位数的 {one.times} 倍"), "risk"
    return "", ""


def _plural(n: int, word: str) -> str:
    return word if n == 1 else f"{word}s"
