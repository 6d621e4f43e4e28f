"""How the rulebook's pages show things: chips of state, facts and decisions in words, documents side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any
from zoneinfo import ZoneInfo

from ...core.access import policy as access
from ...core.kinds import RuleVersion
from ...core.rulebook.documents import vocabulary_of
from ...core.rulebook.overview import STATES, Entry
from ...core.schema.fields import Field, field
from ...core.storage.system_tables import Firing
from ...core.workspace import Workspace
from ...hooks.text import Text
from ...rules.language.actions import Action
from ...rules.language.dumping import dump_document
from ...rules.wording.sentences import action_words, field_words, value_words
from ...rules.wording.sentences import trigger_words as rule_trigger_words
from ..session import t
from ..words import moment

SINCE = field("since", "开始时间", "Since", "moment")
UNTIL = field("until", "结束时间", "Until", "moment")
_TONES = {
    "draft": ("blue", "pencil"),
    "review": ("risk", "clock"),
    "scheduled": ("blue", "clock"),
    "approved": ("blue", "clock"),
    "published": ("done", "circle-check"),
    "off": ("", "x"),
    "retired": ("", "archive"),
    "discarded": ("", "x"),
}
_AROUND = 3
_LEAD_FACTS = ("lead.company",)


@dataclass(frozen=True)
class Chip:
    """A state as a coloured word with an icon."""

    words: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Line:
    """One line of two documents side by side: equal, changed, or left out (`skipped` lines)."""

    left: str
    right: str
    kind: str
    skipped: int = 0


def language() -> str:
    """Return the viewer's language, as rules name it."""
    return t("zh", "en")


def said(text: Text) -> str:
    """Return a text in the viewer's language."""
    return text.for_locale(language())


def chips(entry: Entry) -> list[Chip]:
    """Return what a rule is: v3 生效中, 草稿 v4."""
    found = []
    for state in entry.states:
        words = said(STATES[state])
        if state in ("published", "off", "retired"):
            words = f"v{entry.version} {words}"
        elif entry.open is not None:
            words = f"{words} v{entry.open.number}"
        found.append(Chip(words, *_TONES[state]))
    return found


def version_chip(version: RuleVersion, in_force: bool) -> Chip:
    """Return what a version is. The one of a rule that is off is not in force."""
    words = {
        "draft": t("草稿", "Draft"),
        "review": t("待审批", "In review"),
        "approved": t("已批准，待生效", "Approved, not in force yet"),
        "published": t("生效中", "In force") if in_force else t("已停用", "Off"),
        "retired": t("已被替代", "Replaced"),
        "discarded": t("已放弃", "Discarded"),
    }[version.state]
    return Chip(words, *_TONES["off" if version.state == "published" and not in_force else version.state])


def trigger_words(ws: Workspace, triggers: Iterable[str]) -> str:
    """Return the events a rule answers, in words."""
    return rule_trigger_words(tuple(triggers), vocabulary_of(ws), language())


def facts_in_words(ws: Workspace, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the facts a firing saw, named; what there was none of is left out, personal data is masked."""
    known, chosen = vocabulary_of(ws), language()
    found = []
    for name, value in access.masked_facts(ws.kinds, facts).items():
        if value is None or isinstance(value, list | dict):
            continue
        found.append((field_words(name, known, chosen), value_words(name, value, known, chosen)))
    return found


def decisions_in_words(ws: Workspace, firing: Firing) -> list[str]:
    """Return what a firing decided, in words."""
    known = vocabulary_of(ws)
    return [
        action_words(Action(str(one["action"]), one.get("args") or {}), known, language()) for one in firing.decisions
    ]


def side_by_side(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Line]:
    """Return two documents as YAML, line beside line; long runs that are equal are left out."""
    left, right = (dump_document({**one, "version": 0}).splitlines() for one in (a, b))
    left, right = ([line for line in some if line != "version: 0"] for some in (left, right))
    found: list[Line] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            run = [Line(one, one, "equal") for one in left[i1:i2]]
            found += _shortened(run, first=i1 == 0, last=i2 == len(left))
            continue
        for step in range(max(i2 - i1, j2 - j1)):
            one = left[i1 + step] if i1 + step < i2 else ""
            other = right[j1 + step] if j1 + step < j2 else ""
            found.append(Line(one, other, "changed"))
    return found


def _shortened(run: list[Line], first: bool, last: bool) -> list[Line]:
    head, tail = (0 if first else _AROUND), (0 if last else _AROUND)
    if len(run) <= head + tail + 1:
        return run
    return [*run[:head], Line("", "", "skipped", len(run) - head - tail), *run[len(run) - tail :]]


def moment_given(ws: Workspace, given: Mapping[str, str], field: Field) -> datetime | None:
    """Return the moment a form's field names, in the workspace's zone; None if it is empty. Raises Invalid."""
    text = given.get(field.name, "")
    if not text.strip():
        return None
    found: datetime = ws.configuration.validator.typed(field, text)
    return found


def for_input(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as a datetime-local input takes it."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def moment_words(ws: Workspace, at: datetime) -> str:
    """Return a moment in words, with its hour also where it is days ago: 11月3日 14:05."""
    words = moment(at, ws.clock.now(), ws.settings.zone, language() == "en")
    return words if ":" in words else f"{words} {at.astimezone(ws.settings.zone):%H:%M}"
