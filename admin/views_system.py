"""Rules, report, plugins, journal and dead letters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from flask import flash, redirect, request, url_for
from flask_admin import expose
from peewee import fn

from ..core import access, dispatch, switches
from ..core.models import Dispatch, Firing, JournalLine, PluginHealth, PluginRecord, RuleRecord
from ..hooks.plugin import SettingsError
from .base import ConsoleView, page_of
from .session import english, origin, t


class RulesView(ConsoleView):
    """规则: what each rule says, how often it fired, and its switch."""

    permission, group, words_, icon_name = "rules:see", ("规则", "Rules"), ("规则", "Rules"), "bolt"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Rules", url="/rules", endpoint="rules")

    @expose("/")
    def index(self) -> str:
        """List the rules by pack."""
        since = self.ws.clock.now() - timedelta(days=30)
        fired = dict(
            Firing.select(Firing.rule, fn.COUNT(Firing.id)).where(Firing.at >= since).group_by(Firing.rule).tuples()
        )
        rows = list(RuleRecord.select().order_by(RuleRecord.pack, RuleRecord.code))
        return self.show(
            "rules",
            rows=rows,
            fired=fired,
            may_edit=access.may(self.actor, "rules:edit"),
            locale="en" if english() else "zh",
        )

    @expose("/<code>")
    def one(self, code: str) -> str:
        """Show one rule, its document, and its newest firings with the facts they saw."""
        row = RuleRecord.get_or_none(RuleRecord.code == code)
        if row is None:
            from ..core.errors import NotFound

            raise NotFound(f"没有规则「{code}」。", f"no rule {code!r}")
        import yaml

        firings = list(Firing.select().where(Firing.rule == code).order_by(Firing.id.desc()).limit(20))
        document = yaml.safe_dump(row.document, allow_unicode=True, sort_keys=False)
        return self.show("rule", row=row, document=document, firings=firings, locale="en" if english() else "zh")

    @expose("/<code>/switch", methods=["POST"])
    def switch(self, code: str) -> Any:
        """Switch a rule on or off."""
        on = request.form.get("on") == "1"
        switches.switch_rule(self.ws, code, on, origin())
        flash(t("规则已启用", "Rule is on") if on else t("规则已停用", "Rule is off"))
        return redirect(url_for("rules.index"))


class PluginsView(ConsoleView):
    """插件: which are on, how they fare, their settings."""

    permission, group, words_, icon_name = "plugins", ("系统", "System"), ("插件", "Plugins"), "plug"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Plugins", url="/plugins", endpoint="plugins")

    @expose("/")
    def index(self) -> str:
        """List the installed plugins."""
        house = self.ws.plugins
        rows = []
        for name, plugin in sorted(house.catalogue.plugins.items()):
            record = PluginRecord.get_or_none(PluginRecord.name == name)
            held = Dispatch.select().where((Dispatch.consumer == f"plugin:{name}") & (Dispatch.state == "held")).count()
            rows.append(
                {
                    "plugin": plugin,
                    "on": bool(record and record.enabled),
                    "health": PluginHealth.get_or_none(PluginHealth.name == name),
                    "held": held,
                    "settings": house.settings_of(name),
                }
            )
        return self.show("plugins", rows=rows, broken=house.catalogue.broken, locale="en" if english() else "zh")

    @expose("/<plugin>/switch", methods=["POST"])
    def switch(self, plugin: str) -> Any:
        """Switch a plugin on or off."""
        on = request.form.get("on") == "1"
        return self._do(
            lambda: switches.switch_plugin(self.ws, plugin, on, origin()),
            t("已启用", "On") if on else t("已停用", "Off"),
        )

    @expose("/<plugin>/settings", methods=["POST"])
    def settings(self, plugin: str) -> Any:
        """Save a plugin's settings; an empty secret keeps the one on record."""
        found = self.ws.plugins.catalogue.get(plugin)
        names = [s.name for s in found.settings] if found else []
        values = {n: request.form.get(n, "") for n in names}
        record = PluginRecord.get_or_none(PluginRecord.name == plugin)
        on = bool(record and record.enabled)
        return self._do(
            lambda: switches.switch_plugin(self.ws, plugin, on, origin(), values), t("设置已保存", "Settings saved")
        )

    @expose("/<plugin>/resume", methods=["POST"])
    def resume(self, plugin: str) -> Any:
        """Take a plugin out of quarantine and give it what it missed."""
        return self._do(lambda: switches.resume_plugin(self.ws, plugin, origin()), t("已恢复", "Resumed"))

    def _do(self, act: Any, said: str) -> Any:
        try:
            act()
        except SettingsError as error:
            flash("；".join(x.for_locale("en" if english() else "zh") for x in error.problems.values()), "error")
        else:
            flash(said)
        return redirect(url_for("plugins.index"))


class JournalView(ConsoleView):
    """台账: every line, with who, when, from where, before and after."""

    permission, group, words_, icon_name = "journal", ("系统", "System"), ("台账", "Journal"), "book"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Journal", url="/journal", endpoint="journal")

    @expose("/")
    def index(self) -> str:
        """List the journal, newest first."""
        query = JournalLine.select()
        args = {k: v.strip() for k, v in request.args.items() if v.strip() and k != "after"}
        for name in ("kind", "channel", "actor_name", "record_id"):
            if name in args:
                query = query.where(getattr(JournalLine, name) == args[name])
        lines, after = page_of(query, JournalLine.seq)
        fields = self.ws.door.fields
        shown = [
            (
                line,
                access.masked(fields, line.record_kind, line.before),
                access.masked(fields, line.record_kind, line.after),
            )
            for line in lines
        ]
        kinds = [row.kind for row in JournalLine.select(JournalLine.kind).distinct().order_by(JournalLine.kind)]
        return self.show("journal", lines=shown, after=after, args=args, kinds=kinds)


class DeadLettersView(ConsoleView):
    """死信: events that failed too often, to be tried again."""

    permission, group, words_, icon_name = "dead_letters", ("系统", "System"), ("死信", "Dead letters"), "archive"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Dead letters", url="/dead-letters", endpoint="dead_letters")

    @expose("/")
    def index(self) -> str:
        """List what was set aside."""
        query = Dispatch.select().where(Dispatch.state == "dead")
        rows, after = page_of(query, Dispatch.id)
        return self.show("dead_letters", rows=rows, after=after, total=query.count())

    @expose("/retry", methods=["POST"])
    def retry(self) -> Any:
        """Bring one dead letter back, or all: by the rules in force now, or those of its first try."""
        rules: Literal["then", "now"] = "then" if request.form.get("rules") == "then" else "now"
        one = request.form.get("id", type=int)
        ids = [one] if one else [r.id for r in Dispatch.select(Dispatch.id).where(Dispatch.state == "dead").limit(1000)]
        done = dispatch.retry_all(self.ws, ids, origin(), rules)
        flash(t(f"{done} 个事件重新派发", f"{done} events are on their way again"))
        return redirect(url_for("dead_letters.index"))
