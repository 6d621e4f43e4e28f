"""What lines led to, as a backtest compares it: owners, escalations, messages, tasks, deadlines, answers.

The same code reads history and a simulated life, so that the two can be held against each other.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..journal.lines import plain
from ..replay.lines import Firing, Line
from ..replay.memory import InMemoryStore

MESSAGE, TASK, ESCALATION, OWNER, MISSED, FIELD = "message", "task", "escalation", "owner", "missed", "field"
SKIPPED = "skipped"
RECEIVED, ANSWERED, FOLLOWED, CLOSED = "received", "answered", "followed", "closed"
_SET_BY_DOOR = frozenset(
    ("owner_id", "team_id", "assigned_at", "stage_since", "closed_at", "escalated_at", "escalated_to_id")
)


Subject = tuple[str, str]
"""The kind and id of the record that something came about for."""


class Effect(NamedTuple):
    """One thing that came about for a record. `who` is the person it touches, `what` a title, name or field.

    `about` and `record_id` name the record: of a task, what it is about. `value` is what it came to (a field's value, the minutes of an answer); `firing` an index into the
    run's firings, or -1 if no rule did it.
    """

    kind: str
    about: str
    record_id: str
    at: str
    who: str
    what: str
    value: Any
    rule: str
    version: str
    team_id: str
    firing: int


class Recorder:
    """Hears lines and keeps what they led to."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._effects: list[Effect] = []
        # Those of the present moment: a lead may get its team later within it.
        self._fresh: list[Effect] = []
        self.firings: list[Firing] = []
        self._last: Firing | None = None

    @property
    def effects(self) -> list[Effect]:
        """All that was kept, in order."""
        self._settle()
        return self._effects

    def hear(self, line: Line) -> None:
        """Keep what a line led to. The records have the line's change already."""
        kind, after = line.record_kind, line.after
        if kind == "notification":
            # A message about a record that no rule sent is the warning before a deadline.
            warns = line.actor_kind == line.channel == "system" and subject_in(after)[1]
            if line.kind == "notification.created" and (line.rule or warns):
                self._keep(MESSAGE, line, subject_in(after), after["user_id"], after["title"])
        elif kind == "task":
            if line.rule and line.kind == "task.created":
                self._keep(TASK, line, subject_in(after), after.get("assignee_id"), after["title"])
        elif kind == "deadline":
            if line.kind == "deadline.missed" and (row := self._store.get("deadline", line.record_id)) is not None:
                subject = subject_in(row.__dict__)
                self._keep(MISSED, line, subject, getattr(self._store.get(*subject), "owner_id", None), row.name)
        elif kind == "follow_up":
            if line.kind == "follow_up.created":
                self._keep(FOLLOWED, line, ("lead", after["lead_id"]), after.get("by_id"), "")
        elif kind in self._store.records:
            self._record(line)

    def skipped(self, line: Line, subject: Subject) -> None:
        """Keep that what somebody did in history no longer fitted."""
        self._keep(SKIPPED, line, subject, line.actor_id if line.actor_kind == "user" else "", line.kind)

    def _record(self, line: Line) -> None:
        after, subject = line.after, (line.record_kind, line.record_id)
        if line.kind == "lead.created":
            self._keep(RECEIVED, line, subject, after.get("owner_id"), "", after.get("received_at"))
        if line.kind.endswith(".created"):
            if after.get("owner_id"):
                self._keep(OWNER, line, subject, after["owner_id"], "")
            return
        if "owner_id" in after:
            self._keep(OWNER, line, subject, after["owner_id"], "")
        if after.get("first_response_at"):
            self._keep(ANSWERED, line, subject, "", "", after.get("response_minutes"))
        if after.get("outcome") in ("won", "lost"):
            self._keep(CLOSED, line, subject, "", after["outcome"])
        if line.rule:
            if after.get("escalated_at"):
                self._keep(ESCALATION, line, subject, after.get("escalated_to_id"), "")
            for name, value in _fields_set(line).items():
                self._keep(FIELD, line, subject, "", name, value)

    def _keep(self, kind: str, line: Line, subject: Subject, who: str | None, what: str, value: Any = None) -> None:
        if self._fresh and self._fresh[0].at != line.at:
            self._settle()
        firing = -1
        if line.firing is not None:
            if line.firing is not self._last:
                self._last = line.firing
                self.firings.append(line.firing)
            firing = len(self.firings) - 1
        self._fresh.append(
            Effect(kind, *subject, line.at, who or "", what, plain(value), line.rule, line.version, "", firing)
        )

    def _settle(self) -> None:
        for effect in self._fresh:
            team = getattr(self._store.get(effect.about, effect.record_id), "team_id", None)
            self._effects.append(effect._replace(team_id=team) if team else effect)
        self._fresh.clear()


def subject_in(values: Mapping[str, Any]) -> Subject:
    """Return the record that a task, a deadline or a message is about, by its values; ("", "") for none."""
    if values.get("about_id"):
        return values["about_kind"], values["about_id"]
    return ("lead", values["lead_id"]) if values.get("lead_id") else ("", "")


def _fields_set(line: Line) -> dict[str, Any]:
    """Return what a line changed of a record, but for what the door sets along; added fields by their names."""
    found = {name: value for name, value in line.after.items() if name not in _SET_BY_DOOR}
    before = line.before.get("extra") or {}
    added = found.pop("extra", None) or {}
    return found | {name: value for name, value in added.items() if name not in before or before[name] != value}


def packed(effects: Iterable[Effect], firings: Iterable[Firing], more: dict[str, Any]) -> bytes:
    """Return what a run led to as bytes that another process can read."""
    whole = {"effects": list(effects), "firings": list(firings), **more}
    return zlib.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":"), default=str).encode(), 1)


def unpacked(packed_effects: bytes) -> tuple[list[Effect], list[Firing], dict[str, Any]]:
    """Read what `packed` wrote."""
    whole = json.loads(zlib.decompress(packed_effects))
    effects = [Effect(*one) for one in whole.pop("effects")]
    return effects, [Firing(*one) for one in whole.pop("firings")], whole
