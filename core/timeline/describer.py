"""What a line of the journal says, in both languages: its headline, what changed, and who wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...hooks.text import Text
from ...rules.language.values import moment as parsed
from ...rules.wording.sentences import value_words
from ..access.masking import HIDDEN
from ..access.naming import NAMELESS, names
from ..kinds import User
from ..roles import title as role_title
from ..schema.kind import Event
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from .rule_versions import Versions, row_words
from .viewer import Viewer, masked_ip
from .who import Who

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
    "outbox": Text("系统", "System"),
}
_ACTORS = {
    "system": Text("系统", "Clew"),
    "rule": Text("系统", "Clew"),
    "public": Text("访客", "Visitor"),
    "import": Text("导入", "Import"),
}
_NOTES = {
    "record.exported": Text("导出记录", "Records exported"),
    "bulk.started": Text("批量改动", "Bulk change"),
    "bulk.undone": Text("撤销批量改动", "Bulk change taken back"),
    "report.exported": Text("导出报告", "Report exported"),
    "import.started": Text("开始导入", "Import started"),
    "import.ended": Text("导入结束", "Import ended"),
    "import.undone": Text("撤销导入", "Import taken back"),
    "import.exported": Text("导出退回的行", "Refused rows exported"),
    "backtest.exported": Text("导出回测", "Backtest exported"),
    "user.signed_in": Text("登录", "Signed in"),
    "user.sign_in_refused": Text("登录未成功", "Sign-in refused"),
    "user.session_ended": Text("结束登录", "Session ended"),
    "rule.failed": Text("规则没能执行", "A rule could not be carried out"),
    "document.viewed": Text("查看文件", "Document looked at"),
    "document.downloaded": Text("下载文件", "Document downloaded"),
    "dead_letter.closed": Text("关闭死信", "Dead letter closed"),
    "dead_letter.retried": Text("重试死信", "Dead letters tried again"),
    "rule.undone": Text("撤销规则的影响", "Effects of a rule taken back"),
    "plugin.noted": Text("插件备注", "Note by a plugin"),
    "plugin.resumed": Text("插件恢复运行", "Plugin running again"),
}
"""What happened without changing a record."""
_DONE = {"created": Text("已创建", "created"), "changed": Text("已修改", "changed")}
_NOTHING, _EMPTY = Text("—", "—"), Text("", "")


class Describer:
    """Puts lines into words for one viewer; people and versions are looked up once."""

    def __init__(self, viewer: Viewer, versions: Versions) -> None:
        self.ws: Workspace = viewer.ws
        self.viewer, self.versions = viewer, versions
        self.vocabulary = self.ws.configuration.vocabulary
        self._people: dict[str, User | None] = {}
        self._titles: dict[tuple[str, str], Text] = {}

    def person(self, user_id: Any) -> str:
        """Return a person's name."""
        if user_id not in self._people:
            self._people[user_id] = User.get_or_none(User.id == user_id) if user_id else None
        found = self._people[user_id]
        return found.name if found else "—"

    def words(self, line_kind: str) -> Text:
        """Return what kind of thing a line tells, in a word or two."""
        event = self._event(line_kind)
        return event.words if event is not None else _NOTES.get(line_kind) or self._plainly(line_kind)

    def _plainly(self, line_kind: str) -> Text:
        """Return what became of a record of a kind that has no words of its own for it."""
        name, _, what = line_kind.rpartition(".")
        here, done = self.ws.kinds.get(name), _DONE.get(what)
        if here is None or done is None:
            return Text(line_kind, line_kind)
        return Text(f"{here.title.zh}{done.zh}", f"{here.title.en} {done.en}")

    def channel(self, name: str) -> Text:
        """Return what the channel is called that a line was written through."""
        return _CHANNELS.get(name, Text(name, name))

    def headline(self, line: JournalLine, whole: bool) -> Text:
        """Return what happened, in a few words."""
        after = self.viewer.values(line.record_kind, line.after, whole)
        event = self._event(line.kind)
        if event is not None and event.headline is not None:
            return event.headline(self, after, line.channel)
        if "locked" in after and line.kind.endswith(".changed"):
            return self._lock(after)
        plain = self.words(line.kind)
        if line.record_kind == "deadline":
            which = self.deadline(str(after.get("name") or ""))
            return Text(f"{plain.zh}：{which.zh}", f"{plain.en}: {which.en}") if which.zh else plain
        name = self.name_in(line.record_kind, after) if line.kind.endswith(".created") else _EMPTY
        if not name.zh:
            return plain
        # What holds quotes of its own is not quoted again.
        zh = f"：{name.zh}" if "「" in name.zh else f"「{name.zh}」"
        return Text(plain.zh + zh, f"{plain.en}: {name.en if '「' in name.en else f'“{name.en}”'}")

    def name_in(self, kind: str, values: Mapping[str, Any]) -> Text:
        """Return what a record is called, from its values; empty if they do not say."""
        here = self.ws.kinds.get(kind)
        named = next((key for key in here.named_by if values.get(key)), "") if here is not None else ""
        if here is None or not named:
            return _EMPTY
        field, value = here.by_name.get(named), str(values[named])
        return Text(*(field.words(value, locale) if field is not None else value for locale in ("zh", "en")))

    def changes(
        self, line: JournalLine, whole: bool, *, beside_headline: bool = True
    ) -> tuple[tuple[Text, Text, Text], ...]:
        """Return what the line changed: field, before, after; beside its headline, only what that does not say."""
        here = self.ws.kinds.get(line.record_kind)
        if line.kind.endswith(".created") or here is None:
            return ()
        before, after = (self.viewer.values(line.record_kind, side, whole) for side in (line.before, line.after))
        event = here.event.get(line.kind)
        said = event.field if beside_headline and event is not None and event.headline is not None else ""
        found = []
        for name, value in after.items():
            field = here.by_name.get(name)
            if field is None or field.along or name == said or before.get(name) == value:
                continue
            was, now = (self.value(line.record_kind, name, one) for one in (before.get(name), value))
            found.append((field.label, was, now))
        return tuple(found)

    def _event(self, line_kind: str) -> Event | None:
        here = self.ws.kinds.get(line_kind.partition(".")[0])
        return here.event.get(line_kind) if here is not None else None

    def who(self, line: JournalLine) -> Who:
        """Return who wrote a line."""
        channel = self.channel(line.channel)
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
            roles = [role_title(role) for role in found.roles] if found else []
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
        if value == HIDDEN:
            return Text(HIDDEN, HIDDEN)
        if isinstance(value, str) and (to := self._leads_to(kind, name)):
            return self._reference(to, value)
        if name in ("stage", "process"):
            return self.stage(str(value)) if name == "stage" else self._process(str(value))
        field = self.ws.kinds.field(kind, name)
        if field and field.options:
            some = value if isinstance(value, list) else [value]
            return Text(*(sign.join(field.words(v, lang) for v in some) for sign, lang in (("、", "zh"), (", ", "en"))))
        if field and field.type == "money":
            return self._amount(f"{kind}.{name}", value)
        if field and field.type == "moment":
            return self.moment(str(value))
        if isinstance(value, list | dict):
            value = [str(one) for one in value]
        return self.fact("", value) if isinstance(value, bool | list) else Text(str(value), str(value))

    def _process(self, name: str) -> Text:
        return next((one.title for one in self.ws.processes.all() if one.name == name), Text(name, name))

    def _amount(self, name: str, value: Any) -> Text:
        try:
            return self.fact(name, float(value))
        except (TypeError, ValueError):  # A value from before its field was one of money.
            return Text(str(value), str(value))

    def values(self, kind: str, values: Mapping[str, Any], whole: bool) -> Text:
        """Return the values of some fields of one record, one after the other."""
        read = {name: self.viewer.fact(f"{kind}.{name}", value, whole) for name, value in values.items()}
        found = [self.value(kind, name.removeprefix("extra."), value) for name, value in read.items()]
        found = found if any(one is not _NOTHING for one in found) else found[:1]
        return Text(" · ".join(one.zh for one in found), " · ".join(one.en for one in found))

    def fact(self, name: str, value: Any) -> Text:
        """Return a fact's value in words. Text stands bare: beside its field nothing can be mistaken."""
        if value in (None, "", []):
            return Text("空", "empty")
        known = self.vocabulary.fields.get(name)
        if isinstance(value, bool) and known is not None and known.labels:
            zh, en = known.labels["true" if value else "false"]
            return Text(zh, en)
        if name.endswith(".owner_id") and self.person(value) != "—":
            return Text(self.person(value), self.person(value))
        if name.endswith((".stage", "event.from_stage", "event.to_stage")):
            return self.stage(str(value))
        if isinstance(value, str) and known is not None and known.kind == "datetime":
            return self.moment(value)
        if isinstance(value, str) and (known is None or value not in known.labels):
            return Text(value, value)
        if isinstance(value, list) and (known is None or not known.labels):
            return Text("、".join(map(str, value)), ", ".join(map(str, value)))
        return Text(*(value_words(name, value, self.vocabulary, language) for language in ("zh", "en")))

    def stage(self, name: str) -> Text:
        """Return a stage of any process in words."""
        return self.ws.processes.stage_title(name)

    def deadline(self, name: str) -> Text:
        """Return a deadline's name in words."""
        known = self.vocabulary.fields.get("deadline.name")
        zh, en = (known.labels.get(name) if known else None) or (name, name)
        return Text(zh or name, en or name)

    def moment(self, value: str) -> Text:
        """Return a moment kept as ISO text, in the company's time zone: 11月12日 09:21, its year where it is another."""
        at = parsed(value, None)
        if at is None:
            return Text(value, value)
        zone = self.ws.settings.zone
        local, year = at.astimezone(zone), self.ws.clock.now().astimezone(zone).year
        zh, en = f"{local.month}月{local.day}日", f"{local.day} {local:%b}"
        if local.year != year:
            zh, en = f"{local.year}年{zh}", f"{en} {local.year}"
        return Text(f"{zh} {local:%H:%M}", f"{en} {local:%H:%M}")

    def prepare(self, lines: Sequence[JournalLine]) -> None:
        """Look up what lines refer to, with one query a kind, and which of their records show whole."""
        self.viewer.learn((line.record_kind, line.record_id) for line in lines)
        wanted: dict[str, set[str]] = {}
        for line in lines:
            for values in (line.before, line.after):
                for name, value in (*values.items(), *(values.get("extra") or {}).items()):
                    to = self._leads_to(line.record_kind, name) if isinstance(value, str) and value else ""
                    if to and to != "user":
                        wanted.setdefault(to, set()).add(value)
        for to, ids in wanted.items():
            self._look_up(to, ids)

    def _leads_to(self, kind: str, name: str) -> str:
        """Return the kind of record that a value leads to, as its field or its column says; empty if to none."""
        here = self.ws.kinds.get(kind)
        if here is None:
            return ""
        field = here.by_name.get(name)
        if field is not None:
            return field.to if field.type == "reference" else ""
        column = here.model._meta.combined.get(name)
        model = getattr(column, "rel_model", None)
        return next((one.name for one in self.ws.kinds.values() if one.model is model), "") if model else ""

    def _reference(self, to: str, value: Any) -> Text:
        if to == "user":
            return Text(self.person(value), self.person(value))
        if (to, value) not in self._titles:
            self._look_up(to, {str(value)})
        return self._titles[to, value]

    def _look_up(self, to: str, ids: set[str]) -> None:
        new = {one for one in ids if (to, one) not in self._titles}
        if new:
            known = to in self.ws.kinds
            found = names(self.ws.kinds, self.viewer.actor, to, new) if known else dict.fromkeys(new, NAMELESS)
            self._titles |= {(to, one): words for one, words in found.items()}

    def _lock(self, after: Mapping[str, Any]) -> Text:
        reason = str(after.get("lock_reason") or "")
        if not after["locked"]:
            return Text("解锁", "Unlocked")
        return Text(f"锁定：{reason}", f"Locked: {reason}") if reason else Text("锁定", "Locked")
