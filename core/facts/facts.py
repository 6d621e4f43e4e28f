"""What rules see of an event: facts of the record and of all it belongs to, each read when first asked for.

Rules decide alike on records in the database and on records in memory: both are read through a store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..schema.kind import Calendar, Store
from ..schema.registry import Kinds, Path, Reader
from .related import rows

_NO_PATH: Path = ()


@dataclass(frozen=True)
class EventData:
    """The event itself: its name in the journal, its channel, which fields changed, the stages if one did."""

    kind: str
    channel: str
    changed: Sequence[str]
    from_stage: str | None = None
    to_stage: str | None = None

    @classmethod
    def of(cls, line: Any) -> EventData:
        """Return the event that a journal line is."""
        return cls(line.kind, line.channel, sorted(line.after), line.before.get("stage"), line.after.get("stage"))


@dataclass(frozen=True)
class Setting:
    """What facts are read against: the kinds in force, the working calendar, and a store."""

    kinds: Kinds
    calendar: Calendar
    store: Store


def facts_of_line(setting: Setting, line: Any, now: datetime) -> EventFacts:
    """Return the facts of the event that a journal line is, with the records as the store has them."""
    record = setting.store.get(line.record_kind, line.record_id)
    return EventFacts(setting, EventData.of(line), line.record_kind, record, now)


class EventFacts(Mapping[str, Any]):
    """The facts of one event about `record`, which need not be saved yet: a rule that asks for three costs three."""

    __slots__ = (
        "_about",
        "_known",
        "_read",
        "_records",
        "calendar",
        "event",
        "kind",
        "kinds",
        "now",
        "record",
        "store",
    )

    def __init__(self, setting: Setting, event: EventData, kind: str, record: Any, now: datetime) -> None:
        self.kinds, self.calendar, self.store = setting.kinds, setting.calendar, setting.store
        self.event, self.kind, self.record, self.now = event, kind, record, now
        self._known, self._read = self.kinds.facts, dict[str, Any]()
        self._records: dict[str, Any] = {} if record is None else {kind: record}
        self._about: EventFacts | None = None
        about_kind = getattr(record, "about_kind", None) if record is not None else None
        if about_kind and about_kind in self.kinds and about_kind not in self.kinds.groups(kind):
            about = self.store.get(about_kind, record.about_id)
            self._about = EventFacts(setting, event, about_kind, about, now) if about is not None else None

    def get(self, name: str, default: Any = None) -> Any:
        """Return a fact; None where it is missing."""
        if name in self._read:
            return self._read[name]
        group, kind, field, column, read = self._known.get(name) or self.kinds.fact(name)
        record = self._records.get(group)
        if read is None or record is None:
            value = self._value(group, kind, field, read)
        else:
            value = getattr(record, column) if column else read(record, self)
        self._read[name] = value = None if value == "" else value
        return default if value is None else value

    def group(self, name: str) -> Any:
        """Return the record that a group of facts speaks of, None if the event has none."""
        if name not in self._records:
            self._records[name] = self._find(name)
        return self._records[name]

    def _find(self, name: str) -> Any:
        path = self.kinds.groups(self.kind).get(name) if self.kind in self.kinds else None
        found = self._follow(path) if path is not None else None
        if found is None and self._about is not None:
            return self._about.group(name)
        return found

    def _follow(self, path: Path) -> Any:
        record, kind = self.record, self.kind
        for reference in path:
            if record is None:
                return None
            kind = self.kinds[kind].by_name[reference].to
            record = self.store.get(kind, getattr(record, reference))
        return record

    def _could_be(self, group: str) -> bool:
        """Say whether the event is about a record that might refer to one of this group, but does not."""
        path = self.kinds.groups(self.kind).get(group) if self.kind in self.kinds else None
        if not path or self.record is None:
            return False
        return self._follow(path[:-1]) is not None

    def _value(self, group: str, kind: str, field: str, read: Reader | None) -> Any:
        if not field:
            return rows(self, group)
        if group == "event":
            return getattr(self.event, field, None)
        record = self.group(group)
        if record is None:
            return self.kinds.absent(kind, field) if self._could_be(group) else None
        return read(record, self) if read is not None else None

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return self.get(name)

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        yield from (f"event.{name}" for name in ("kind", "channel", "changed", "from_stage", "to_stage"))
        for group in self._groups():
            kind = self.kinds.kind_of_group(group)
            own = self.kinds[kind].by_name
            names = (f"{group}.{name}" for name in self.kinds.readers(kind))
            # What is counted is there only where there is something to count.
            yield from (name for name in names if name.partition(".")[2] in own or self.get(name) is not None)
            if not self.kinds[kind].data:
                yield from (f"{group}.extra.{name}" for name in getattr(self.group(group), "extra", None) or {})
        yield from (name for name in self.kinds.collections if self.get(name) is not None)

    def _groups(self) -> list[str]:
        found = [
            group
            for group in self.kinds.groups(self.kind)
            if self.group(group) is not None or (group in self.kinds and self._could_be(group))
        ]
        if self._about is not None:
            found += [group for group in self._about._groups() if group not in found]
        return found

    def __len__(self) -> int:
        return sum(1 for _ in self)
