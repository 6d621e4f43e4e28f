"""What rules decide, done in a backtest's world: the same actions as `core.actions`, without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..actions.apply import CannotApply
from ..journal.origin import Cause
from ..write.locks import locking, unlocked
from .lines import Line, Values, text_of
from .store import World
from .transaction import By, Passage


def apply(passage: Passage, action: str, args: Mapping[str, Any], lead_id: str | None, by: By, about: Line) -> bool:
    """Do one action for a lead; return False for one that acts outside the world (a plugin's, a metric's).

    `about` is the line of the event: on a contract's, lock and unlock mean the contract. Raises
    CannotApply or Invalid.
    """
    if action in ("lock", "unlock"):
        _set_lock(passage, args if action == "lock" else None, lead_id, by, about)
        return True
    do = _ACTIONS.get(action)
    if do is None:
        return False
    lead = passage.world.get("lead", lead_id)
    if lead is None:
        raise CannotApply(f"动作「{action}」需要一条线索", f"the action {action!r} needs a lead")
    do(passage, lead, args, by)
    return True


def people(world: World, to: str, lead: Values) -> list[str]:
    """Return the ids of those whom `to` names: owner, owner_manager, team_manager, role:<role> or a user id."""
    if to == "owner":
        return [lead["owner_id"]] if lead.get("owner_id") else []
    if to in ("owner_manager", "team_manager"):
        team_id = lead.get("team_id")
        if to == "owner_manager" and lead.get("owner_id"):
            team_id = world.records["user"][lead["owner_id"]].get("team_id") or team_id
        team = world.get("team", team_id)
        return [team["manager_id"]] if team and team.get("manager_id") else []
    users = world.records["user"]
    if to.startswith("role:"):
        role = to.removeprefix("role:")
        return sorted(one for one, user in users.items() if user.get("active", True) and role in user["roles"])
    return [to] if to in users else []


def next_member(world: World, team_id: str, strategy: str) -> str | None:
    """Return whose turn it is in a team, as `core.actions` chooses: load, then the longest wait, then id."""
    ids = [user["id"] for user in world.sellers(team_id)]
    if not ids:
        return None
    if strategy == "round_robin":
        return min(ids, key=lambda one: (world.last_assigned(one, False), one))
    load = {one: len(world.open_leads_of.get(one, ())) for one in ids}
    fewest = min(load.values())
    return min(
        (one for one in ids if load[one] == fewest), key=lambda one: (world.last_assigned(one, True), one), default=None
    )


def _notify_one(passage: Passage, user_id: str, title: str, body: str, lead: Values, by: By) -> None:
    values = {
        "user_id": user_id,
        "title": title[:200],
        "body": body,
        "lead_id": lead["id"],
        "customer_id": lead["customer_id"],
    }
    passage.create("notification", values, by)


def _assign(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    world = passage.world
    if args.get("user"):
        name = args["user"]
        users = world.records["user"].values()
        user = next((one for one in users if name in (one["email"], one["name"])), None)
        if user is None:
            raise CannotApply(f"没有成员「{name}」", f"no user {name!r}")
        passage.decide(lead, {"owner_id": user["id"], "team_id": user.get("team_id")}, by, typed=True)
        return
    team = world.team_named(args["team"])
    if team is None:
        raise CannotApply(f"没有团队「{args['team']}」；请建立团队或修改规则", f"no team {args['team']!r}")
    member = next_member(world, team["id"], args.get("strategy", "least_loaded"))
    if member is None:
        raise CannotApply(f"团队「{team['name']}」没有在岗的销售", f"team {team['name']!r} has no active sales member")
    passage.decide(lead, {"owner_id": member, "team_id": team["id"]}, by, typed=True)


def _escalate(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    managers = people(passage.world, args.get("to", "owner_manager"), lead)
    if not managers:
        raise CannotApply(
            f"「{lead['company']}」没有可升级的主管；请给团队设主管", f"no manager to escalate {lead['company']!r} to"
        )
    passage.decide(lead, {"escalated_at": passage.now, "escalated_to_id": managers[0]}, by, typed=True)
    _notify_one(passage, managers[0], args["message"], "", lead, by)


def _notify(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    for user_id in people(passage.world, args["to"], lead):
        _notify_one(passage, user_id, args["title"], args.get("body", ""), lead, by)


def _create_task(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    assignees = people(passage.world, args.get("assignee", "owner"), lead)
    values = {
        "title": args["title"][:200],
        "kind": args.get("kind", "task"),
        "sop": args.get("sop", ""),
        "lead_id": lead["id"],
        "customer_id": lead["customer_id"],
        "assignee_id": assignees[0] if assignees else None,
        "state": "open",
        "due_at": _after(passage, args.get("due_working_minutes")),
        "done_at": None,
    }
    passage.create("task", values, by)


def _create_tasks(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    for item in args["items"]:
        one = {"title": item, "kind": "sop", "sop": args["sop"], "assignee": args.get("assignee", "owner")}
        _create_task(passage, lead, one, by)


def _set_field(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    name = args["field"].removeprefix("lead.").removeprefix("extra.")
    passage.decide(lead, {name: args["value"]}, by)


def _start_deadline(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    name, minutes, warn = args["name"], int(args["working_minutes"]), int(args.get("warn") or 0)
    if lead["outcome"] != "open" or (name == "first_response" and lead.get("first_response_at") is not None):
        return
    if any(row["name"] == name and row["state"] == "open" for row in passage.world.related("deadline", lead["id"])):
        return
    values = {
        "name": name,
        "lead_id": lead["id"],
        "customer_id": lead["customer_id"],
        "started_at": passage.at,
        "working_minutes": minutes,
        "due_at": _after(passage, minutes),
        "warn_at": _after(passage, minutes - warn) if 0 < warn < minutes else None,
        "warned_at": None,
        "state": "open",
        "closed_at": None,
    }
    passage.create("deadline", values, by)


def _close_deadline(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    passage.close_deadlines(lead["id"], args["name"], by)


def _set_outcome(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    passage.decide(lead, {"outcome": args["outcome"], "lost_reason": args.get("reason", "")}, by)


def _move_stage(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    passage.decide(lead, {"stage": args["stage"]}, by)


def _award(passage: Passage, lead: Values, args: Mapping[str, Any], by: By) -> None:
    for user_id in people(passage.world, args["to"], lead):
        _notify_one(passage, user_id, f"🏅 {args['badge']}", args["reason"], lead, by)


def _set_lock(passage: Passage, args: Mapping[str, Any] | None, lead_id: str | None, by: By, about: Line) -> None:
    """Lock (`args` give the reason) or unlock the event's contract, or else its lead."""
    kind, record_id = ("contract", about.record_id) if about.record_kind == "contract" else ("lead", lead_id)
    record = passage.world.get(kind, record_id)
    if record is None or record_id is None:
        raise CannotApply("锁定与解锁需要一条线索或合同", "locking needs a lead or a contract")
    if args is not None:
        firing = by.firing
        cause = Cause(rule=firing.rule if firing else "", version=firing.version if firing else "")
        passage.change(kind, record_id, locking(args["reason"], cause), by)
    elif record.get("locked"):
        passage.change(kind, record_id, unlocked(), by)


def _after(passage: Passage, minutes: Any) -> str | None:
    return text_of(passage.world.calendar.add_minutes(passage.now, minutes)) if minutes else None


_ACTIONS: dict[str, Callable[[Passage, Values, Mapping[str, Any], By], None]] = {
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
