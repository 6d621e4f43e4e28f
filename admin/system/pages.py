"""Plugins and the journal."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.company import switches
from ...core.kinds import PluginRecord
from ...core.outbox.dispatch import waiting_for
from ...core.storage.system_tables import Dispatch, JournalLine, PluginHealth
from ...core.timeline.describer import Describer
from ...core.timeline.rule_versions import Versions
from ...core.timeline.viewer import Viewer
from ...hooks.plugin import SettingsError
from ..base import ConsoleView, page_of
from ..session import english, locale, origin, t


class PluginsView(ConsoleView):
    """插件: which are on, how they fare, their settings."""

    permission, group, words_, icon_name = "plugins", ("系统", "System"), ("插件", "Plugins"), "plug"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Plugins", url="/plugins", endpoint="plugins")

    @expose("/")
    def index(self) -> str:
        """List the installed plugins."""
        house = self.ws.plugins
        rows, waiting = [], waiting_for()
        for name, plugin in sorted(house.catalogue.plugins.items()):
            record = PluginRecord.get_or_none(PluginRecord.name == name)
            held = Dispatch.select().where((Dispatch.consumer == f"plugin:{name}") & (Dispatch.state == "held")).count()
            rows.append(
                {
                    "name": name,
                    "plugin": plugin,
                    "on": bool(record and record.enabled),
                    "health": PluginHealth.get_or_none(PluginHealth.name == name),
                    "held": held,
                    "waiting": sum(waiting.get(one["name"], 0) for one in (record.actions if record else ())),
                    "settings": house.settings_of(name),
                }
            )
        aside = {one.name for one in PluginHealth.select().where(PluginHealth.quarantined_at.is_null(False))}
        shown = [one for one in rows if one["name"] in aside] if request.args.get("aside") else rows
        return self.show(
            "plugins", rows=rows, shown=shown, broken=house.catalogue.broken, locale="en" if english() else "zh"
        )

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
            flash("；".join(x.for_locale(locale()) for x in error.problems.values()), "error")
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
        describer = Describer(Viewer(self.ws, self.actor), Versions())
        shown = [_shown(describer, line) for line in lines]
        found = [row.kind for row in JournalLine.select(JournalLine.kind).distinct().order_by(JournalLine.kind)]
        kinds = [(one, describer.words(one).for_locale(locale())) for one in found]
        return self.show("journal", lines=shown, after=after, args=args, kinds=kinds)


def _shown(describer: Describer, line: JournalLine) -> dict[str, Any]:
    """Return a line in words: what it tells, who wrote it and by which way, and each value before and after."""
    kinds, said = describer.ws.kinds, locale()
    before, after = (access.masked(kinds, line.record_kind, values) for values in (line.before, line.after))
    who = describer.who(line)
    automatic = bool(line.cause_rule or line.cause_plugin)
    labels = {name: field.label for name in after if (field := kinds.field(line.record_kind, name)) is not None}
    return {
        "line": line,
        "said": describer.words(line.kind).for_locale(said),
        "who": t("系统", "Clew") if automatic else who.name.for_locale(said),
        "channel": describer.channel(line.channel).for_locale(said),
        "cause": f"{who.name.for_locale(said)} v{line.cause_version}".removesuffix(" v") if automatic else "",
        "values": [
            (labels[name].for_locale(said) if name in labels else name, before.get(name, "—"), value)
            for name, value in after.items()
        ],
    }
