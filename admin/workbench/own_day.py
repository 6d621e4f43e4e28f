"""One's own part of today: one numbered order, a follow-up logged in its row, and what one waits for from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.access import policy as access
from ...core.kinds import Contact
from ...core.kinds.follow_up import WAYS
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
