"""The actions that plugins bring: as their records keep them, and as rules may name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.specs import ActionSpec
from ...rules import ActionSpec as RuleAction
from ...rules import ArgSpec, default_vocabulary

OWN_ACTIONS = frozenset(default_vocabulary().actions)
"""The actions every Clew has: no plugin may take their names."""


def kept_action(spec: ActionSpec) -> dict[str, Any]:
    """Return an action as the plugin's record keeps it. Raises ValueError if its name is taken by Clew."""
    if spec.name in OWN_ACTIONS or not spec.name.isidentifier():
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
