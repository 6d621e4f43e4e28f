"""Records in memory, with the indexes that rules and actions ask; every change can be taken back."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from peewee import DateField

from ..kinds import BUNDLED
from ..roles import book
from ..schema.kind import Kind, Load
from ..schema.registry import Kinds
from ..storage.records import MoneyField, UTCDateTimeField
from .lines import Line, Values

CALENDARS = ("calendar", "calendar_day", "leave")
"""The kinds that working calendars are made of."""
_LEFT_OUT = frozenset(kind.name for kind in BUNDLED if not kind.ruled) - {
    *("team", "user", "pause", "pause_reason"),
    *CALENDARS,
}
_Ids = dict[str, None]
_Names = tuple[str, ...]


def kept_kinds(kinds: Kinds) -> tuple[str, ...]:
    """Return the kinds of record that rules can see something of; the rest (messages, rules) is not replayed."""
    return tuple(name for name in kinds if name not in _LEFT_OUT)


class Row:
    """One record in memory: its fields are its attributes, those in `extra` too; one it lacks is None."""

    def __init__(self, values: Values) -> None:
        self.__dict__ = values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        extra = self.__dict__.get("extra")
        return extra.get(name) if extra else None


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _money(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _converters(kind: Kind) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Return how the columns whose values the journal keeps as text are read back."""
    found: list[tuple[str, Callable[[Any], Any]]] = []
    for name, column in kind.model._meta.fields.items():
        if isinstance(column, UTCDateTimeField):
            found.append((name, _moment))
        elif isinstance(column, MoneyField):
            found.append((name, _money))
        elif isinstance(column, DateField):
            found.append((name, _date))
    return tuple(found)


class InMemoryStore:
    """Records by kind and id; a store as `core.schema.kind.Store` has it. Changes go through `add` and `set`."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.records: dict[str, dict[str, Row]] = {name: {} for name in kept_kinds(kinds)}
        self.assigned_before: dict[str, str] = {}
        """When each person's newest lead that is not in memory was assigned: what a replay starts with."""
        self._converters = {name: _converters(kinds[name]) for name in self.records}
        # Made when first asked for: the ids of the records with these values of these fields, oldest first.
        self._indexes: dict[str, dict[_Names, dict[tuple[Any, ...], _Ids]]] = {name: {} for name in self.records}
        self._assigned: dict[str | None, str] = {}
        # The same of open leads alone. Both are found when first asked for: a person may have thousands of leads.
        self._assigned_open: dict[str | None, str] = {}
        self._due: list[tuple[datetime, bool, int, str]] = []
        self._number = count()
        self._undo: list[tuple[str, str, Values | None]] | None = None
        self.revisions: dict[str, int] = dict.fromkeys(CALENDARS, 0)
        """How often records of a kind changed, for those who keep something made of them."""

    # ---- Reading

    def get(self, kind: str, record_id: str | None) -> Any:
        """Return a record, None if there is none."""
        held = self.records.get(kind)
        return held.get(record_id) if held is not None and record_id else None

    def related(self, kind: str, /, limit: int | None = None, **equal: Any) -> list[Any]:
        """Return the records of a kind whose fields equal these values, the newest first."""
        held = self.records.get(kind)
        if held is None:  # A kind that rules see nothing of.
            return []
        ids = sorted(self._ids(kind, equal), reverse=True)
        return [held[one] for one in (ids if limit is None else ids[:limit])]

    def count(self, kind: str, **equal: Any) -> int:
        """Return how many records of a kind have these values."""
        return len(self._ids(kind, equal))

    def loads(self, team_id: str | None = None, at: datetime | None = None) -> list[Load]:
        """Return the active sellers of a team, or of all teams, with what each has in hand; at a moment, those on duty."""
        users = self.records["user"].values() if team_id is None else self.related("user", team_id=team_id)
        found, selling = [], book().carrying("sells")
        for user in users:
            if user.active is not False and selling & set(user.roles or ()) and not self._on_leave(user.id, at):
                ids = self._ids("lead", {"owner_id": user.id, "outcome": "open"})
                if user.id not in self._assigned_open:
                    self._assigned_open[user.id] = self._newest(ids)
                found.append(Load(user.id, user.name, user.team_id, len(ids), self._assigned_open[user.id]))
        return found

    def _on_leave(self, user_id: str, at: datetime | None) -> bool:
        if at is None or not self.records["leave"]:
            return False
        return any(
            one.from_at <= at < one.to_at and not one.cancelled for one in self.related("leave", user_id=user_id)
        )

    def last_assigned(self, user_ids: list[str]) -> Mapping[str, str]:
        """Return when each person's newest lead, open or closed, was assigned to them."""
        found = {}
        for one in user_ids:
            if one not in self._assigned:
                here = self._newest(self._ids("lead", {"owner_id": one}))
                self._assigned[one] = max(here, self.assigned_before.get(one, ""))
            if self._assigned[one]:
                found[one] = self._assigned[one]
        return found

    def _newest(self, ids: Iterable[str]) -> str:
        leads = self.records["lead"]
        moments = (leads[one].assigned_at for one in ids)
        newest = max((at for at in moments if at is not None), default=None)
        return newest.isoformat() if newest is not None else ""

    def next_due(self) -> datetime | None:
        """Return when the next open deadline is due, or its owner to be warned of it."""
        held = self.records["deadline"]
        while self._due:
            moment, is_due, _, record_id = self._due[0]
            row = held.get(record_id)
            if row is not None and row.state == "open":
                if moment == row.due_at if is_due else (moment == row.warn_at and not row.warned_at):
                    return moment
            heapq.heappop(self._due)
        return None

    def take_due(self) -> tuple[str, bool]:
        """Return the id of the deadline that `next_due` spoke of, and whether it is due (or only near); forget it."""
        _, is_due, _, record_id = heapq.heappop(self._due)
        return record_id, is_due

    # ---- Writing

    def typed(self, kind: str, values: Mapping[str, Any]) -> Values:
        """Return values as the journal keeps them, as records have them: moments, amounts, dates."""
        found = dict(values)
        for name, read in self._converters[kind]:
            if name in found:
                found[name] = read(found[name])
        return found

    def apply(self, line: Line) -> None:
        """Make the change that a journal line says was made."""
        kind = line.record_kind
        held = self.records.get(kind)
        if held is None or not line.revision or not line.after:
            return
        after = self.typed(kind, line.after)
        if line.record_id in held:
            self.set(kind, line.record_id, after)
        else:
            self.add(kind, line.record_id, _moment(line.at), after)

    def add(self, kind: str, record_id: str, created_at: datetime | None, values: Mapping[str, Any]) -> Row:
        """Put a record in; its values are typed."""
        row = Row({"extra": {}, "created_at": created_at, **values, "id": record_id})
        self.records[kind][record_id] = row
        for names, index in self._indexes[kind].items():
            index.setdefault(_key(row, names), {})[record_id] = None
        if kind == "lead":
            self._newly_assigned(row.owner_id, row.assigned_at, row.outcome)
        self._noticed(kind, row)
        if self._undo is not None:
            self._undo.append((kind, record_id, None))
        return row

    def remove(self, kind: str, record_id: str) -> None:
        """Take a record out: it is not there yet."""
        row = self.records[kind].pop(record_id)
        for names, index in self._indexes[kind].items():
            _drop(index, _key(row, names), record_id)
        if kind == "lead":
            self._assigned.pop(row.owner_id, None)
            self._assigned_open.pop(row.owner_id, None)
        self._noticed(kind, row)

    def set(self, kind: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Change fields of a record to typed values."""
        row = self.records[kind][record_id]
        if self._undo is not None:
            self._undo.append((kind, record_id, {name: row.__dict__.get(name) for name in values}))
        touched = [
            (names, index) for names, index in self._indexes[kind].items() if not values.keys().isdisjoint(names)
        ]
        for names, index in touched:
            _drop(index, _key(row, names), record_id)
        if kind == "lead" and not values.keys().isdisjoint(("owner_id", "assigned_at", "outcome")):
            self._reassigned(row, values)
        row.__dict__.update(values)
        for names, index in touched:
            index.setdefault(_key(row, names), {})[record_id] = None
        self._noticed(kind, row)

    def _reassigned(self, row: Row, values: Mapping[str, Any]) -> None:
        """Keep what is known of each person's newest assignment: it grows, unless the newest lead goes elsewhere."""
        was = row.assigned_at
        now = {"owner_id": row.owner_id, "assigned_at": was, "outcome": row.outcome, **values}
        stays_open = row.outcome == "open" == now["outcome"] and now["owner_id"] == row.owner_id
        stays = now["owner_id"] == row.owner_id and now["assigned_at"] == was
        for known, gone in ((self._assigned, not stays), (self._assigned_open, not (stays and stays_open))):
            newest = known.get(row.owner_id)
            if gone and newest and was is not None and newest == was.isoformat():
                del known[row.owner_id]
        self._newly_assigned(now["owner_id"], now["assigned_at"], now["outcome"])

    def _newly_assigned(self, owner: str | None, at: datetime | None, outcome: str | None) -> None:
        for known in (self._assigned, self._assigned_open) if outcome == "open" else (self._assigned,):
            if owner in known and at is not None:
                known[owner] = max(known[owner], at.isoformat())

    def _noticed(self, kind: str, row: Row) -> None:
        if kind == "deadline" and row.state == "open":
            heapq.heappush(self._due, (row.due_at, True, next(self._number), row.id))
            if row.warn_at and not row.warned_at:
                heapq.heappush(self._due, (row.warn_at, False, next(self._number), row.id))
        elif kind in self.revisions:
            self.revisions[kind] += 1

    # ---- Taking back

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
                self.remove(kind, record_id)
            else:
                self.set(kind, record_id, old)
        self._undo = whole[:mark]

    # ---- Indexes

    def _ids(self, kind: str, equal: Mapping[str, Any]) -> _Ids:
        names = tuple(sorted(equal))
        index = self._indexes[kind].get(names)
        if index is None:
            index = self._indexes[kind][names] = {}
            for row in self.records[kind].values():
                index.setdefault(_key(row, names), {})[row.id] = None
        return index.get(tuple(equal[name] for name in names), {})


def _key(row: Row, names: _Names) -> tuple[Any, ...]:
    return tuple([getattr(row, name) for name in names])


def _drop(index: dict[tuple[Any, ...], _Ids], key: tuple[Any, ...], record_id: str) -> None:
    held = index.get(key)
    if held is not None:
        held.pop(record_id, None)
        if not held:
            del index[key]
