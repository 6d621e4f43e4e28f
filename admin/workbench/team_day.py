"""The manager's part of today: who needs help and why, four figures, the late list, warnings, the funnel."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ...core import metrics
from ...core.access import policy as access
from ...core.company.readiness import holidays
from ...core.kinds import Lead, User
from ...core.kinds.deadline_clock import clock_of
from ...core.workbench.support import Support, by_lateness, who_needs_support
from ...core.workbench.waiting import Part
from .. import words
from ..reports import charts
from ..reports.report import FIGURES, figure_of, reason_of, trend_of
from ..session import english, t

if TYPE_CHECKING:
    from ..base import ConsoleView

_SHOWN = 8
_DAYS = {"first_response_median": 7, "response_within_30": 7, "signed_amount": 30, "payments_received": 30}
_TREND_DAYS = 14


def values(view: ConsoleView) -> dict[str, Any]:
    """Return what the part shows."""
    ws, counts, scope = view.ws, view.day, metrics.scope_for(view.actor)
    month = last_days(view, 30)
    people = who_needs_support(scope, month)
    things = {one.name: one for one in counts.things}
    late = by_lateness(things["team_late"].rows, _SHOWN) if counts["team_late"] else []
    need = [one for one in people if one.why]
    process = ws.processes.get("sales")
    reached = metrics.funnel(scope, month, process)
    titles = [one.title.for_locale(t("zh", "en")) for one in process.stages]
    helped = [_helped(view, one, [lead for lead, _ in late]) for one in need]
    return {
        "headline": _headline(helped, people),
        "sub": _sub(people, need),
        "need": helped[:_SHOWN],
        "more": max(0, len(need) - _SHOWN),
        "well": [one.user.name for one in people if one.user and one.why == ""],
        "unknown": any(one.why is None for one in people),
        "late": [_late(view, lead, since) for lead, since in late],
        "late_total": counts["team_late"],
        "late_path": things["team_late"].path,
        "names": {user.id: user.name for user in User.select().where(User.id.in_([lead.owner_id for lead, _ in late]))}
        if late
        else {},
        "figures": [(figure_of(name, scope, last_days(view, _DAYS[name]), english()), _DAYS[name]) for name in FIGURES],
        "warnings": _warnings(view),
        "funnel": list(zip(titles, reached, strict=True)) if reached is not None else None,
        "most": max([*(reached or ()), 1]),
        "process": process.title.for_locale(t("zh", "en")),
        "trend": _trend(view, scope),
        "may_assign": access.may(view.actor, "assign"),
    }


def last_days(view: ConsoleView, days: int) -> metrics.Period:
    """Return the period of so many days that ends with today."""
    zone = view.ws.settings.zone
    day = view.ws.clock.now().astimezone(zone).date() + timedelta(days=1)
    midnight = datetime.combine(day, time(), zone)
    return metrics.Period(midnight - timedelta(days=days), midnight)


def _trend(view: ConsoleView, scope: metrics.Scope) -> Markup:
    """Return the median first response of two weeks as a chart; nothing where no lead was answered."""
    rows = trend_of(scope, last_days(view, _TREND_DAYS), view.ws)
    if not any(value is not None for _, value in rows):
        return Markup("")
    return Markup(charts.trend(rows, 30, t("时限 30 分", "limit 30"), 300))


def _over(view: ConsoleView, owner_id: str | None, team_id: str | None, since: datetime) -> str:
    clock = clock_of(view.ws.calendar, view._people_at_hand, owner_id, team_id)
    return words.minutes(clock.minutes_between(since, view.ws.clock.now()), english())


def _helped(view: ConsoleView, one: Support, late: list[Lead]) -> dict[str, Any]:
    """Return one person who needs help: why, in words, and what can be done about it right here."""
    user_id = one.user.id if one.user else None
    why = reason_of(one, english())
    said, span = [why[0]], ""
    if one.since is not None:
        span = _over(view, user_id, one.user.team_id if one.user else None, one.since)
        said.append(t(f"最久 {span}", f"the longest {span}"))
        if one.budget:
            said.append(t("最高预算 ", "highest budget ") + words.wan(one.budget, english()))
    if one.why == "late" and one.load > one.late:
        said.append(t(f"手上一共 {one.load} 条", f"{one.load} open in all"))
    first = next((lead for lead in late if lead.owner_id == user_id), None)
    # Who has no owner is listed by an empty owner.
    whose = f"owner_id={user_id}" if user_id else "owner_id.empty=1"
    thing = {"late": "team_late", "unowned": "team_unowned"}.get(one.why or "", "")
    query = f"waits={thing}&{whose}" if thing else f"outcome=open&{whose}"
    return {
        "name": one.user.name if one.user else t("没有负责人", "No owner"),
        "why": one.why,
        "tag": {
            "late": t("响应超时", "Late"),
            "unowned": t("没人负责", "No owner"),
            "load": t("负荷过高", "Overloaded"),
        }[one.why or "load"],
        "said": t("，", ", ").join(said),
        "span": span,
        "n": one.late or one.load,
        "query": query,
        "first": first,
        "tone": why[1],
    }


def _late(view: ConsoleView, lead: Lead, since: datetime) -> dict[str, Any]:
    over = _over(view, lead.owner_id, lead.team_id, since)
    source = view.ws.kinds.field("lead", "source")
    return {
        "lead": lead,
        "over": t(f"已超 {over}", f"{over} late"),
        "source": source.words(lead.source, t("zh", "en")) if source and lead.source else "",
    }


def _headline(helped: list[dict[str, Any]], people: list[Support]) -> list[tuple[str, str]]:
    if not people:
        return [(t("这里还没有销售。", "Nobody sells here yet."), "")]
    if not helped:
        return [(t("没有超时的线索。", "No lead is late."), ""), (t("都接住了。", "All answered in time."), "done")]
    first = helped[0]
    name, n, tone = first["name"], first["n"], first["tone"]
    if first["why"] == "late":
        plural = "lead" if n == 1 else "leads"
        said = [
            (t(f"{name}有 ", f"{name} has "), ""),
            (t(f"{n} 条线索超时未响应", f"{n} {plural} unanswered in time"), tone),
            (t(f"，最久 {first['span']}", f", the longest {first['span']}"), ""),
        ]
    else:
        said = [(t(f"{name}：", f"{name}: "), ""), (first["said"], tone)]
    rest = len(helped) - 1
    if rest:
        people_ = "person needs" if rest == 1 else "people need"
        said.append((t(f"；还有 {rest} 人需要支持。", f"; {rest} more {people_} support."), ""))
    else:
        said.append((t("。", "."), ""))
    return said


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
        if one.part is Part.TEAM and one.name != "team_late" and counts[one.name]:
            found.append(
                {
                    "mark": marks.get(one.name, "alert-triangle"),
                    "title": one.title.for_locale(t("zh", "en")),
                    "n": counts[one.name],
                    "path": one.path,
                    "tone": "late" if one.late else "risk",
                    "hint": "",
                }
            )
    check = holidays(view.ws)
    if not check.ok:
        path = check.path if access.may(view.actor, "company") else ""
        said = check.said.for_locale(t("zh", "en")).split(t("；", ": "))[0]
        title = t("节假日未登记", "Holidays missing")
        found.append({"mark": "calendar", "title": title, "n": 0, "path": path, "tone": "risk", "hint": said})
    return found
