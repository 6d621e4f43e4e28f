"""What somebody has in hand: open work, what waits for them, what they stand for. One query a group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from ...hooks.text import Text
from ..kinds import Deadline, Lead, RuleVersion, Task, Team, User
from ..schema.kind import Kind
from ..storage.queries import pairs
from ..workspace import Workspace

DRAFTS = ("draft", "review")


@dataclass(frozen=True)
class Item:
    """One thing in somebody's hands: the record, the field that says so, and what it belongs to.

    `due` is the moment of its deadline, if one runs; `team` the field that follows the owner; `keep` what stays as it is
    though the owner changes.
    """

    kind: str
    record_id: str
    field: str
    lead_id: str | None = None
    customer_id: str | None = None
    due: datetime | None = None
    team: str = ""
    keep: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Group:
    """Things of one sort, handed over in one way; `needs` is the permission that taking them over takes, or a kind."""

    name: str
    title: Text
    unit: Text
    icon: str
    items: tuple[Item, ...]
    kind: str = ""
    needs: str = ""


def in_hand(ws: Workspace, user: User) -> list[Group]:
    """Return what a person has in hand, group by group; empty groups are left out."""
    return [group for group in _groups(ws, user) if group.items]


def _groups(ws: Workspace, user: User) -> Iterator[Group]:
    yield _leads(user)
    yield _tasks(user)
    for kind in ws.kinds.values():
        if kind.in_hand is not None and kind.name not in ("lead", "task"):
            yield _owned(kind, user)
    escalated = Lead.select(Lead.id).where((Lead.escalated_to == user.id) & (Lead.outcome == "open")).order_by(Lead.id)
    yield Group(
        "escalations",
        Text("升级给他的线索", "Leads escalated to them"),
        Text("条", ""),
        "alert-triangle",
        tuple(Item("lead", row.id, "escalated_to_id") for row in escalated),
    )
    drafts = RuleVersion.select(RuleVersion.id).where(
        (RuleVersion.author_id == user.id) & RuleVersion.state.in_(DRAFTS)
    )
    yield Group(
        "drafts",
        Text("规则草稿", "Rule drafts"),
        Text("份", ""),
        "bolt",
        tuple(Item("rule_version", row.id, "author_id") for row in drafts.order_by(RuleVersion.id)),
        needs="rules:edit",
    )
    managed = Team.select(Team.id).where((Team.manager_id == user.id) & Team.retired_at.is_null())
    yield Group(
        "teams",
        Text("主管的团队", "Teams they manage"),
        Text("个", ""),
        "users",
        tuple(Item("team", row.id, "manager_id") for row in managed.order_by(Team.id)),
    )
    yield Group("deputies", Text("代理", "Deputyships"), Text("处", ""), "user", tuple(_deputyships(ws, user)))


def _leads(user: User) -> Group:
    rows = Lead.select(Lead.id, Lead.customer, Lead.assigned_at).where(
        (Lead.owner == user.id) & (Lead.outcome == "open")
    )
    found = list(rows.order_by(Lead.id))
    running = Deadline.select(Deadline.lead, Deadline.due_at).where(
        (Deadline.state == "open") & Deadline.lead.in_(rows.select(Lead.id).order_by())
    )
    due: dict[str, datetime] = {}
    for row in running:
        lead_id = str(row.lead_id)
        due[lead_id] = min(row.due_at, due.get(lead_id, row.due_at))
    items = [
        # When it was assigned stays: what they have waited counts on.
        Item(
            "lead",
            row.id,
            "owner_id",
            row.id,
            row.customer_id,
            due.get(row.id),
            "team_id",
            (("assigned_at", row.assigned_at),),
        )
        for row in found
    ]
    # What is due first is given out first, to whoever has least.
    items.sort(key=lambda one: (one.due is None, one.due, one.record_id))
    return Group("leads", Text("线索", "Leads"), Text("条", ""), "target", tuple(items), "lead")


def _tasks(user: User) -> Group:
    rows = Task.select(Task.id, Task.lead, Task.customer, Task.due_at).where(
        (Task.assignee == user.id) & (Task.state == "open")
    )
    items = (
        Item("task", row.id, "assignee_id", row.lead_id, row.customer_id, row.due_at) for row in rows.order_by(Task.id)
    )
    return Group("tasks", Text("任务", "Tasks"), Text("个", ""), "checklist", tuple(items), "task")


def _owned(kind: Kind, user: User) -> Group:
    model: Any = kind.model
    query = model.select().where(getattr(model, kind.owner) == user.id)
    name, value = kind.in_hand or ("", None)
    if name:
        column = getattr(model, name)
        query = query.where(column.is_null() if value is None else column == value)
    items = (
        Item(
            kind.name,
            row.id,
            kind.owner,
            getattr(row, "lead_id", None),
            row.id if kind.name == "customer" else getattr(row, "customer_id", None),
            team=kind.team,
        )
        for row in query.order_by(model.id)
    )
    return Group(f"kind:{kind.name}", kind.plural, Text("条", ""), kind.icon, tuple(items), kind.name)


def _deputyships(ws: Workspace, user: User) -> Iterator[Item]:
    teams = Team.select(Team.id).where((Team.deputy_id == user.id) & Team.retired_at.is_null())
    yield from (Item("team", row.id, "deputy_id") for row in teams.order_by(Team.id))
    people = User.select(User.id).where((User.deputy_id == user.id) & User.active)
    yield from (Item("user", row.id, "deputy_id") for row in people.order_by(User.id))
    if "leave" in ws.kinds:
        away: Any = ws.kinds["leave"].model
        rows = away.select().where((away.deputy == user.id) & (away.to_at > ws.clock.now()) & ~away.cancelled)
        yield from (Item("leave", row.id, "deputy_id") for row in rows.order_by(away.id))


def count_open(user_ids: list[str]) -> dict[str, int]:
    """Return how many open leads each of these people has; nobody without any is named."""
    rows = Lead.select(Lead.owner, fn.COUNT(Lead.id)).where(Lead.owner.in_(user_ids) & (Lead.outcome == "open"))
    return dict(pairs(rows.group_by(Lead.owner))) if user_ids else {}
