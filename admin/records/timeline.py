"""Journal lines as entries on a customer's thread: who did what, what changed, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.journal.origin import Actor
from ...core.storage.system_tables import JournalLine
from ...core.timeline.describer import Describer
from ...core.timeline.rule_versions import Versions
from ...core.timeline.viewer import Viewer
from ...core.workspace import Workspace
from ...hooks.text import Text
from .. import words

_BY_TIME = ("deadline.missed", "deadline.warned")


def mark_of(ws: Workspace, kind: str) -> tuple[str, str]:
    """Return the icon and the tone of a kind of line."""
    here = ws.kinds.get(kind.partition(".")[0])
    event = here.event.get(kind) if here is not None else None
    return (event.icon, event.tone) if event is not None else ("activity", "person")


@dataclass(frozen=True)
class Entry:
    """One entry: `tone` is person, rule, late or done; `changes` are (label, before, after)."""

    seq: int
    icon: str
    tone: str
    who: str
    department: str
    what: str
    text: str
    changes: tuple[tuple[str, str, str], ...]
    time: str
    full: str
    day: str
    cause: str
    automatic: bool
    why: str
    """Where this is explained; empty for what a person did."""


class Thread:
    """Puts journal lines into words for one viewer; people, rule versions and what they refer to are looked up once."""

    def __init__(self, ws: Workspace, english: bool, actor: Actor) -> None:
        self.ws, self.english = ws, english
        self._describer = Describer(Viewer(ws, actor), Versions())

    def entries(self, lines: list[JournalLine]) -> list[Entry]:
        """Return the entries for `lines`, in their order."""
        self._describer.prepare(lines)
        return [self._entry(line) for line in lines]

    def deadline(self, name: str) -> str:
        """Return a deadline's name in words."""
        return self._text(self._describer.deadline(name))

    def _say(self, zh: str, en: str) -> str:
        return en if self.english else zh

    def _text(self, text: Text) -> str:
        return text.for_locale("en" if self.english else "zh")

    def _entry(self, line: JournalLine) -> Entry:
        icon, tone = mark_of(self.ws, line.kind)
        locks = "locked" in line.after and line.kind.endswith(".changed")
        if locks:
            icon = "lock"
        automatic = line.actor_kind in ("rule", "plugin", "system")
        if automatic and tone == "person":
            tone = "rule"
        zone = self.ws.settings.zone
        who = self._describer.who(line) if not automatic else None
        return Entry(
            seq=line.seq,
            icon=icon,
            tone=tone,
            who=self._say("系统", "Clew") if who is None else line.actor_name or self._say("访客", "Visitor"),
            department=self._text(who.role) if who is not None and who.kind == "user" else "",
            what=self._text(
                self._describer.headline(line, self._whole(line)) if locks else self._describer.words(line.kind)
            ),
            text=self._said(line),
            changes=() if locks else self._changes(line),
            time=f"{line.at.astimezone(zone):%H:%M}",
            full=words.full_moment(line.at, zone),
            day=words.day(line.at, zone, self.english),
            cause=self._cause(line),
            automatic=automatic,
            why=f"/why/line/{line.seq}" if line.cause_seq or line.kind in _BY_TIME else "",
        )

    def _whole(self, line: JournalLine) -> bool:
        return self._describer.viewer.whole(line.record_kind, line.record_id)

    def _said(self, line: JournalLine) -> str:
        """Return what the line is about, beside what kind of thing it tells."""
        after = self._describer.viewer.values(line.record_kind, line.after, self._whole(line))
        if line.kind == "lead.escalated":
            return self._describer.person(after.get("escalated_to_id"))
        if line.kind == "deadline.created":
            if days := after.get("working_days"):
                return self._say(f"{days} 个工作日", f"{days} working days")
            return self._say(f"{after['working_minutes']} 个工作分钟", f"{after['working_minutes']} working minutes")
        return self._text(self._describer.name_in(line.record_kind, after)) if line.kind.endswith(".created") else ""

    def _changes(self, line: JournalLine) -> tuple[tuple[str, str, str], ...]:
        found = self._describer.changes(line, self._whole(line), beside_headline=False)
        return tuple((self._text(label), self._text(was), self._text(now)) for label, was, now in found)

    def _cause(self, line: JournalLine) -> str:
        if not line.cause_rule and not line.cause_plugin:
            return str(line.reason)
        who = self._describer.who(line)
        title = self._text(who.name)
        if line.cause_rule:
            return self._say(f"由规则「{title}」v{who.version} 触发", f"By the rule “{title}” v{who.version}")
        return self._say(f"由插件「{title}」触发", f"By the plugin “{title}”")
