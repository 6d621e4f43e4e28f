"""What rules and plugins decided, done: each action goes through the door with its cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from peewee import JOIN, fn

from ..errors import ClewError
from ..models import RECORDS, Contract, Deadline, JournalLine, Lead, Team, User
from ..storage.statements import by_id
from ..write.door import Transaction
from ..write.lifecycle import close_deadlines
from ..write.locks import locking, unlocked
from . import marks


class CannotApply(ClewError):
    """A decision names something that does not exist; the event becomes a dead letter."""

    code = "cannot_apply"


def apply(
    tx: Transaction,
    action: str,
    args: Mapping[str, Any],
    lead: Lead | None,
    key: str,
    about: JournalLine | None = None,
) -> None:
    """Do one action for `lead`; `key` makes what it creates idempotent. Raises CannotApply.

    `about` is the line of the event: on a contract's, lock and unlock mean the contract.
    """
    if action in ("lock", "unlock"):
        _set_lock(tx, args if action == "lock" else None, lead, about)
    elif action == "suspend_metric":
        marks.suspend(tx, args["metric"], args["reason"], key)
    elif action not in _ACTIONS:
        raise CannotApply(f"没有动作「{action}」", f"no action {action!r}")
    elif lead is None:
        raise CannotApply(f"动作「{action}」需要一条线索", f"the action {action!r} needs a lead")
    else:
        _ACTIONS[action](tx, by_id(Lead, lead.id), args, key)


def people(to: str, lead: Lead) -> list[str]:
    """Return the ids of those whom `to` names: owner, owner_manager, team_manager, role:<role> or a user id."""
    if to == "owner":
        return [lead.owner_id] if lead.owner_id else []
    if to in ("owner_manager", "team_manager"):
        team_id = lead.team_id
        if to == "owner_manager" and lead.owner_id:
            team_id = by_id(User, lead.owner_id).team_id or team_id
        team = by_id(Team, team_id)
        return [team.manager_id] if team and team.manager_id else []
    if to.startswith("role:"):
        role = to.removeprefix("role:")
        return [user.id for user in User.select().where(User.active).order_by(User.id) if role in user.roles]
    return [to] if User.select().where(User.id == to).exists() else []


def notify(tx: Transaction, user_id: str, title: str, body: str, lead: Lead | None, key: str) -> None:
    """Put a message into a person's inbox."""
    tx.create(
        "notification",
        {
            "user_id": user_id,
            "title": title[:200],
            "body": body,
            "lead_id": lead.id if lead else None,
            "customer_id": lead.customer_id if lead else None,
        },
        key,
    )


def _assign(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    if args.get("user"):
        user = User.get_or_none((User.email == args["user"]) | (User.name == args["user"]))
        if user is None:
            raise CannotApply(f"没有成员「{args['user']}」", f"no user {args['user']!r}")
        tx.change("lead", lead.id, {"owner_id": user.id, "team_id": user.team_id})
        return
    team = Team.get_or_none(Team.name == args["team"])
    if team is None:
        raise CannotApply(f"没有团队「{args['team']}」；请建立团队或修改规则", f"no team {args['team']!r}")
    member = _next_member(team, args.get("strategy", "least_loaded"))
    if member is None:
        raise CannotApply(f"团队「{team.name}」没有在岗的销售", f"team {team.name!r} has no active sales member")
    tx.change("lead", lead.id, {"owner_id": member, "team_id": team.id})


def _next_member(team: Team, strategy: str) -> str | None:
    load = fn.COUNT(Lead.id)
    last = fn.MAX(Lead.assigned_at)
    join = (
        (Lead.owner == User.id) if strategy == "round_robin" else ((Lead.owner == User.id) & (Lead.outcome == "open"))
    )
    rows = (
        User.select(User.id, User.roles, load.alias("load"), last.alias("last"))
        .join(Lead, JOIN.LEFT_OUTER, on=join)
        .where((User.team == team) & User.active)
        .group_by(User.id, User.roles)
        .tuples()
    )
    sellers = [(count, str(recent or ""), user_id) for user_id, roles, count, recent in rows if "sales" in roles]
    if strategy == "round_robin":
        sellers = [(0, recent, user_id) for _, recent, user_id in sellers]
    return min(sellers)[2] if sellers else None


def _escalate(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    managers = people(args.get("to", "owner_manager"), lead)
    if not managers:
        raise CannotApply(
            f"「{lead.company}」没有可升级的主管；请给团队设主管", f"no manager to escalate {lead.company!r} to"
        )
    tx.change("lead", lead.id, {"escalated_at": tx.now, "escalated_to_id": managers[0]})
    notify(tx, managers[0], args["message"], "", lead, key)


def _notify(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    for number, user_id in enumerate(people(args["to"], lead)):
        notify(tx, user_id, args["title"], args.get("body", ""), lead, f"{key}:{number}")


def _create_task(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    assignees = people(args.get("assignee", "owner"), lead)
    minutes = args.get("due_working_minutes")
    tx.create(
        "task",
        {
            "title": args["title"][:200],
            "kind": args.get("kind", "task"),
            "sop": args.get("sop", ""),
            "lead_id": lead.id,
            "customer_id": lead.customer_id,
            "assignee_id": assignees[0] if assignees else None,
            "due_at": tx.door.calendar.add_minutes(tx.now, minutes) if minutes else None,
        },
        key,
    )


def _create_tasks(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    for number, item in enumerate(args["items"]):
        one = {"title": item, "kind": "sop", "sop": args["sop"], "assignee": args.get("assignee", "owner")}
        _create_task(tx, lead, one, f"{key}:{number}")


def _set_field(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    name = args["field"].removeprefix("lead.").removeprefix("extra.")
    tx.change("lead", lead.id, {name: args["value"]})


def _start_deadline(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    name, minutes = args["name"], int(args["working_minutes"])
    running = Deadline.get_or_none((Deadline.lead == lead.id) & (Deadline.name == name) & (Deadline.state == "open"))
    if running is not None or lead.outcome != "open":
        return
    if name == "first_response" and lead.first_response_at is not None:
        return
    calendar, warn = tx.door.calendar, int(args.get("warn") or 0)
    tx.create(
        "deadline",
        {
            "name": name,
            "lead_id": lead.id,
            "customer_id": lead.customer_id,
            "started_at": tx.now,
            "working_minutes": minutes,
            "due_at": calendar.add_minutes(tx.now, minutes),
            "warn_at": calendar.add_minutes(tx.now, minutes - warn) if 0 < warn < minutes else None,
        },
        key,
    )


def _close_deadline(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    close_deadlines(tx, lead.id, args["name"])


def _move_stage(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    # The door checks the move against the process, as for anybody.
    tx.change("lead", lead.id, {"stage": args["stage"]})


def _award(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    for number, user_id in enumerate(people(args["to"], lead)):
        marks.award(tx, user_id, args["badge"], args["reason"], lead, f"{key}:{number}")
        notify(tx, user_id, f"🏅 {args['badge']}", args["reason"], lead, f"{key}:{number}:told")


def _set_lock(tx: Transaction, args: Mapping[str, Any] | None, lead: Lead | None, about: JournalLine | None) -> None:
    """Lock (`args` give the reason) or unlock the event's contract, or else its lead."""
    kind, record_id = ("contract", about.record_id) if about and about.record_kind == "contract" else ("lead", "")
    if kind == "lead":
        if lead is None:
            raise CannotApply("锁定与解锁需要一条线索或合同", "locking needs a lead or a contract")
        record_id = lead.id
    record: Lead | Contract = by_id(RECORDS[kind], record_id)
    if args is not None:
        tx.change(kind, record_id, locking(args["reason"], tx.origin.cause))
    elif record.locked:
        tx.change(kind, record_id, unlocked())


def _set_outcome(tx: Transaction, lead: Lead, args: Mapping[str, Any], key: str) -> None:
    tx.change("lead", lead.id, {"outcome": args["outcome"], "lost_reason": args.get("reason", "")})


_ACTIONS: dict[str, Callable[[Transaction, Lead, Mapping[str, Any], str], None]] = {
    "assign": _assign,
    "escalate": _escalate,
    "notify": _notify,
    "create_task": _create_task,
    "create_tasks": _create_tasks,
    "set_field": _set_field,
    "start_deadline": _start_deadline,
    "close_deadline": _close_deadline,
    "set_outcome": _set_outcome,
    "move_stage": _move_stage,
    "award": _award,
}
