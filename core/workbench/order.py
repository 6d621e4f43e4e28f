"""One's own work in one order: what is late, what is due today, what has time; each place with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from peewee import fn

from ...hooks.text import Text
from ..kinds import Contract, Deadline, FollowUp, Lead, Task, User
from ..kinds.deadline_clock import RUNNING
from ..storage.queries import Query, tuples
from ..storage.system_tables import JournalLine
from .counts import Counts
from .support import by_lateness
from .waiting import Waiting

Group = Literal["now", "today", "later"]
_GROUPS: dict[str, Group] = {
    "late_leads": "now",
    "late_tasks": "now",
    "due_leads": "today",
    "my_revisions": "today",
    "follow_ups": "today",
    "today_tasks": "today",
    "later_tasks": "later",
}
MOST = 30
"""So many items of each kind are read for the page; the rest is a link away."""


@dataclass(frozen=True)
class Item:
    """One thing to do: a record, the lead it is about, by when, and why it stands where it does."""

    kind: str
    record: Any
    lead: Lead | None
    group: Group
    due: datetime | None
    reason: Text


def own_order(counts: Counts, now: datetime, most: int = MOST) -> list[Item]:
    """Return one's own work in the order in which it is best done, at most `most` of each kind."""
    read: dict[str, Callable[[Waiting, int], Iterator[Item]]] = {
        "late_leads": _late_leads,
        "late_tasks": _tasks,
        "due_leads": _due_leads,
        "my_revisions": _revisions,
        "follow_ups": lambda thing, size: _follow_ups(thing, size, now),
        "today_tasks": _tasks,
        "later_tasks": _tasks,
    }
    things = {one.name: one for one in counts.things}
    found: list[Item] = []
    for name, reader in read.items():
        if counts[name]:
            found += reader(things[name], most)
    place = {name: number for number, name in enumerate(("now", "today", "later"))}
    far = datetime.max.replace(tzinfo=now.tzinfo)
    # What is late keeps leads before tasks: a customer waits.
    return sorted(found, key=lambda one: (place[one.group], one.group == "now" and one.kind != "lead", one.due or far))


def _late_leads(thing: Waiting, most: int) -> Iterator[Item]:
    late = by_lateness(thing.rows, most)
    names = _names([lead.escalated_to_id for lead, _ in late])
    top = max((lead.budget for lead, _ in late if lead.budget), default=None)
    for number, (lead, since) in enumerate(late):
        zh, en = "已超时", "late"
        if number == 0 and len(late) > 1:
            zh, en = "已超时，等得最久", "late, and has waited longest"
        elif lead.budget and lead.budget == top:
            zh, en = "已超时，预算最高", "late, with the highest budget"
        if lead.escalated_at:
            name = names.get(lead.escalated_to_id or "", "")
            zh, en = f"{zh}；已升级给{name or '主管'}", f"{en}; escalated to {name or 'the manager'}"
        yield Item("lead", lead, lead, "now", since, Text(zh, en))


def _due_leads(thing: Waiting, most: int) -> Iterator[Item]:
    ends = Deadline.select(fn.MIN(Deadline.due_at)).where(
        (Deadline.lead == Lead.id) & (Deadline.name == "first_response") & Deadline.state.in_(RUNNING)
    )
    leads = list(thing.rows.order_by(fn.COALESCE(ends, Lead.received_at), Lead.id).limit(most))
    due = _running([lead.id for lead in leads])
    for lead in leads:
        words = Text("新线索，还没有响应；先到期的在前", "a new lead, not answered yet: the first due comes first")
        yield Item("lead", lead, lead, "today", due.get(lead.id), words)


def _follow_ups(thing: Waiting, most: int, now: datetime) -> Iterator[Item]:
    newest = FollowUp.select(FollowUp.next_at).where(FollowUp.lead == Lead.id).order_by(FollowUp.id.desc()).limit(1)
    leads = list(thing.rows.order_by(newest, Lead.id).limit(most))
    last = FollowUp.select(FollowUp.lead, FollowUp.next_at).where(FollowUp.lead.in_([lead.id for lead in leads]))
    planned = dict(tuples(last.order_by(FollowUp.id))) if leads else {}
    for lead in leads:
        at = planned.get(lead.id)
        words = Text("约好今天再跟进", "you planned to follow up today")
        if at is not None and at < now:
            words = Text("约好跟进的时间已经过了", "the time you planned to follow up has passed")
        yield Item("lead", lead, lead, "today", at, words)


def _revisions(thing: Waiting, most: int) -> Iterator[Item]:
    rows = list(longest_in_state(thing.rows).limit(most))
    leads = _leads([row.lead_id for row in rows])
    for row in rows:
        words = Text(
            "法务退回了这份合同；改好再提交终审", "legal sent this contract back: mend it and hand it in again"
        )
        yield Item("contract", row, leads.get(row.lead_id), "today", None, words)


def _tasks(thing: Waiting, most: int) -> Iterator[Item]:
    rows = list(thing.rows.order_by(Task.due_at.asc(nulls="last"), Task.id).limit(most))
    leads = _leads([row.lead_id for row in rows])
    said = {
        "late_tasks": Text("任务已过期", "an overdue task"),
        "today_tasks": Text("任务今天到期", "a task due today"),
        "later_tasks": Text("任务，不急", "a task that has time"),
    }[thing.name]
    for row in rows:
        words = Text(f"{said.zh}；清单「{row.sop}」", f"{said.en}, of the checklist “{row.sop}”") if row.sop else said
        yield Item("task", row, leads.get(row.lead_id), _GROUPS[thing.name], row.due_at, words)


def longest_in_state(contracts: Query) -> Query:
    """Return contracts in the order in which they came to where they stand, whatever else was changed since."""
    moved = JournalLine.select(fn.MAX(JournalLine.at)).where(
        (JournalLine.record_kind == "contract")
        & (JournalLine.record_id == Contract.id)
        & (JournalLine.kind == "contract.status_changed")
    )
    return contracts.order_by(fn.COALESCE(moved, Contract.created_at), Contract.id)


def _running(ids: Sequence[str]) -> dict[str, datetime]:
    running = (Deadline.name == "first_response") & Deadline.state.in_(RUNNING) & Deadline.lead.in_(ids)
    return dict(tuples(Deadline.select(Deadline.lead, Deadline.due_at).where(running))) if ids else {}


def _leads(ids: Sequence[str | None]) -> dict[str | None, Lead]:
    wanted = {one for one in ids if one}
    return {lead.id: lead for lead in Lead.select().where(Lead.id.in_(wanted))} if wanted else {}


def _names(ids: Sequence[str | None]) -> dict[str, str]:
    wanted = {one for one in ids if one}
    return {user.id: user.name for user in User.select().where(User.id.in_(wanted))} if wanted else {}
