"""What lines led to, as a backtest compares it: owners, escalations, messages, tasks, deadlines, answers.

The same code reads history and a simulated life, so that the two can be held against each other.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
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


class Effect(NamedTuple):
    """One thing that came about for a lead. `who` is the person it touches, `what` a title, name or field.

    `value` is what it came to (a field's value, the minutes of an answer); `firing` an index into the
    run's firings, or -1 if no rule did it.
    """

    kind: str
    lead_id: str
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
        if kind == "lead":
            self._lead(line)
        elif kind == "notification":
            # A message about a lead that no rule sent is the warning before a deadline.
            warns = line.actor_kind == "system" and after.get("lead_id")
            if line.kind == "notification.created" and (line.rule or warns):
                self._keep(MESSAGE, line, after.get("lead_id"), after["user_id"], after["title"])
        elif kind == "task":
            if line.rule and line.kind == "task.created":
                self._keep(TASK, line, after.get("lead_id"), after.get("assignee_id"), after["title"])
        elif line.kind == "deadline.missed":
            row = self._store.get("deadline", line.record_id)
            if row is not None:
                lead = self._store.get("lead", row.lead_id)
                self._keep(MISSED, line, row.lead_id, lead.owner_id if lead else None, row.name)
        elif line.kind == "follow_up.created":
            self._keep(FOLLOWED, line, after["lead_id"], after.get("by_id"), "")

    def skipped(self, line: Line, lead_id: str | None) -> None:
        """Keep that what somebody did in history no longer fitted."""
        self._keep(SKIPPED, line, lead_id, line.actor_id if line.actor_kind == "user" else "", line.kind)

    def _lead(self, line: Line) -> None:
        after, lead_id = line.after, line.record_id
        if line.kind == "lead.created":
            self._keep(RECEIVED, line, lead_id, after.get("owner_id"), "", after.get("received_at"))
            if after.get("owner_id"):
                self._keep(OWNER, line, lead_id, after["owner_id"], "")
            return
        if "owner_id" in after:
            self._keep(OWNER, line, lead_id, after["owner_id"], "")
        if after.get("first_response_at"):
            self._keep(ANSWERED, line, lead_id, "", "", after.get("response_minutes"))
        if after.get("outcome") in ("won", "lost"):
            self._keep(CLOSED, line, lead_id, "", after["outcome"])
        if line.rule:
            if after.get("escalated_at"):
                self._keep(ESCALATION, line, lead_id, after.get("escalated_to_id"), "")
            for name in after:
                if name not in _SET_BY_DOOR:
                    self._keep(FIELD, line, lead_id, "", name, after[name])

    def _keep(self, kind: str, line: Line, lead_id: str | None, who: str | None, what: str, value: Any = None) -> None:
        if self._fresh and self._fresh[0].at != line.at:
            self._settle()
        firing = -1
        if line.firing is not None:
            if line.firing is not self._last:
                self._last = line.firing
                self.firings.append(line.firing)
            firing = len(self.firings) - 1
        self._fresh.append(
            Effect(kind, lead_id or "", line.at, who or "", what, plain(value), line.rule, line.version, "", firing)
        )

    def _settle(self) -> None:
        leads = self._store.records["lead"]
        for effect in self._fresh:
            lead = leads.get(effect.lead_id)
            team = lead.team_id if lead else None
            self._effects.append(effect._replace(team_id=team) if team else effect)
        self._fresh.clear()


def packed(effects: Iterable[Effect], firings: Iterable[Firing], more: dict[str, Any]) -> bytes:
    """Return what a run led to as bytes that another process can read."""
    whole = {"effects": list(effects), "firings": list(firings), **more}
    return zlib.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":"), default=str).encode(), 1)


def unpacked(packed_effects: bytes) -> tuple[list[Effect], list[Firing], dict[str, Any]]:
    """Read what `packed` wrote."""
    whole = json.loads(zlib.decompress(packed_effects))
    effects = [Effect(*one) for one in whole.pop("effects")]
    return effects, [Firing(*one) for one in whole.pop("firings")], whole
