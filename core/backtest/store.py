"""The world of a backtest: records as plain dictionaries with the indexes that rules and actions ask."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from ..time.working_calendar import WorkingCalendar
from .lines import Line, Values

KINDS = (
    *("team", "user", "customer", "contact", "lead", "follow_up", "contract", "task", "deadline"),
    *("invoice", "payment", "shipment", "document", "calendar_day"),
)
"""The kinds of record a world holds; the rest (messages, rules, settings) no fact speaks of."""
_MONEY = {"lead": ("budget",), "contract": ("amount",), "invoice": ("amount",), "payment": ("amount",)}
_LEAD_INDEX = frozenset(("owner_id", "outcome", "assigned_at", "customer_id", "contact_id"))
_Ids = dict[str, None]


def number(text: Any) -> Any:
    """Return an amount as rules read it: a whole number, or a float."""
    if not isinstance(text, str):
        return text
    amount = Decimal(text)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def normal(kind: str, values: Mapping[str, Any]) -> Values:
    """Return a record's values with amounts as rules read them."""
    found = dict(values)
    for name in _MONEY.get(kind, ()):
        if name in found:
            found[name] = number(found[name])
    return found


class World:
    """Records by kind and id. Every change goes through `add` and `set`, and can be taken back."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.records: dict[str, dict[str, Values]] = {kind: {} for kind in KINDS}
        self.leads_of: dict[str, _Ids] = defaultdict(dict)
        self.open_leads_of: dict[str, _Ids] = defaultdict(dict)
        self.leads_of_customer: dict[str, _Ids] = defaultdict(dict)
        self.leads_of_contact: dict[str, _Ids] = defaultdict(dict)
        self.of_lead: dict[str, dict[str, _Ids]] = {
            kind: defaultdict(dict) for kind in ("follow_up", "task", "contract", "deadline")
        }
        self.of_customer: dict[str, dict[str, _Ids]] = {kind: defaultdict(dict) for kind in ("contract",)}
        self.open_tasks: dict[str, int] = defaultdict(int)
        self.members: dict[str, _Ids] = defaultdict(dict)
        # By whether only open leads count: the newest assignment of each person, until that lead goes.
        self._newest: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self._due: list[tuple[str, bool, int, str]] = []
        self._number = count()
        self._undo: list[tuple[str, str, Values | None]] | None = None
        self._calendar: WorkingCalendar | None = None

    # ---- Reading

    def get(self, kind: str, record_id: str | None) -> Values | None:
        """Return a record, or None."""
        return self.records[kind].get(record_id) if record_id else None

    def related(self, kind: str, lead_id: str) -> list[Values]:
        """Return a lead's records of a kind, the oldest first."""
        held = self.records[kind]
        return [held[one] for one in self.of_lead[kind].get(lead_id, ())]

    def team_named(self, name: str) -> Values | None:
        """Return the team of that name."""
        return next((team for team in self.records["team"].values() if team["name"] == name), None)

    def sellers(self, team_id: str | None) -> list[Values]:
        """Return the active sellers of a team."""
        users = self.records["user"]
        found = (users[one] for one in self.members.get(team_id or "", ()))
        return [user for user in found if user.get("active", True) and "sales" in user["roles"]]

    def last_assigned(self, user_id: str, only_open: bool) -> str:
        """Return when the newest of a person's leads was assigned; "" if never."""
        known = self._newest[only_open]
        if user_id not in known:
            ids = (self.open_leads_of if only_open else self.leads_of).get(user_id, ())
            leads = self.records["lead"]
            known[user_id] = max((leads[one].get("assigned_at") or "" for one in ids), default="")
        return known[user_id]

    @property
    def calendar(self) -> WorkingCalendar:
        """The working calendar, as the days on record say."""
        if self._calendar is None:
            days = self.records["calendar_day"].values()
            self._calendar = WorkingCalendar(
                self.zone, {date.fromisoformat(day["day"]): bool(day["working"]) for day in days}
            )
        return self._calendar

    def next_due(self) -> str | None:
        """Return when the next open deadline is due, or its owner to be warned of it."""
        held = self.records["deadline"]
        while self._due:
            moment, is_due, _, record_id = self._due[0]
            row = held.get(record_id)
            if row is not None and row["state"] == "open":
                if moment == row["due_at"] if is_due else (moment == row.get("warn_at") and not row.get("warned_at")):
                    return moment
            heapq.heappop(self._due)
        return None

    def take_due(self) -> tuple[str, bool]:
        """Return the id of the deadline that `next_due` spoke of, and whether it is due (or only near); forget it."""
        _, is_due, _, record_id = heapq.heappop(self._due)
        return record_id, is_due

    # ---- Writing

    def fold(self, line: Line) -> None:
        """Make the change that a journal line says was made."""
        kind = line.record_kind
        held = self.records.get(kind)
        if held is None or not line.revision or not line.after:
            return
        if line.record_id in held:
            self.set(kind, line.record_id, line.after)
        else:
            self.add(kind, line.record_id, {"created_at": line.at, **line.after})

    def add(self, kind: str, record_id: str, values: Mapping[str, Any]) -> Values:
        """Put a record in."""
        row = normal(kind, values) if kind in _MONEY else dict(values)
        row["id"] = record_id
        self.records[kind][record_id] = row
        self._enter(kind, row)
        if self._undo is not None:
            self._undo.append((kind, record_id, None))
        return row

    def set(self, kind: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Change fields of a record."""
        row = self.records[kind][record_id]
        if self._undo is not None:
            self._undo.append((kind, record_id, {name: row.get(name) for name in values}))
        indexed = kind != "lead" or not _LEAD_INDEX.isdisjoint(values)
        if indexed:
            self._leave(kind, row)
        row.update(normal(kind, values) if kind in _MONEY else values)
        if indexed:
            self._enter(kind, row)

    def begin(self) -> None:
        """From here on, remember how to take changes back."""
        self._undo = []

    @property
    def mark(self) -> int:
        """How many changes there were since `begin`: a point to go back to."""
        return len(self._undo or ())

    def keep(self) -> None:
        """Let the changes since `begin` stand."""
        self._undo = None

    def take_back(self, mark: int = 0) -> None:
        """Undo the changes since `begin`, or since a mark of it."""
        whole = self._undo or []
        undo, self._undo = whole[mark:], None
        for kind, record_id, old in reversed(undo):
            if old is None:
                self._leave(kind, self.records[kind].pop(record_id))
            else:
                self.set(kind, record_id, old)
        self._undo = whole[:mark]

    # ---- Indexes

    def _enter(self, kind: str, row: Values) -> None:
        record_id = row["id"]
        if kind == "lead":
            if owner := row.get("owner_id"):
                self.leads_of[owner][record_id] = None
                self._assigned(owner, row, False)
                if row["outcome"] == "open":
                    self.open_leads_of[owner][record_id] = None
                    self._assigned(owner, row, True)
            self.leads_of_customer[row["customer_id"]][record_id] = None
            if contact := row.get("contact_id"):
                self.leads_of_contact[contact][record_id] = None
        elif kind == "user":
            self.members[row.get("team_id") or ""][record_id] = None
        elif kind == "calendar_day":
            self._calendar = None
        elif kind in self.of_lead:
            lead_id = row.get("lead_id") or ""
            self.of_lead[kind][lead_id][record_id] = None
            if kind == "contract":
                self.of_customer[kind][row["customer_id"]][record_id] = None
            elif kind == "task" and row["state"] == "open":
                self.open_tasks[lead_id] += 1
            elif kind == "deadline" and row["state"] == "open":
                heapq.heappush(self._due, (row["due_at"], True, next(self._number), record_id))
                if row.get("warn_at") and not row.get("warned_at"):
                    heapq.heappush(self._due, (row["warn_at"], False, next(self._number), record_id))

    def _assigned(self, owner: str, row: Values, only_open: bool) -> None:
        known, at = self._newest[only_open], row.get("assigned_at") or ""
        if owner in known and at > known[owner]:
            known[owner] = at

    def _leave(self, kind: str, row: Values) -> None:
        record_id = row["id"]
        if kind == "lead":
            if owner := row.get("owner_id"):
                _drop(self.leads_of, owner, record_id)
                _drop(self.open_leads_of, owner, record_id)
                for known in self._newest:
                    if known.get(owner) == (row.get("assigned_at") or ""):
                        del known[owner]
            _drop(self.leads_of_customer, row["customer_id"], record_id)
            if contact := row.get("contact_id"):
                _drop(self.leads_of_contact, contact, record_id)
        elif kind == "user":
            _drop(self.members, row.get("team_id") or "", record_id)
        elif kind in self.of_lead:
            # A record keeps its place among its lead's when it changes: they are read oldest first.
            lead_id = row.get("lead_id") or ""
            if record_id not in self.records[kind]:
                _drop(self.of_lead[kind], lead_id, record_id)
            if kind == "contract":
                _drop(self.of_customer[kind], row["customer_id"], record_id)
            elif kind == "task" and row["state"] == "open":
                self.open_tasks[lead_id] -= 1


def _drop(index: dict[str, _Ids], key: str, record_id: str) -> None:
    index.get(key, {}).pop(record_id, None)


def folded(lines: Iterable[Line], zone: ZoneInfo) -> World:
    """Return the world that journal lines, from the first on, lead to."""
    world = World(zone)
    for line in lines:
        world.fold(line)
    return world
