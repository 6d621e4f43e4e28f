"""What a line of the journal says, in both languages: its headline, what changed, and who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ... import rules
from ...hooks.text import Text
from ...rules.language.values import moment as parsed
from ..models import JournalLine, Team, User
from ..people.policy import ROLE_WORDS
from ..rulebook import vocabulary_of
from .links import Who
from .versions import Versions, row_words
from .viewer import Viewer, masked_ip

if TYPE_CHECKING:
    from ..workspace import Workspace

_CHANNELS = {
    "console": Text("控制台", "Console"),
    "api": Text("API", "API"),
    "import": Text("导入", "Import"),
    "form": Text("官网表单", "Web form"),
    "wecom": Text("企业微信", "WeCom"),
    "cli": Text("命令行", "Command line"),
    "system": Text("系统", "System"),
    "plugin": Text("插件", "Plugin"),
    "rule": Text("规则", "Rule"),
}
_ACTORS = {
    "system": Text("系统", "Clew"),
    "rule": Text("系统", "Clew"),
    "public": Text("访客", "Visitor"),
    "import": Text("导入", "Import"),
}
_LINES = {
    "lead.changed": Text("修改线索", "Lead changed"),
    "lead.answered": Text("首次响应", "First response"),
    "follow_up.created": Text("跟进", "Follow-up"),
    "customer.created": Text("建立客户", "Customer created"),
    "customer.changed": Text("修改客户", "Customer changed"),
    "contact.created": Text("新增联系人", "Contact added"),
    "contact.changed": Text("修改联系人", "Contact changed"),
    "task.created": Text("创建任务", "Task created"),
    "task.changed": Text("任务更新", "Task updated"),
    "deadline.created": Text("开始计时", "Clock started"),
    "deadline.warned": Text("时限将到", "Deadline near"),
    "deadline.missed": Text("时限已超", "Deadline missed"),
    "deadline.changed": Text("时限结束", "Deadline closed"),
    "contract.created": Text("新建合同", "Contract drawn up"),
    "contract.changed": Text("修改合同", "Contract changed"),
    "invoice.created": Text("开票", "Invoice issued"),
    "payment.created": Text("回款", "Payment arrived"),
    "notification.created": Text("发出通知", "Message sent"),
    "notification.changed": Text("消息状态", "Message"),
    "badge.created": Text("授予标兵", "Badge awarded"),
}
_NAMED_BY = ("title", "number", "badge", "company", "content", "name")
_QUIET = {
    *("first_response_at", "response_minutes", "assigned_at", "stage_since", "closed_at", "team_id", "escalated_at"),
    *("escalated_to_id", "name_key", "done_at", "effective", "lock_rule", "lock_version"),
}
_NOTHING = Text("—", "—")


class Says:
    """Puts lines into words for one viewer; people and versions are looked up once."""

    def __init__(self, viewer: Viewer, versions: Versions) -> None:
        self.ws: Workspace = viewer.ws
        self.viewer, self.versions = viewer, versions
        self.vocabulary = vocabulary_of(self.ws)
        self._people: dict[str, User | None] = {}

    def person(self, user_id: Any) -> str:
        """Return a person's name."""
        if user_id not in self._people:
            self._people[user_id] = User.get_or_none(User.id == user_id) if user_id else None
        found = self._people[user_id]
        return found.name if found else "—"

    def headline(self, line: JournalLine, whole: bool) -> Text:
        """Return what happened, in a few words."""
        after = self.viewer.values(line.record_kind, line.after, whole)
        words = _HEADLINES.get(line.kind)
        if words is not None:
            return words(self, line, after)
        if line.kind == "lead.changed" and "locked" in after:
            return self._lock(after)
        plain = _LINES.get(line.kind, Text(line.kind, line.kind))
        if line.kind.startswith("deadline."):
            which = self.deadline(str(after.get("name") or ""))
            return Text(f"{plain.zh}：{which.zh}", f"{plain.en}: {which.en}") if which.zh else plain
        if not line.kind.endswith(".created"):
            return plain
        name = next((str(after[key]) for key in _NAMED_BY if after.get(key)), "")
        if not name:
            return plain
        # What holds quotes of its own is not quoted again.
        zh, en = f"「{name}」", f"“{name}”"
        return Text(
            f"{plain.zh}：{name}" if "「" in name else plain.zh + zh, f"{plain.en}: {name if '「' in name else en}"
        )

    def changes(self, line: JournalLine, whole: bool) -> tuple[tuple[Text, Text, Text], ...]:
        """Return what else the line changed: field, before, after."""
        if line.kind.endswith(".created"):
            return ()
        before, after = (self.viewer.values(line.record_kind, side, whole) for side in (line.before, line.after))
        said = {"lead.assigned": "owner_id", "lead.stage_changed": "stage", "lead.outcome_changed": "outcome"}
        found = []
        for name, value in after.items():
            field = self.ws.door.fields.get(line.record_kind, name)
            if field is None or name in _QUIET or name == said.get(line.kind) or before.get(name) == value:
                continue
            was, now = (self.value(line.record_kind, name, one) for one in (before.get(name), value))
            found.append((field.label, was, now))
        return tuple(found)

    def who(self, line: JournalLine) -> Who:
        """Return who wrote a line."""
        channel = _CHANNELS.get(line.channel, Text(line.channel, line.channel))
        if line.cause_rule:
            seen = self.versions.seen(line.cause_rule, int(line.cause_version or 0))
            return Who("rule", seen.title, row_words(seen), channel, version=line.cause_version, rule=seen)
        if line.cause_plugin:
            plugin = self.ws.plugins.catalogue.get(line.cause_plugin)
            title = plugin.title if plugin else Text(line.cause_plugin, line.cause_plugin)
            return Who("plugin", title, channel=channel, version=line.cause_version)
        if line.actor_kind == "user":
            known = self.person(line.actor_id)
            named = line.actor_name or known
            found = self._people.get(line.actor_id)
            roles = [ROLE_WORDS[role] for role in found.roles if role in ROLE_WORDS] if found else []
            role = Text("、".join(r.zh for r in roles), ", ".join(r.en for r in roles))
            return Who("user", Text(named, named), role, channel, masked_ip(line.ip))
        name = _ACTORS.get(line.actor_kind, Text(line.actor_name, line.actor_name))
        if line.actor_name and line.actor_kind in ("public", "import"):
            name = Text(line.actor_name, line.actor_name)
        # What was written along with another line has that line's channel and address already.
        along = bool(line.cause_seq) or line.channel == "system"
        return Who(
            line.actor_kind, name, channel=Text("", "") if along else channel, ip="" if along else masked_ip(line.ip)
        )

    def value(self, kind: str, name: str, value: Any) -> Text:
        """Return a field's value in words."""
        if value in (None, "", [], {}):
            return _NOTHING
        if name.endswith("_id"):
            return self._reference(name, value)
        if name == "stage":
            return self.stage(str(value))
        field = self.ws.door.fields.get(kind, name)
        if field and field.options:
            some = value if isinstance(value, list) else [value]
            return Text(*(sign.join(field.words(v, lang) for v in some) for sign, lang in (("、", "zh"), (", ", "en"))))
        if field and field.type == "money":
            return self.fact(f"{kind}.{name}", float(value))
        if field and field.type == "moment":
            return self.moment(str(value))
        if isinstance(value, bool):
            return self.fact("", value)
        if isinstance(value, list | dict):
            return self.fact("", [str(one) for one in value])
        return Text(str(value), str(value))

    def fact(self, name: str, value: Any) -> Text:
        """Return a fact's value in words. Text stands bare: beside its field nothing can be mistaken."""
        if value in (None, "", []):
            return Text("空", "empty")
        known = self.vocabulary.fields.get(name)
        if isinstance(value, bool) and known is not None and known.labels:
            zh, en = known.labels["true" if value else "false"]
            return Text(zh, en)
        if name in ("lead.owner_id", "customer.owner_id") and self.person(value) != "—":
            return Text(self.person(value), self.person(value))
        if name in ("lead.stage", "event.from_stage", "event.to_stage"):
            return self.stage(str(value))
        if isinstance(value, str) and known is not None and known.kind == "datetime":
            return self.moment(value)
        if isinstance(value, str) and (known is None or value not in known.labels):
            return Text(value, value)
        if isinstance(value, list) and (known is None or not known.labels):
            return Text("、".join(map(str, value)), ", ".join(map(str, value)))
        return Text(*(rules.value_words(name, value, self.vocabulary, language) for language in ("zh", "en")))

    def stage(self, name: str) -> Text:
        """Return a stage of any process in words."""
        found = (process.stage(name) for process in self.ws.door.processes.all())
        return next((stage.title for stage in found if stage), Text(name, name))

    def deadline(self, name: str) -> Text:
        """Return a deadline's name in words."""
        known = self.vocabulary.fields.get("deadline.name")
        zh, en = (known.labels.get(name) if known else None) or (name, name)
        return Text(zh or name, en or name)

    def moment(self, value: str) -> Text:
        """Return a moment kept as ISO text, in the company's time zone."""
        at = parsed(value, None)
        words = f"{at.astimezone(self.ws.settings.zone):%Y-%m-%d %H:%M}" if at else value
        return Text(words, words)

    def _reference(self, name: str, value: Any) -> Text:
        if name == "team_id":
            team = Team.get_or_none(Team.id == value)
            return Text(team.name, team.name) if team else _NOTHING
        return Text(self.person(value), self.person(value))

    def _lock(self, after: Mapping[str, Any]) -> Text:
        reason = str(after.get("lock_reason") or "")
        if not after["locked"]:
            return Text("解锁", "Unlocked")
        return Text(f"锁定：{reason}", f"Locked: {reason}") if reason else Text("锁定", "Locked")


def _created(says: Says, line: JournalLine, after: Mapping[str, Any]) -> Text:
    if line.channel == "form":
        return Text("官网表单提交", "Web form submitted")
    return Text(f"线索进入：{after.get('company', '')}", f"Lead came in: {after.get('company', '')}")


def _assigned(says: Says, line: JournalLine, after: Mapping[str, Any]) -> Text:
    if not after.get("owner_id"):
        return Text("收回负责人", "Owner taken off")
    name = says.person(after["owner_id"])
    return Text(f"分配给{name}", f"Assigned to {name}")


def _escalated(says: Says, line: JournalLine, after: Mapping[str, Any]) -> Text:
    name = says.person(after.get("escalated_to_id")) if after.get("escalated_to_id") else ""
    return Text(f"升级给{name}", f"Escalated to {name}") if name else Text("升级给主管", "Escalated to the manager")


def _moved(says: Says, line: JournalLine, after: Mapping[str, Any]) -> Text:
    to = says.stage(str(after.get("stage", "")))
    return Text(f"进入阶段「{to.zh}」", f"Moved to {to.en}")


def _outcome(says: Says, line: JournalLine, after: Mapping[str, Any]) -> Text:
    to = says.value("lead", "outcome", after.get("outcome"))
    return Text(f"结果：{to.zh}", f"Outcome: {to.en}")


def _contract(says: Says, line: JournalLine, after: Mapping[str, Any]) -> Text:
    to = says.value("contract", "status", after.get("status"))
    return Text(f"合同：{to.zh}", f"Contract: {to.en}")


_HEADLINES: dict[str, Callable[[Says, JournalLine, Mapping[str, Any]], Text]] = {
    "lead.created": _created,
    "lead.assigned": _assigned,
    "lead.escalated": _escalated,
    "lead.stage_changed": _moved,
    "lead.outcome_changed": _outcome,
    "contract.status_changed": _contract,
}
