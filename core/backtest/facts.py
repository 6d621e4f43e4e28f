"""What rules see of an event in a backtest's world: the facts of `core.facts`, each computed when first read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..facts.facts import _LEAD, _OWN
from .lines import Line, Values, moment_of, text_of
from .related import COLLECTIONS, collection
from .store import World, number

_BELONGING = frozenset(("follow_up", "task", "contract", "deadline"))


def lead_of(world: World, line: Line) -> Values | None:
    """Return the lead that a line is about: itself, or the one its record belongs to."""
    if line.record_kind == "lead":
        return world.get("lead", line.record_id)
    if line.record_kind not in _BELONGING:
        return None
    record = world.get(line.record_kind, line.record_id)
    return world.get("lead", record.get("lead_id")) if record else None


class Facts(Mapping[str, Any]):
    """The facts of one event: a rule that asks for three of forty costs three.

    `money` names the added fields that hold amounts, which are kept as text.
    """

    __slots__ = ("lead", "line", "money", "now", "world")

    def __init__(self, world: World, line: Line, now: datetime, money: frozenset[str] = frozenset()) -> None:
        self.world, self.line, self.now, self.money = world, line, now, money
        self.lead = lead_of(world, line)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a fact; None where it is missing."""
        read = _READERS.get(name)
        if read is not None:
            return read(self)
        if name.startswith("lead.extra.") and self.lead is not None:
            value = self.lead["extra"].get(name[11:], default)
            return number(value) if value and name[11:] in self.money else value
        if name in COLLECTIONS:
            return collection(self.world, name, self.lead, self._own())
        return default

    def _own(self) -> Values | None:
        kind = self.line.record_kind
        return self.world.get(kind, self.line.record_id) if kind == "contract" else None

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return self.get(name)

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        yield from _EVENT
        if self.lead is not None:
            yield from _OF_LEAD
            yield from (f"lead.extra.{name}" for name in self.lead["extra"])
            yield from _OF_CUSTOMER
            yield from _OF_CONTACT
            yield from (name for name, counted in _WORKING.items() if counted(self) is not None)
            if self.lead.get("owner_id"):
                yield from _OF_OWNER
        kind = self.line.record_kind
        yield from (f"{kind}.{name}" for name in _OWN.get(kind, ()))
        if kind == "deadline":
            yield "deadline.overdue"
        yield from (name for name in COLLECTIONS if self.get(name) is not None)

    def __len__(self) -> int:
        return len(list(iter(self)))


Reader = Callable[[Facts], Any]


def _column(name: str) -> Reader:
    return lambda facts: facts.lead.get(name) if facts.lead else None


def _of(kind: str, link: str, name: str) -> Reader:
    """Return a reader of a field of the record that the lead's `link` names."""

    def read(facts: Facts) -> Any:
        found = facts.world.get(kind, facts.lead.get(link)) if facts.lead else None
        return found.get(name) if found else None

    return read


def _contact_has(name: str) -> Reader:
    read = _of("contact", "contact_id", name)
    return lambda facts: bool(read(facts)) if facts.lead else None


def _own(kind: str, name: str) -> Reader:
    def read(facts: Facts) -> Any:
        if facts.line.record_kind != kind:
            return None
        record = facts.world.get(kind, facts.line.record_id)
        return record.get(name) if record else None

    return read


def _age(facts: Facts) -> Any:
    if facts.lead is None:
        return None
    return round((facts.now - moment_of(facts.lead["received_at"])).total_seconds() / 3600, 2)


def _open_leads(facts: Facts) -> Any:
    owner = facts.lead.get("owner_id") if facts.lead else None
    return len(facts.world.open_leads_of.get(owner, ())) if owner else None


def _overdue(facts: Facts) -> Any:
    if facts.line.record_kind != "deadline":
        return None
    row = facts.world.get("deadline", facts.line.record_id)
    if row is None:
        return None
    return row["state"] == "missed" or (row["state"] == "open" and row["due_at"] <= text_of(facts.now))


def _minutes_since(name: str, facts: Facts) -> int | None:
    since = facts.lead.get(name) if facts.lead else None
    return facts.world.calendar.minutes_between(moment_of(since), facts.now) if since else None


def _waiting(facts: Facts) -> Any:
    lead = facts.lead
    if lead is None or lead.get("first_response_at") is not None or lead["outcome"] != "open":
        return None
    return _minutes_since("assigned_at" if lead.get("assigned_at") else "received_at", facts)


def _stage_hours(facts: Facts) -> Any:
    minutes = _minutes_since("stage_since", facts)
    return None if minutes is None else round(minutes / 60, 2)


def _owner_team(name: str) -> Reader:
    """Return a reader of the owner's team's name, or of its manager's."""

    def read(facts: Facts) -> Any:
        world = facts.world
        owner = world.get("user", facts.lead.get("owner_id")) if facts.lead else None
        team = world.get("team", owner.get("team_id")) if owner else None
        if team is None or name == "team":
            return team["name"] if team else None
        manager = world.get("user", team.get("manager_id"))
        return manager["name"] if manager else None

    return read


_EVENT: dict[str, Reader] = {
    "event.kind": lambda facts: facts.line.kind,
    "event.channel": lambda facts: facts.line.channel,
    "event.changed": lambda facts: sorted(facts.line.after),
    "event.from_stage": lambda facts: facts.line.before.get("stage"),
    "event.to_stage": lambda facts: facts.line.after.get("stage"),
}
_OF_LEAD: dict[str, Reader] = {f"lead.{name}": _column(name) for name in _LEAD} | {
    "lead.team": _of("team", "team_id", "name"),
    "lead.pain_points": lambda facts: (facts.lead["extra"].get("pain_points") or []) if facts.lead else None,
    "lead.answered": lambda facts: facts.lead.get("first_response_at") is not None if facts.lead else None,
    "lead.escalated": lambda facts: facts.lead.get("escalated_at") is not None if facts.lead else None,
    "lead.age_hours": _age,
    "lead.open_tasks": lambda facts: facts.world.open_tasks.get(facts.lead["id"], 0) if facts.lead else None,
}
_OF_CUSTOMER: dict[str, Reader] = {
    f"customer.{name}": _of("customer", "customer_id", name) for name in ("name", "industry", "region", "grade")
}
_OF_CONTACT: dict[str, Reader] = {
    "contact.name": _of("contact", "contact_id", "name"),
    "contact.title": _of("contact", "contact_id", "title"),
    "contact.has_phone": _contact_has("phone"),
    "contact.has_email": _contact_has("email"),
}
_OF_OWNER: dict[str, Reader] = {
    "owner.name": _of("user", "owner_id", "name"),
    "owner.team": _owner_team("team"),
    "owner.manager": _owner_team("manager"),
    "owner.open_leads": _open_leads,
}
_WORKING: dict[str, Reader] = {
    "lead.in_working_time": lambda facts: facts.world.calendar.is_open(facts.now) if facts.lead else None,
    "lead.waiting_working_minutes": _waiting,
    "lead.working_minutes_since_assigned": lambda facts: _minutes_since("assigned_at", facts),
    "lead.stage_working_hours": _stage_hours,
}
_READERS: dict[str, Reader] = (
    _EVENT
    | _OF_LEAD
    | _OF_CUSTOMER
    | _OF_CONTACT
    | _OF_OWNER
    | _WORKING
    | {"deadline.overdue": _overdue}
    | {f"{kind}.{name}": _own(kind, name) for kind, names in _OWN.items() for name in names}
)
