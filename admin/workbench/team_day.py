"""The manager's part of today: who needs help and why, where things are stuck, figures, what is late, the funnel."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from peewee import fn

from ...core import metrics
from ...core.access import policy as access
from ...core.access.holders import holders
from ...core.company.readiness import holidays
from ...core.kinds import Lead, User
from ...core.kinds.deadline_clock import clock_of
from ...core.storage.queries import pairs
from ...core.workbench.support import Support, by_lateness, longest_stalled, who_needs_support
from ...core.workbench.waiting import Part, Waiting
from .. import words
from ..reports import charts
from ..reports.report import FIGURES, figure_of, reached_paths, reason_of, trend_of
from ..session import english, t
from .first_rows import first_rows

if TYPE_CHECKING:
    from ..base import ConsoleView

_SHOWN = 8
_DAYS = {"first_response_median": 7, "response_within_30": 7, "signed_amount": 30, "payments_received": 30}
_ROWS = {
    "first_response_median": "/leads/?first_response_at.empty=0&received_at.since=",
    "response_within_30": "/leads/?received_at.since=",
    "signed_amount": "/records/contract/?signed_at.since=",
    "payments_received": "/records/payment/?contract_id.empty=0&paid_at.since=",
}
"""The list of what stands behind a figure, from a day on."""
_TREND_DAYS = 14
_ASKED = 2
"""So many people are named who can mend what the viewer can't."""
_ELSEWHERE = ("team_late", "team_stalled", "team_reviews", "team_paused")
"""What has another place on the page than among the warnings."""


def values(view: ConsoleView) -> dict[str, Any]:
    """Return what the part shows."""
    ws, counts, scope = view.ws, view.day, metrics.scope_for(view.actor)
    month = last_days(view, 30)
    people = who_needs_support(scope, month)
    things = {one.name: one for one in counts.things}
    late = by_lateness(things["team_late"].rows, _SHOWN) if counts["team_late"] else []
    countdowns = view.countdowns([lead for lead, _ in late])
    need = [one for one in people if one.why]
    process = ws.processes.get("sales")
    reached = metrics.funnel(scope, month, process)
    titles = [one.title.for_locale(t("zh", "en")) for one in process.stages]
    helped = _all_helped(view, need, [lead for lead, _ in late], scope)
    return {
        "headline": _headline(helped, people),
        "sub": _sub(people, need),
        "need": helped,
        "stuck": _stuck(view, things),
        "more": max(0, len(need) - _SHOWN),
        "well": [one.user.name for one in people if one.user and one.why == ""],
        "unknown": any(one.why is None for one in people),
        "late": [_late(view, lead, countdowns[lead.id]) for lead, _ in late],
        "late_total": counts["team_late"],
        "late_path": things["team_late"].path,
        "names": {user.id: user.name for user in User.select().where(User.id.in_([lead.owner_id for lead, _ in late]))}
        if late
        else {},
        "figures": [
            (figure_of(name, scope, last_days(view, _DAYS[name]), english()), _DAYS[name], _rows_of(view, name))
            for name in FIGURES
        ],
        "warnings": _warnings(view),
        "funnel": list(zip(titles, reached, reached_paths(process, month, ws.settings.zone), strict=True))
        if reached is not None
        else None,
        "most": max([*(reached or ()), 1]),
        "process": process.title.for_locale(t("zh", "en")),
        "trend": _trend(view, scope),
        "may_assign": access.may(view.actor, "assign"),
        "may_take": access.may(view.actor, "assign") and access.may_write(view.actor, ws.kinds["lead"]),
    }


def last_days(view: ConsoleView, days: int) -> metrics.Period:
    """Return the period of so many days that ends with today."""
    zone = view.ws.settings.zone
    now = view.ws.clock.now()
    midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    return metrics.Period(midnight - timedelta(days=days), midnight, now, view.ws.calendar)


def _rows_of(view: ConsoleView, name: str) -> str:
    """Return the page that lists what stands behind a figure."""
    since = last_days(view, _DAYS[name]).since.astimezone(view.ws.settings.zone).date()
    return f"{_ROWS[name]}{since}"


def _trend(view: ConsoleView, scope: metrics.Scope) -> Markup:
    """Return the median first response of two weeks as a chart; nothing where no lead was answered."""
    rows = trend_of(scope, last_days(view, _TREND_DAYS), view.ws)
    if not any(value is not None for _, value in rows):
        return Markup("")
    return Markup(charts.trend(rows, 30, t("时限 30 分", "limit 30"), 300))


def _over(view: ConsoleView, owner_id: str | None, team_id: str | None, since: datetime) -> str:
    clock = clock_of(view.ws.calendar, view._people_at_hand, owner_id, team_id)
    return words.minutes(clock.minutes_between(since, view.ws.clock.now()), english())


def _all_helped(view: ConsoleView, need: list[Support], late: list[Lead], scope: metrics.Scope) -> list[dict[str, Any]]:
    """Return the rows of those who need help first; what is asked about each is asked about all of them at once."""
    shown = need[:_SHOWN]
    ids = [one.user.id for one in shown if one.user]
    still = [one.user.id for one in shown if one.user and one.why == "stalled"]
    stalled = longest_stalled(scope, last_days(view, 30), still)
    week = last_days(view, _DAYS["first_response_median"])
    medians = metrics.response_median_by_owner(scope, week, ids) or {}
    return [_helped(view, one, late, stalled, medians) for one in shown]


def _helped(
    view: ConsoleView, one: Support, late: list[Lead], stalled: dict[str, Lead], medians: dict[str, float]
) -> dict[str, Any]:
    user_id = one.user.id if one.user else None
    why = reason_of(one, english())
    said, span = [why[0]], ""
    if one.since is not None:
        span = _over(view, user_id, one.user.team_id if one.user else None, one.since)
        said.append(t(f"最久 {span}", f"the longest {span}"))
        if one.budget:
            said.append(t("最高预算 ", "highest budget ") + words.wan(one.budget, english()))
    if one.why in ("late", "stalled") and one.load > one.late:
        said.append(t(f"手上一共 {one.load} 条", f"{one.load} open in all"))
    if one.why == "late" and one.stalled:
        said.append(t(f"另有 {one.stalled} 条停滞", f"{one.stalled} stalled besides"))
    still, note = stalled.get(user_id or ""), ""
    if one.why == "stalled" and still is not None:
        span, note = _stands(view, still)
    first = still or next((lead for lead in late if lead.owner_id == user_id), None)
    median = medians.get(user_id or "")
    # Who has no owner is listed by an empty owner.
    whose = f"owner_id={user_id}" if user_id else "owner_id.empty=1"
    thing = {"late": "team_late", "unowned": "team_unowned", "stalled": "team_stalled"}.get(one.why or "", "")
    query = f"waits={thing}&{whose}" if thing else f"outcome=open&{whose}"
    return {
        "id": user_id,
        "name": one.user.name if one.user else t("没有负责人", "No owner"),
        "note": note,
        "median": words.minutes(round(median), english()) if median is not None else "",
        "why": one.why,
        "tag": {
            "late": t("响应超时", "Late"),
            "unowned": t("没人负责", "No owner"),
            "stalled": t("线索停滞", "Stalled"),
            "load": t("负荷过高", "Overloaded"),
        }[one.why or "load"],
        "said": t("，", ", ").join(said),
        "span": span,
        "n": {"late": one.late, "stalled": one.stalled}.get(one.why or "", one.load),
        "query": query,
        "first": first,
        "tone": why[1],
    }


def _stands(view: ConsoleView, lead: Lead) -> tuple[str, str]:
    """Return how long a lead stands still, and what follows its name: where, beside what is usual there."""
    now, locale = view.ws.clock.now(), t("zh", "en")
    clock = clock_of(view.ws.calendar, view._people_at_hand, lead.owner_id, lead.team_id)
    span = words.working(clock.minutes_between(lead.stage_since, now), english())
    process = view.ws.processes.get(lead.process)
    here = process.stage(lead.stage)
    stage = here.title.for_locale(locale) if here else lead.stage
    amount = words.wan(lead.budget, english()) if lead.budget else ""
    zh = f"{f'，{amount}，' if amount else ''}停在「{stage}」{span}"
    en = f"{f', {amount},' if amount else ''} has been in {stage} for {span}"
    limit = metrics.stage_limits(view.ws.calendar).get((lead.process, lead.stage))
    if limit is not None:
        usual = words.working(limit.minutes, english())
        zh += f"；最近走过这一阶段的 {limit.moves} 条里，九成在 {usual}内"
        en += f"; of the last {limit.moves} to leave it, nine in ten took {usual} at most"
    return span, t(zh, en)


def _stuck(view: ConsoleView, things: dict[str, Waiting]) -> list[tuple[str, int, str]]:
    """Return where things are stuck: each stage with leads that stand still, then with whom contracts and leads wait."""
    counts, found = view.day, []
    if counts["team_stalled"] and metrics.suspension_of("stalled_leads") is None:
        rows = things["team_stalled"].rows.select(Lead.stage, fn.COUNT(Lead.id)).group_by(Lead.stage)
        by_stage = dict(pairs(rows))
        titles = {one.name: one.title for process in view.ws.processes.of("lead") for one in process.stages}
        order = [*titles, *(name for name in by_stage if name not in titles)]
        for name in order:
            if n := by_stage.get(name, 0):
                title = titles[name].for_locale(t("zh", "en")) if name in titles else name
                found.append((title, n, f"{things['team_stalled'].path}&stage={name}"))
    for name, title in (
        ("team_reviews", t("法务终审", "Legal review")),
        ("team_revising", t("销售修改中", "Being revised")),
        ("team_uninvoiced", t("财务开票", "Invoicing")),
        ("team_paused", t("等别人，时限暂停", "Waiting for others, paused")),
    ):
        if counts[name]:
            found.append((title, counts[name], things[name].path))
    return found


def _late(view: ConsoleView, lead: Lead, countdown: dict[str, Any]) -> dict[str, Any]:
    source = view.ws.kinds.field("lead", "source")
    return {
        "lead": lead,
        "countdown": countdown,
        "source": source.words(lead.source, t("zh", "en")) if source and lead.source else "",
    }


def _headline(helped: list[dict[str, Any]], people: list[Support]) -> list[tuple[str, str]]:
    if not people:
        return [(t("这里还没有销售。", "Nobody sells here yet."), "")]
    if not helped:
        return [(t("没有超时的线索。", "No lead is late."), ""), (t("都接住了。", "All answered in time."), "done")]
    first = helped[0]
    said = _clause(first)
    other = next((one for one in helped[1:] if one["why"] == "stalled"), None) if first["why"] == "late" else None
    if other is not None:
        said += [(t("；", "; "), ""), *_clause(other), (t("。", "."), "")]
        return said
    rest = sum(1 for one in people if one.why) - 1
    if rest:
        people_ = "person needs" if rest == 1 else "people need"
        said.append((t(f"；还有 {rest} 人需要支持。", f"; {rest} more {people_} support."), ""))
    else:
        said.append((t("。", "."), ""))
    return said


def _clause(one: dict[str, Any]) -> list[tuple[str, str]]:
    """Return one person's clause of the headline."""
    name, n, tone, span = one["name"], one["n"], one["tone"], one["span"]
    leads = "lead" if n == 1 else "leads"
    what = {
        "late": t(f"{n} 条线索超时未响应", f"{n} {leads} unanswered in time"),
        "stalled": t(f"{n} 条线索停滞", f"{n} stalled {leads}"),
    }.get(one["why"])
    if what is None:
        return [(t(f"{name}：", f"{name}: "), ""), (one["said"], tone)]
    said = [(t(f"{name}有 ", f"{name} has "), ""), (what, tone)]
    return [*said, (t(f"，最久 {span}", f", the longest {span}"), "")] if span else said


def _sub(people: list[Support], need: list[Support]) -> str:
    if any(one.why is None for one in people):
        return t(
            "有指标已暂停，看不全谁需要支持。", "A metric is suspended, so who needs support can't be said in full."
        )
    named, helped = [one for one in people if one.user], [one for one in need if one.user]
    rest = len(named) - len(helped)
    return t(
        f"{len(named)} 人里 {len(helped)} 人需要支持，其余 {rest} 人进展正常。",
        f"{len(helped)} of {len(named)} {'needs' if len(helped) == 1 else 'need'} support, {rest} {'does' if rest == 1 else 'do'} well.",
    )


def _warnings(view: ConsoleView) -> list[dict[str, Any]]:
    """Return what is worth knowing besides: facts with their count, each with the page that lists it."""
    counts, found = view.day, []
    marks = {"team_uninvoiced": "file-text", "team_revising": "pencil", "approvals": "circle-check"}
    for one in counts.things:
        if one.part is Part.TEAM and one.name not in _ELSEWHERE and counts[one.name]:
            found.append(
                {
                    "mark": marks.get(one.name, "alert-triangle"),
                    "title": one.title.for_locale(t("zh", "en")),
                    "n": counts[one.name],
                    "path": one.path,
                    "tone": "late" if one.late else "risk",
                    "hint": "",
                    "first": first_rows(view, one),
                }
            )
    check = holidays(view.ws)
    if not check.ok:
        path = check.path if access.may(view.actor, "company") else ""
        said = check.said.for_locale(t("zh", "en")).split(t("；", ": "))[0]
        if not path and (able := [one.name for one in holders("company")[:_ASKED]]):
            said += t(f"；请找{'、'.join(able)}", f": ask {' or '.join(able)}")
        said = said[:1].upper() + said[1:]
        title = t("节假日未登记", "Holidays missing")
        found.append(
            {"mark": "calendar", "title": title, "n": 0, "path": path, "tone": "risk", "hint": said, "first": []}
        )
    return found
