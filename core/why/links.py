"""What an explanation is made of: links of a chain, clauses with what they saw, and both as JSON in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ...hooks.text import Text
from ..timeline.who import RuleSeen, Who, iso

Verdict = Literal[
    "fired",
    "not_triggered",
    "no_event",
    "not_decided",
    "not_in_force",
    "switched_off",
    "outranked",
    "condition_failed",
]


@dataclass(frozen=True)
class Seen:
    """One clause in words with the value it met. `holds` None: it was not looked at. `depth` counts groups around it."""

    words: Text
    value: Text
    holds: bool | None
    depth: int = 0

    def to_dict(self, language: str) -> dict[str, Any]:
        """Return the clause as JSON."""
        said = {"clause": self.words.for_locale(language), "value": self.value.for_locale(language)}
        return {**said, "holds": self.holds, "depth": self.depth}


@dataclass(frozen=True)
class Derivation:
    """How a deadline's moment came about: minutes of working time counted from `started_at`, by day."""

    name: Text
    started_at: datetime
    minutes: int
    due_at: datetime
    days: tuple[tuple[Text, int], ...]
    calendar: Text
    note: Text = Text("", "")

    def to_dict(self, language: str) -> dict[str, Any]:
        """Return the derivation as JSON."""
        return {
            "name": self.name.for_locale(language),
            "started_at": iso(self.started_at),
            "working_minutes": self.minutes,
            "due_at": iso(self.due_at),
            "days": [{"day": day.for_locale(language), "minutes": minutes} for day, minutes in self.days],
            "calendar": self.calendar.for_locale(language),
            "note": self.note.for_locale(language),
        }


@dataclass(frozen=True)
class Link:
    """One link: a line of the journal, what it describer, who wrote it, and what a rule saw before it did."""

    seq: int
    at: datetime
    kind: str
    record_kind: str
    record_id: str
    what: Text
    who: Who
    changes: tuple[tuple[Text, Text, Text], ...] = ()
    facts: tuple[Seen, ...] = ()
    note: Text = Text("", "")
    derivation: Derivation | None = None
    cause_seq: int | None = None
    reason: str = ""

    @property
    def origin(self) -> bool:
        """Say whether the chain begins here."""
        return self.cause_seq is None

    def to_dict(self, language: str) -> dict[str, Any]:
        """Return the link as JSON."""
        return {
            "seq": self.seq,
            "at": iso(self.at),
            "kind": self.kind,
            "record": {"kind": self.record_kind, "id": self.record_id},
            "what": self.what.for_locale(language),
            "who": self.who.to_dict(language),
            "changes": [
                dict(zip(("field", "before", "after"), (one.for_locale(language) for one in change), strict=True))
                for change in self.changes
            ],
            "facts": [one.to_dict(language) for one in self.facts],
            "note": self.note.for_locale(language),
            "derivation": self.derivation.to_dict(language) if self.derivation else None,
            "cause_seq": self.cause_seq,
            "reason": self.reason,
            "origin": self.origin,
        }


@dataclass(frozen=True)
class Why:
    """The chain behind a record: `links` from the effect down to the origin. `command` asks it again in a terminal.

    `lead_id` is the lead it is about, `subject` the record that rules mean on its events (kind and id), `triggers`
    what happened on the way: the events rules may have met. None: not for this viewer to see.
    """

    kind: str
    record_id: str
    field: str
    title: Text
    links: tuple[Link, ...]
    command: str
    lead_id: str | None = None
    subject: tuple[str, str] | None = None
    triggers: tuple[str, ...] = ()

    def to_dict(self, language: str = "zh") -> dict[str, Any]:
        """Return the explanation as JSON, its words in one language."""
        return {
            "kind": self.kind,
            "id": self.record_id,
            "field": self.field,
            "title": self.title.for_locale(language),
            "lead_id": self.lead_id,
            "links": [one.to_dict(language) for one in self.links],
            "command": self.command,
        }


@dataclass(frozen=True)
class WhyNot:
    """Why a rule did not fire on an event, or that it did. `clauses` tell what each part of its condition met then.

    `document` is the code of the rule or table that `code` stands in, `line` the event's number in the journal (None: there was none), `change` the smallest change
    that would have made it fire, `gaps` what the journal could not tell.
    """

    code: str
    document: str
    title: Text
    version: int | None
    verdict: Verdict
    said: Text
    line: int | None = None
    at: datetime | None = None
    event: Text = Text("", "")
    clauses: tuple[Seen, ...] = ()
    change: Text = Text("", "")
    by: RuleSeen | None = None
    record_kind: str = ""
    record_id: str = ""
    draft: bool = False
    row: int | None = None
    gaps: tuple[Text, ...] = field(default=())
    command: str = ""

    @property
    def lead_id(self) -> str | None:
        """The id of the lead it is about, None if it is about another record."""
        return self.record_id if self.record_kind == "lead" else None

    def to_dict(self, language: str = "zh") -> dict[str, Any]:
        """Return the explanation as JSON, its words in one language."""
        return {
            "code": self.code,
            "document": self.document,
            "title": self.title.for_locale(language),
            "version": self.version,
            "row": self.row,
            "verdict": self.verdict,
            "said": self.said.for_locale(language),
            "event": {"seq": self.line, "at": iso(self.at), "words": self.event.for_locale(language)},
            "clauses": [one.to_dict(language) for one in self.clauses],
            "change": self.change.for_locale(language),
            "outranked_by": self.by.to_dict(language) if self.by else None,
            "record": {"kind": self.record_kind, "id": self.record_id},
            "lead_id": self.lead_id,
            "draft": self.draft,
            "gaps": [one.for_locale(language) for one in self.gaps],
            "command": self.command,
        }


def joined(texts: Sequence[Text], zh: str = "，", en: str = ", ") -> Text:
    """Return several texts as one."""
    return Text(zh.join(one.zh for one in texts), en.join(one.en for one in texts))
