"""The head of a lead's page: one sentence that says where it stands, and what becomes of its deadlines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.access.owners import candidates
from ...core.journal.origin import Origin
from ...core.kinds import Deadline, Lead, Task, User
from ...core.kinds.contract import STATES
from ...core.kinds.deadline_clock import RUNNING, clock_of, handed_over
from ...core.schema.kind import Kind, Store
from ...core.workspace import Workspace
from ...core.write.foreseen import context_of
from .. import words
from .ways import Way

_IN_REVIEW = STATES.waiting_for("reviews")


@dataclass(frozen=True)
class Standing:
    """What the sentence is made of."""

    lead: Lead
    stage: str
    deadline: Deadline | None
    """The one that presses most, None if none runs or was missed."""
    deadline_name: str
    countdown: dict[str, Any]
    tasks: Sequence[Task]
    contracts: Sequence[Any]
    nexts: Sequence[Way]


def pressing(lead_id: str) -> Deadline | None:
    """Return the deadline of a lead that presses most: missed and not made up for, else the next that is due."""
    of_lead = (Deadline.about_kind == "lead") & (Deadline.about_id == lead_id)
    waits = Deadline.state.in_(RUNNING) | ((Deadline.state == "missed") & Deadline.met_at.is_null())
    found: Deadline | None = Deadline.select().where(of_lead & waits).order_by(Deadline.due_at, Deadline.id).first()
    return found


def sentence(ws: Workspace, store: Store, here: Standing, english: bool) -> list[tuple[str, str]]:
    """Return where a lead stands, as pieces of one sentence, each with its tone: late, risk or none."""
    lead = here.lead
    if lead.outcome != "open":
        return [(_ended(ws, lead, english), "")]
    now = ws.clock.now()
    span = clock_of(ws.calendar, store, lead.owner_id, lead.team_id).minutes_between(lead.stage_since, now)
    if span:
        said = words.working(span, english)
        zh, en = f"{lead.company}停在「{here.stage}」{said}", f"{lead.company}: {said} in {here.stage}"
    else:
        zh, en = f"{lead.company}刚进入「{here.stage}」", f"{lead.company} has just entered {here.stage}"
    found = [(en if english else zh, "")]
    found += _against_what_is_agreed(here, english)
    stuck = next(_stuck_at(here, now, english), "")
    if stuck:
        found.append((f"; stuck at {stuck}" if english else f"；卡在{stuck}", ""))
    return [*found, ("." if english else "。", "")]


def _ended(ws: Workspace, lead: Lead, english: bool) -> str:
    when = words.moment(lead.closed_at, ws.clock.now(), ws.settings.zone, english)
    why = lead.lost_reason if lead.outcome == "lost" else ""
    if english:
        return f"{lead.company} is {lead.outcome}{f' ({why})' if why else ''}, {when}."
    return f"{lead.company}已{'赢单' if lead.outcome == 'won' else '输单'}{f'（{why}）' if why else ''}，{when}。"


def _against_what_is_agreed(here: Standing, english: bool) -> Iterator[tuple[str, str]]:
    state, text = here.countdown["state"], here.countdown["text"]
    name = here.deadline_name
    if here.deadline is None or state not in ("late", "risk", "ok", "paused"):
        return
    tone = state if state in ("late", "risk") else ""
    yield (", " if english else "，"), ""
    yield (f"{name}: {text}" if english else f"{name}{text}"), tone


def _stuck_at(here: Standing, now: datetime, english: bool) -> Iterator[str]:
    """Yield what holds a lead up, the hardest first: a lock, a contract under review, a late task, what is missing."""
    if here.lead.locked:
        yield here.lead.lock_reason
    for contract in here.contracts:
        if contract.status in _IN_REVIEW:
            yield f"the legal review of {contract.number}" if english else f"合同 {contract.number} 的法务终审"
    for task in here.tasks:
        if task.state == "open" and task.due_at is not None and task.due_at < now:
            yield f"the late task “{task.title}”" if english else f"过期的任务「{task.title}」"
    for way in here.nexts:
        if way.missing:
            yield way.missing


@dataclass(frozen=True)
class Taker:
    """Somebody whom a lead can be given to, with their team, and when the pressing deadline is then due."""

    user: User
    same_team: bool
    due_at: datetime | None


def takers(ws: Workspace, store: Store, kind: Kind, lead: Lead, deadline: Deadline | None, by: Origin) -> list[Taker]:
    """Return whom a lead can be given to, people of its team first; the deadline as their calendar counts it."""
    context = context_of(ws.door, kind, by)._replace(store=store)
    running = deadline if deadline is not None and deadline.state in RUNNING else None
    found = []
    for user in candidates(kind):
        if user.id == lead.owner_id:
            continue
        after = handed_over(running, user.id, user.team_id, context) if running is not None else {}
        due = after.get("due_at", running.due_at) if running is not None else None
        found.append(Taker(user, bool(lead.team_id) and user.team_id == lead.team_id, due))
    return sorted(found, key=lambda one: not one.same_team)
