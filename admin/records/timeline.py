"""Journal lines as entries on a customer's thread: who did what, what changed, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.models import JournalLine, RuleRecord, Team, User
from ...core.people import policy as access
from ...core.workspace import Workspace
from ...hooks.text import Text
from .. import words

_WHAT: dict[str, tuple[str, Text, str]] = {
    "lead.created": ("target", Text("线索进入", "Lead came in"), "person"),
    "lead.assigned": ("user", Text("分配负责人", "Owner assigned"), "rule"),
    "lead.answered": ("check", Text("首次响应", "First response"), "done"),
    "lead.stage_changed": ("route", Text("阶段变更", "Stage changed"), "person"),
    "lead.outcome_changed": ("circle-check", Text("结果变更", "Outcome changed"), "person"),
    "lead.escalated": ("alert-triangle", Text("升级给主管", "Escalated to the manager"), "late"),
    "lead.changed": ("pencil", Text("修改线索", "Lead changed"), "person"),
    "follow_up.created": ("message", Text("跟进", "Follow-up"), "person"),
    "customer.created": ("building", Text("建立客户", "Customer created"), "person"),
    "customer.changed": ("pencil", Text("修改客户", "Customer changed"), "person"),
    "contact.created": ("user", Text("新增联系人", "Contact added"), "person"),
    "contact.changed": ("pencil", Text("修改联系人", "Contact changed"), "person"),
    "task.created": ("checklist", Text("创建任务", "Task created"), "rule"),
    "task.changed": ("check", Text("任务更新", "Task updated"), "person"),
    "deadline.created": ("clock", Text("开始计时", "Deadline started"), "rule"),
    "deadline.warned": ("clock", Text("时限将到", "Deadline near"), "rule"),
    "deadline.missed": ("clock", Text("时限已超", "Deadline missed"), "late"),
    "deadline.changed": ("clock", Text("时限结束", "Deadline closed"), "done"),
    "contract.created": ("file-text", Text("新建合同", "Contract drawn up"), "person"),
    "contract.status_changed": ("file-text", Text("合同状态", "Contract status"), "person"),
    "invoice.created": ("file-text", Text("开票", "Invoice issued"), "person"),
    "payment.created": ("circle-check", Text("回款", "Payment arrived"), "done"),
    "notification.created": ("bell", Text("发出通知", "Message sent"), "rule"),
}
_QUIET = {
    *("first_response_at", "response_minutes", "assigned_at", "stage_since", "closed_at", "team_id", "escalated_at"),
    *("process", "quality", "name_key", "done_at", "locked", "effective"),
}


def mark_of(kind: str) -> tuple[str, str]:
    """Return the icon and the tone of a kind of line."""
    icon, _, tone = _WHAT.get(kind, ("activity", Text("", ""), "person"))
    return icon, tone


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


def role_words(roles: list[str], english: bool) -> str:
    """Write a person's roles."""
    return "、".join(
        access.ROLE_WORDS[r].for_locale("en" if english else "zh") for r in roles if r in access.ROLE_WORDS
    )


class Thread:
    """Reads journal lines for one viewer; names are looked up once."""

    def __init__(self, ws: Workspace, english: bool, whole: bool) -> None:
        self.ws, self.english, self.whole = ws, english, whole
        self._users = {u.id: u for u in User.select()}
        self._teams = {t.id: t.name for t in Team.select()}
        self._rules = {r.code: r.document for r in RuleRecord.select()}

    def entries(self, lines: list[JournalLine], now: datetime) -> list[Entry]:
        """Return the entries for `lines`, in their order."""
        return [self._entry(line, now) for line in lines]

    def _say(self, zh: str, en: str) -> str:
        return en if self.english else zh

    def _entry(self, line: JournalLine, now: datetime) -> Entry:
        icon, what, tone = _WHAT.get(line.kind, ("activity", Text(line.kind, line.kind), "person"))
        automatic = line.actor_kind in ("rule", "plugin", "system")
        if automatic and tone == "person":
            tone = "rule"
        user = self._users.get(line.actor_id)
        zone = self.ws.settings.zone
        return Entry(
            seq=line.seq,
            icon=icon,
            tone=tone,
            who=self._say("系统", "Clew") if automatic else line.actor_name or self._say("访客", "Visitor"),
            department=role_words(user.roles, self.english) if user and not automatic else "",
            what=what.for_locale("en" if self.english else "zh"),
            text=self._text(line),
            changes=() if line.kind.endswith(".created") else self._changes(line),
            time=f"{line.at.astimezone(zone):%H:%M}",
            full=words.full_moment(line.at, zone),
            day=words.day(line.at, zone, self.english),
            cause=self._cause(line),
            automatic=automatic,
            why=f"/why/line/{line.seq}"
            if line.cause_seq or line.kind in ("deadline.missed", "deadline.warned")
            else "",
        )

    def _text(self, line: JournalLine) -> str:
        after = line.after if self.whole else access.masked(self.ws.door.fields, line.record_kind, line.after)
        if line.kind == "lead.escalated":
            return self._value("lead", "escalated_to_id", after.get("escalated_to_id"))
        if line.kind == "deadline.created":
            return self._say(f"{after['working_minutes']} 个工作分钟", f"{after['working_minutes']} working minutes")
        if not line.kind.endswith(".created"):
            return ""
        keys = ("content", "title", "number", "company", "name")
        return next((str(after[k]) for k in keys if after.get(k)), "")

    def _changes(self, line: JournalLine) -> tuple[tuple[str, str, str], ...]:
        fields = self.ws.door.fields
        before, after = dict(line.before), dict(line.after)
        for side in (before, after):
            side.update(side.pop("extra", None) or {})
        if not self.whole:
            before = access.masked(fields, line.record_kind, before)
            after = access.masked(fields, line.record_kind, after)
        found = []
        for name, value in after.items():
            field = fields.get(line.record_kind, name)
            if name in _QUIET or name.startswith("escalated") or field is None or before.get(name) == value:
                continue
            label = field.label.for_locale("en" if self.english else "zh")
            old = self._value(line.record_kind, name, before.get(name))
            found.append((label, old, self._value(line.record_kind, name, value)))
        return tuple(found)

    def _value(self, kind: str, name: str, value: Any) -> str:
        if value in (None, "", []):
            return "—"
        if name in ("owner_id", "escalated_to_id", "assignee_id"):
            return self._users[value].name if value in self._users else "—"
        if name == "stage":
            return self.stage_words(str(value))
        field = self.ws.door.fields.get(kind, name)
        locale = "en" if self.english else "zh"
        if field and field.options:
            return "、".join(field.words(v, locale) for v in (value if isinstance(value, list) else [value]))
        return str(value)

    def stage_words(self, name: str) -> str:
        """Write a stage of any process."""
        stages = (p.stage(name) for p in self.ws.door.processes.all())
        found = next((stage for stage in stages if stage), None)
        return found.title.for_locale("en" if self.english else "zh") if found else name

    def _cause(self, line: JournalLine) -> str:
        if line.cause_rule:
            document: Mapping[str, Any] = self._rules.get(line.cause_rule, {})
            title = document.get("title", {}).get("en" if self.english else "zh", line.cause_rule)
            version = line.cause_version
            return self._say(f"由规则「{title}」v{version} 触发", f"By the rule “{title}” v{version}")
        if line.cause_plugin:
            plugin = self.ws.plugins.catalogue.get(line.cause_plugin)
            title = plugin.title.for_locale("en" if self.english else "zh") if plugin else line.cause_plugin
            return self._say(f"由插件「{title}」触发", f"By the plugin “{title}”")
        return line.reason
