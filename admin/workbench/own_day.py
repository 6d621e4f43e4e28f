"""One's own part of today: one numbered order, a follow-up logged in its row, one's hours, what waits for others."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ...core.access import policy as access
from ...core.kinds import Contact, User
from ...core.kinds.deadline_clock import clock_of
from ...core.kinds.follow_up import WAYS
from ...core.storage.queries import tuples
from ...core.time.calendars import Away
from ...core.workbench.agenda import agenda
from ...core.workbench.order import Item, own_order
from ...core.workbench.waiting import Part
from .. import words
from ..session import english, t

if TYPE_CHECKING:
    from ..base import ConsoleView

SHOWN = 30
_NUMBERED = ("now", "today")
_LATER_SHOWN = 8


def values(view: ConsoleView, open_: str, typed: Any, refused: dict[str, str]) -> dict[str, Any]:
    """Return what the part shows: `open_` is the lead whose row is open, with what was `typed` and what is wrong with it."""
    counts = view.day
    things = {one.name: one for one in counts.things}
    order = own_order(counts, view.ws.clock.now(), SHOWN)
    later = [one for one in order if one.group == "later"]
    items = _items(view, [one for one in order if one.group != "later"] + later[:_LATER_SHOWN])
    groups = []
    for name, title in (
        ("now", t("现在", "Now")),
        ("today", t("今天", "Today")),
        ("later", t("不急", "When there is time")),
    ):
        mine = [one for one in items if one["group"] == name]
        names = _names_of(name)
        total = sum(counts[one] for one in names)
        if total:
            more = [
                (things[one].title.for_locale(t("zh", "en")), things[one].path, counts[one])
                for one in names
                if counts[one]
            ]
            groups.append({"name": name, "title": title, "items": mine, "total": total, "more": more})
    late, total = (
        sum(counts[one] for one in _names_of("now")),
        sum(counts[one] for one in (*_names_of("now"), *_names_of("today"))),
    )
    return {
        "headline": _headline(items, counts["late_leads"], late, total),
        "sub": t(
            "照这个顺序做：先回超时的，再做今天到期的。时限按工作时间计算。",
            "In this order: first what is late, then what is due today. Deadlines count working time.",
        ),
        "groups": groups,
        "total": total,
        "open": open_,
        "typed": typed or {},
        "refused": refused,
        "ways": [(value, said.for_locale(t("zh", "en"))) for value, said in WAYS],
        "others": _others(view),
        "stalled": _one(view, "stalled_leads"),
        "days": _days(view),
        "now": f"{view.ws.clock.now().astimezone(view.ws.settings.zone):%H:%M}",
    }


def _names_of(group: str) -> tuple[str, ...]:
    return {
        "now": ("late_leads", "late_tasks"),
        "today": ("due_leads", "my_revisions", "follow_ups", "today_tasks"),
        "later": ("later_tasks",),
    }[group]


def _items(view: ConsoleView, order: list[Item]) -> list[dict[str, Any]]:
    """Return the rows of the order: numbered, each lead's form in its first row."""
    leads = [one.lead for one in order if one.lead is not None]
    ids = {lead.contact_id for lead in leads if lead.contact_id}
    contacts = {row.id: row for row in Contact.select().where(Contact.id.in_(ids))} if ids else {}
    rows, openable = access.lead_rows(view.actor), view.openable([lead.id for lead in leads])
    countdowns = view.countdowns([one.record for one in order if one.kind == "lead"])
    now, seen = view.ws.clock.now(), set[str]()
    found: list[dict[str, Any]] = []
    for number, one in enumerate(order, 1):
        lead = one.lead
        contact, phone = {}, ""
        if lead is not None and lead.id in openable:
            whole = access.sees_whole(view.actor, lead.owner_id, lead.team_id, rows)
            contact = access.shown_contact(view.ws.kinds, contacts.get(lead.contact_id or ""), whole)
            phone = contact.get("phone", "") if whole else ""
        logs = False
        if lead is not None and lead.id in openable and lead.id not in seen and lead.outcome == "open":
            seen.add(lead.id)
            logs = True
        found.append(
            {
                "number": number if one.group in _NUMBERED else None,
                "group": one.group,
                "kind": one.kind,
                "record": one.record,
                "lead": lead,
                "opens": lead is not None and lead.id in openable,
                "title": _title(one),
                "beside": " ".join(part for part in (contact.get("name", ""), contact.get("phone", "")) if part),
                "phone": phone,
                "reason": one.reason.for_locale(t("zh", "en")),
                "budget": words.wan(lead.budget, english()) if lead is not None and lead.budget else "",
                "due": words.moment(one.due, now, view.ws.settings.zone, english()) if one.due else "",
                "late": one.group == "now",
                "countdown": countdowns.get(one.record.id)
                if one.kind == "lead" and one.record.first_response_at is None
                else None,
                "logs": logs,
            }
        )
    with_form = [one for one in found if one["logs"]]
    for number, row in enumerate(with_form):
        row["then"] = with_form[number + 1]["lead"].id if number + 1 < len(with_form) else ""
    return found


def _title(one: Item) -> str:
    if one.kind == "lead":
        return str(one.record.company)
    if one.kind == "contract":
        return str(one.record.number)
    return str(one.record.title)


def _headline(items: list[dict[str, Any]], leads: int, late: int, total: int) -> list[tuple[str, str]]:
    rest = total - leads
    if leads:
        plural = "late lead" if leads == 1 else "late leads"
        said = [(t("先回 ", "First answer "), ""), (t(f"{leads} 条超时线索", f"{leads} {plural}"), "late")]
        if rest:
            things = "thing" if rest == 1 else "things"
            said.append((t(f"，再做 {rest} 件事", f", then do {rest} {things}"), ""))
        first = next((one for one in items if one["kind"] == "lead" and one["late"]), None)
        if first and first["countdown"]:
            over = first["countdown"]["text"]
            said.append((t(f"；等得最久的{over}。", f"; the one that waits longest is {over}."), ""))
        return said
    if late:
        tasks = "overdue task" if late == 1 else "overdue tasks"
        said = [(t("先做 ", "First do "), ""), (t(f"{late} 件过期的任务", f"{late} {tasks}"), "late")]
        left = total - late
        said.append((t(f"，再做 {left} 件事。", f", then {left} more.") if left else t("。", "."), ""))
        return said
    if total:
        things = "thing" if total == 1 else "things"
        return [
            (t(f"今天 {total} 件事，", f"{total} {things} today, "), ""),
            (t("没有超时的。", "none of it late."), "done"),
        ]
    return [(t("今天没有要做的。", "Nothing to do today."), ""), (t("都接住了。", "All is seen to."), "done")]


def _others(view: ConsoleView) -> list[tuple[str, int, str]]:
    """Return what one waits for from others: title, count, page."""
    counts = view.day
    return [
        (one.title.for_locale(t("zh", "en")), counts[one.name], one.path)
        for one in counts.things
        if one.part is Part.OWN and one.name in ("paused_leads", "my_reviews") and counts[one.name]
    ]


def _one(view: ConsoleView, name: str) -> tuple[str, int, str] | None:
    """Return one thing of the day, where there is some of it: title, count, page."""
    thing = next((one for one in view.day.things if one.name == name), None)
    if thing is None or not view.day[name]:
        return None
    return thing.title.for_locale(t("zh", "en")), view.day[name], thing.path


def _days(view: ConsoleView) -> list[dict[str, Any]]:
    """Return today and tomorrow as the card shows them: each with its windows, leave and entries, in order of time."""
    zone, now = view.ws.settings.zone, view.ws.clock.now()
    clock = clock_of(view.ws.calendar, view._people_at_hand, view.actor.id, view.actor.team_id)
    days = agenda(view.ws, view.actor, clock)
    deputies = {one[2] for day in days for one in day.leave if one[2]}
    names = dict(tuples(User.select(User.id, User.name).where(User.id.in_(deputies)))) if deputies else {}
    found = []
    for day, title in zip(days, (t("今天", "Today"), t("明天", "Tomorrow")), strict=True):
        begins = datetime.combine(day.day, time(), zone)
        entries = [
            {
                "at": f"{one.at.astimezone(zone):%H:%M}",
                "late": one.at < now,
                "title": one.title or t("约好的跟进", "Planned follow-up"),
                "company": one.company,
                "path": f"/leads/{one.lead_id}" if one.lead_id else f"/records/task/{one.task_id}",
            }
            for one in day.entries
        ]
        found.append(
            {
                "title": title,
                "date": words.day(begins, zone, english()),
                "windows": t("、", ", ").join(_span(begin, end, zone) for begin, end in day.windows),
                "leave": [_leave(one, begins, names, zone) for one in day.leave],
                "name": day.name,
                "entries": entries,
                "more": day.more,
            }
        )
    return found


def _span(begin: datetime, end: datetime, zone: ZoneInfo) -> str:
    until = f"{end.astimezone(zone):%H:%M}"
    return f"{begin.astimezone(zone):%H:%M}–{'24:00' if until == '00:00' else until}"


def _leave(leave: Away, begins: datetime, names: dict[str, str], zone: ZoneInfo) -> str:
    """Return one's leave on a day in words, with who stands in."""
    ends = begins + timedelta(days=1)
    whole = leave[0] <= begins and leave[1] >= ends
    span = "" if whole else " " + _span(max(leave[0], begins), min(leave[1], ends), zone)
    deputy = names.get(leave[2] or "")
    by = t(f"，由{deputy}代", f", {deputy} stands in") if deputy else ""
    return t(f"休假{span}{by}", f"On leave{span}{by}")
