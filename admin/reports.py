"""The manager's report: figures from the registry, who needs support, two charts; as a page and as a PDF."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import render_template
from markupsafe import Markup
from peewee import fn

from ..core import metrics
from ..core.models import Deadline, Lead, Team, User
from ..core.origin import Actor
from ..core.workspace import Workspace
from . import charts, words

FIGURES = ("first_response_median", "response_within_30", "signed_amount", "payments_received")
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


@dataclass(frozen=True)
class Person:
    """One seller's line; `reason` is empty for somebody who needs no support."""

    name: str
    received: int
    median: str
    within: str
    signed: str
    reason: str
    tone: str


@dataclass
class Report:
    """All that stands in the report, ready to be shown."""

    headline: str
    sub: str
    scope: str
    period: str
    as_of: str
    figures: list[Figure]
    totals: list[Figure]
    people: list[Person]
    funnel: list[tuple[str, int]]
    sources: list[tuple[str, int]]
    definitions: list[tuple[str, str]]
    funnel_svg: Markup = field(default=Markup())
    trend_svg: Markup = field(default=Markup())
    english: bool = False


def build_report(ws: Workspace, viewer: Actor, period: metrics.Period, english: bool) -> Report:
    """Count everything for what `viewer` may see."""
    scope, zone, now = metrics.scope_for(viewer), ws.settings.zone, ws.clock.now()
    locale = "en" if english else "zh"
    figures = [_figure(name, scope, period, english) for name in FIGURES]
    people = _people(scope, period, english)
    need = [p for p in people if p.reason]
    process = ws.door.processes.get("sales")
    received = scope.leads().where((Lead.received_at >= period.since) & (Lead.received_at < period.until))
    reached = _reached(received, process)
    names = [(stage.title.for_locale(locale), n) for stage, n in zip(process.stages, reached, strict=True)]
    source = ws.door.fields.get("lead", "source")
    rows = received.select(Lead.source, fn.COUNT(Lead.id)).group_by(Lead.source).tuples()
    by_source = sorted(((source.words(k, locale) if source and k else "—", n) for k, n in rows), key=lambda r: -r[1])
    late = scope.leads().join(Deadline, on=(Deadline.lead == Lead.id)).where(
        Lead.first_response_at.is_null() & (Lead.outcome == "open") & (Deadline.name == "first_response")
        & (Deadline.state == "missed")
    ).count()  # fmt: skip
    median = figures[0]
    if english:
        headline = f"Median first response {median.value} {median.unit}; {late} leads are late"
        sub = f"{', '.join(p.name for p in need) or 'Nobody'} need{'s' if len(need) == 1 else ''} support; {len(people) - len(need)} others do well."
    else:
        headline = f"首次响应中位数 {median.value} {median.unit}，{late} 条线索超时未响应"
        others = len(people) - len(need)
        sub = f"{'、'.join(p.name for p in need)}需要支持，其余 {others} 人正常。" if need else f"{others} 人都正常。"
    teams = [t.name for t in Team.select().where(Team.id.in_(scope.teams or ()))]
    until = period.until - timedelta(seconds=1)
    return Report(
        headline=headline,
        sub=sub,
        scope="、".join(teams) or ("All teams" if english else "全部团队"),
        period=f"{words.day(period.since, zone, english)} – {words.day(until, zone, english)}",
        as_of=words.full_moment(now, zone)[:16],
        figures=figures,
        totals=[_figure(name, scope, period, english) for name in TOTALS],
        people=people,
        funnel=names,
        sources=by_source,
        definitions=[(m.title.for_locale(locale), m.formula.for_locale(locale)) for m in metrics.METRICS.values()],
        funnel_svg=Markup(charts.funnel(names)),
        trend_svg=Markup(charts.trend(_trend(scope, period, ws), 30, "limit 30" if english else "时限 30 分")),
        english=english,
    )


def render_pdf(report: Report) -> bytes:
    """Return the report as PDF, A4. Nothing is fetched from anywhere."""
    from weasyprint import HTML

    def closed(url: str, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(f"a report fetches nothing: {url}")

    return bytes(HTML(string=render_template("clew/report_pdf.html", report=report), url_fetcher=closed).write_pdf())


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


def _figure(name: str, scope: metrics.Scope, period: metrics.Period, english: bool) -> Figure:
    metric = metrics.get(name)
    now = metrics.measure(name, scope, period).value
    before = metrics.measure(name, scope, period.previous()).value
    value, unit = _write(name, now, english)
    note, tone = "", ""
    if now is not None and before is not None and before != now:
        better = (now > before) == (metric.better == "up")
        tone = ("done" if better else "risk") if metric.better else ""
        if unit == "%":
            change = f"{abs(now - before) * 100:.1f} {'points' if english else '点'}"
        else:
            change = "".join(_write(name, abs(now - before), english))
        sign = "+" if now > before else "−"
        note = f"{'vs. before' if english else '比上期'} {sign}{change}"
    return Figure(name, metric.title.for_locale("en" if english else "zh"), value, unit, note, tone)


def _reached(received: Any, process: Any) -> list[int]:
    """Count how many of the leads came at least as far as each stage; a won lead went all the way."""
    counts = [0] * len(process.stages)
    grouped = (
        received.select(Lead.stage, Lead.outcome, fn.COUNT(Lead.id))
        .where(Lead.process == process.name)
        .group_by(Lead.stage, Lead.outcome)
        .tuples()
    )
    for stage, outcome, n in grouped:
        last = len(counts) - 1 if outcome == "won" else process.index(stage)
        for at in range(last + 1):
            counts[at] += n
    return counts


def _trend(scope: metrics.Scope, period: metrics.Period, ws: Workspace) -> list[tuple[str, float | None]]:
    zone, days = ws.settings.zone, (period.until - period.since).days
    step = timedelta(days=1 if days <= 45 else 7 if days <= 200 else 30)
    rows: list[tuple[str, float | None]] = []
    at = period.since
    while at < period.until:
        local: datetime = at.astimezone(zone)
        value = metrics.measure("first_response_median", scope, metrics.Period(at, min(at + step, period.until))).value
        if value is not None or step.days > 1:
            rows.append((f"{local.month}/{local.day}" if step.days < 30 else f"{local:%y-%m}", value))
        at += step
    return rows


def _people(scope: metrics.Scope, period: metrics.Period, english: bool) -> list[Person]:
    sellers = [u for u in User.select().where(User.active) if "sales" in u.roles]
    if scope.teams is not None:
        sellers = [u for u in sellers if u.team_id in scope.teams]
    if scope.owner is not None:
        sellers = [u for u in sellers if u.id == scope.owner]
    open_leads = dict(
        Lead.select(Lead.owner, fn.COUNT(Lead.id)).where(Lead.outcome == "open").group_by(Lead.owner).tuples()
    )
    late = dict(
        Lead.select(Lead.owner, fn.COUNT(Lead.id))
        .join(Deadline, on=(Deadline.lead == Lead.id))
        .where(
            Lead.first_response_at.is_null()
            & (Lead.outcome == "open")
            & (Deadline.name == "first_response")
            & (Deadline.state == "missed")
        )
        .group_by(Lead.owner)
        .tuples()
    )
    loads = [open_leads.get(u.id, 0) for u in sellers]
    usual = statistics.median(loads) if loads else 0
    people = []
    for user in sellers:
        own = metrics.Scope(owner=user.id)
        reason, tone, load = "", "", open_leads.get(user.id, 0)
        if n := late.get(user.id, 0):
            reason, tone = (f"{n} late leads" if english else f"{n} 条线索超时未响应"), "late"
        elif usual and load >= 2 * usual and load >= 10:
            times = round(load / usual, 1)
            reason = f"{load} open leads, {times}× the median" if english else f"在手 {load} 条，是中位数的 {times} 倍"
            tone = "risk"
        value = {name: metrics.measure(name, own, period) for name in ("leads_received", *FIGURES[:3])}
        people.append(
            (
                -late.get(user.id, 0),
                -load if reason else 0,
                Person(
                    user.name,
                    value["leads_received"].count,
                    " ".join(_write(FIGURES[0], value[FIGURES[0]].value, english)),
                    " ".join(_write(FIGURES[1], value[FIGURES[1]].value, english)),
                    " ".join(_write(FIGURES[2], value[FIGURES[2]].value, english)),
                    reason,
                    tone,
                ),
            )
        )
    return [person for *_, person in sorted(people, key=lambda row: (row[0], row[1], row[2].name))]
