"""The plugins in force: which are on, their settings, and the actions they bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...hooks.specs import ActionSpec
from ...hooks.text import Text
from ...rules.language.vocabulary import ActionSpec as RuleAction
from ...rules.language.vocabulary import ArgSpec
from ..actions import ACTIONS


@dataclass(frozen=True)
class PluginsInForce:
    """The plugins that are on, as one snapshot of the database had them."""

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    actions: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    """The actions that plugins bring: the plugin, and the action as its record keeps it."""
    actions_off: Mapping[str, str] = field(default_factory=dict)
    """The actions of plugins that are not on, with the plugin."""
    uninstalled: frozenset[str] = frozenset()
    """The plugins that have a record and are not installed (any more)."""

    @classmethod
    def of(cls, rows: Iterable[Any], installed: Iterable[str]) -> PluginsInForce:
        """Read plugin records; one that is on but not installed is off."""
        every, there = list(rows), set(installed)
        here = [row for row in every if row.enabled and row.name in there]
        return cls(
            {row.name: row.settings for row in here},
            {one["name"]: (row.name, one) for row in reversed(here) for one in row.actions},
            {one["name"]: row.name for row in every if row not in here for one in row.actions},
            frozenset(row.name for row in every if row.name not in there),
        )

    @property
    def enabled(self) -> tuple[str, ...]:
        """The names of the plugins that are on."""
        return tuple(sorted(self.settings))

    def rule_actions(self) -> dict[str, RuleAction]:
        """Return the actions of the plugins that are on, as rules may name them."""
        return {name: as_rule_action(one) for name, (_, one) in self.actions.items()}

    def provider_of(self, action: str) -> str:
        """Return the plugin that is on and brings an action; empty if none does."""
        return self.actions[action][0] if action in self.actions else ""

    def unavailable_reason(self, action: str) -> Text | None:
        """Say why a rule's action can't be done now; None if it can, or is one of Clew's own."""
        if action in self.actions or action in ACTIONS:
            return None
        if action in self.actions_off:
            name = self.actions_off[action]
            state = Text("没有安装", "is not installed") if name in self.uninstalled else Text("没有启用", "is off")
            return Text(
                f"动作「{action}」来自插件「{name}」，它{state.zh}；启用后会自动重试，或修改规则。",
                f"the action {action!r} belongs to plugin {name!r}, which {state.en}: "
                "once it is on, this is tried again by itself; or change the rule",
            )
        return Text(
            f"没有动作「{action}」；请安装并启用带来它的插件，之后会自动重试，或修改规则。",
            f"there is no action {action!r}: install and switch on the plugin that brings it, "
            "then this is tried again by itself; or change the rule",
        )


def kept_action(spec: ActionSpec) -> dict[str, Any]:
    """Return an action as the plugin's record keeps it. Raises ValueError if its name is taken by Clew."""
    if spec.name in ACTIONS or not spec.name.isidentifier():
        raise ValueError(f"an action can't be called {spec.name!r}: it is one of Clew's own, or no plain word")
    return {
        "name": spec.name,
        "zh": spec.title.zh,
        "en": spec.title.en,
        "args": [
            {
                "name": arg.name,
                "zh": arg.label.zh,
                "en": arg.label.en,
                "kind": "number" if arg.kind == "number" else "text",
                "required": arg.required,
                "options": [{"value": value, "zh": words.zh, "en": words.en} for value, words in arg.options],
            }
            for arg in spec.args
        ],
    }


def as_rule_action(kept: Mapping[str, Any]) -> RuleAction:
    """Return a kept action with its arguments as rules check them."""
    args = {
        arg["name"]: ArgSpec(
            arg["kind"],
            required=arg["required"],
            options=tuple(one["value"] for one in arg["options"]),
            title=(arg["zh"], arg["en"]),
            labels={one["value"]: (one["zh"], one["en"]) for one in arg["options"]},
        )
        for arg in kept["args"]
    }
    return RuleAction(args, title=(kept["zh"], kept["en"]))
