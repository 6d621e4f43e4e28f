"""What actions do to a record, as far as rules can tell: which fact becomes what, and which event follows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..engine.outcome import Decision
from ..language.values import same

# What is counted or comes from elsewhere: nobody can write it into a lead.
COMPUTED = frozenset(
    f"lead.{name}"
    for name in (
        *("id", "team", "answered", "escalated", "age_hours", "open_tasks", "locked", "in_working_time"),
        *("waiting_working_minutes", "working_minutes_since_assigned", "stage_working_hours"),
    )
)
_EVENT_OF = {
    "lead.outcome": "lead.outcome_changed",
    "lead.stage": "lead.stage_changed",
    "lead.owner_id": "lead.assigned",
}
# One action's event is the most telling of its changes (core/write/lifecycle.py says the same of a journal line).
_TELLING = ("lead.outcome", "lead.stage", "lead.owner_id")
MISSED = "deadline.missed"
WARNED = "deadline.warned"
_DEADLINE = "deadline.name"


class Write(NamedTuple):
    """What an action makes a thing be; two that differ can't both stand."""

    target: str
    value: str


class After(NamedTuple):
    """The facts after an action and the event it leads to; `later` says that time passes first."""

    facts: dict[str, Any]
    event: str
    later: bool = False


def writes(action: str, args: Mapping[str, Any], event: str) -> Iterator[Write]:
    """Yield what an action writes: a field, an owner, a stage, a lock, a deadline."""
    if action == "assign":
        yield Write("lead.owner_id", _shown({name: args[name] for name in ("team", "user") if name in args}))
    elif action == "set_field":
        yield Write(str(args.get("field")), _shown(args.get("value")))
    elif action == "set_outcome":
        yield Write("lead.outcome", _shown(args.get("outcome")))
    elif action == "move_stage":
        yield Write("lead.stage", _shown(args.get("stage")))
    elif action in ("lock", "unlock"):
        yield Write(_locked(event), _shown(action == "lock"))
    elif action == "start_deadline":
        yield Write(f"deadline:{args.get('name')}", _shown(args.get("working_minutes")))
    elif action == "close_deadline":
        yield Write(f"deadline:{args.get('name')}", "closed")


def after(decision: Decision, event: str, facts: Mapping[str, Any], turn: int) -> After | None:
    """Return what follows from a decision on a record with these facts, None where nothing changes that rules hear of.

    `turn` numbers the steps of a chain: members taking turns means another owner every time.
    """
    args = decision.args
    if decision.action == "start_deadline":
        due = {_DEADLINE: args.get("name"), "deadline.working_minutes": args.get("working_minutes")}
        return After({**_lasting(facts), **due, "deadline.state": "missed", "deadline.overdue": True}, MISSED, True)
    changed = _changed(decision.action, args, event, turn)
    if decision.action == "lock":  # Whose lock it is changes with every rule that locks.
        changed |= {"lead.lock_rule": decision.rule_id, "lead.lock_reason": args.get("reason")}
    fresh = {name: value for name, value in changed.items() if not _is_same(facts.get(name), value)}
    if not fresh:
        return None
    following = next((_EVENT_OF[name] for name in _TELLING if name in fresh), f"{_kind(fresh)}.changed")
    names = sorted(name.partition(".")[2].removeprefix("extra.") for name in fresh)
    told: dict[str, Any] = {"event.changed": names}
    if "lead.stage" in fresh:
        told |= {"event.from_stage": facts.get("lead.stage"), "event.to_stage": fresh["lead.stage"]}
    return After({**_lasting(facts), **fresh, **told}, following)


def events_of(action: str, args: Mapping[str, Any], event: str) -> set[str]:
    """Return the events that an action on `event` can lead to."""
    if action == "start_deadline":
        return {MISSED}
    changed = _changed(action, args, event, 0)
    return {_EVENT_OF.get(name, f"{_kind(changed)}.changed") for name in changed}


def _kind(changed: Mapping[str, Any]) -> str:
    return "contract" if "contract.locked" in changed else "lead"


def _changed(action: str, args: Mapping[str, Any], event: str, turn: int) -> dict[str, Any]:
    if action == "assign":
        who = str(args.get("user") or args.get("team"))
        return {"lead.owner_id": f"{who} {turn}" if args.get("strategy") == "round_robin" else who}
    if action == "set_field" and str(args.get("field")).startswith("lead."):
        return {str(args["field"]): args.get("value")}
    if action == "set_outcome":
        return {"lead.outcome": args.get("outcome")}
    if action == "move_stage":
        return {"lead.stage": args.get("stage")}
    if action in ("lock", "unlock"):
        return {_locked(event): action == "lock"}
    return {}


def _locked(event: str) -> str:
    return "contract.locked" if event.startswith("contract.") else "lead.locked"


def _lasting(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that stay when the event is over."""
    gone = ("event", "deadline", "follow_up", "task")
    return {name: value for name, value in facts.items() if name.partition(".")[0] not in gone}


def _is_same(left: Any, right: Any) -> bool:
    return left is right or (left is not None and right is not None and same(left, right))


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
