"""What of a decision people and plugins read: its texts, filled in with facts whose personal data is masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from ...rules.engine.outcome import Decision, Firing
from ...rules.engine.ruleset import Ruleset
from ...rules.language.documents import Rule
from ...rules.language.templates import fact_names, pieces, shown
from ..access.masking import masked_fact, masked_facts
from ..schema.registry import Kinds

_Names = dict[tuple[str, int], tuple[str, ...]]
_kept: WeakKeyDictionary[Ruleset, tuple[Kinds, _Names]] = WeakKeyDictionary()
"""The facts that the arguments of each decision name, if one of them may be masked: a backtest asks a million times."""
_PROBE = "a text that any mask would change"


def told_args(kinds: Kinds, ruleset: Ruleset, firing: Firing, decision: Decision) -> dict[str, Any]:
    """Return a decision's arguments as anybody may read them, whoever sees the record whole."""
    if not firing.facts:
        return decision.args
    rule = ruleset.rule(firing.rule_id)
    names = _names(kinds, ruleset, rule, decision.index)
    if not names:
        return decision.args
    read = {name: firing.facts.get(name) for name in names}
    masked = masked_facts(kinds, read, {item.alias: item.of for item in rule.match})
    return decision.args if masked == read else _filled(rule.then[decision.index].args, masked)


def _names(kinds: Kinds, ruleset: Ruleset, rule: Rule, index: int) -> tuple[str, ...]:
    """Return the facts that a decision's texts name; none if no mask could change one."""
    kept = _kept.get(ruleset)
    if kept is None or kept[0] is not kinds:
        kept = _kept[ruleset] = kinds, {}
    known, place = kept[1], (rule.id, index)
    found = known.get(place)
    if found is None:
        names, rows = tuple(fact_names(rule.then[index].args)), {item.alias: item.of for item in rule.match}
        masks = any(masked_fact(kinds, name, _PROBE, rows) != _PROBE for name in names)
        found = known[place] = names if masks else ()
    return found


def carried_out(kinds: Kinds, ruleset: Ruleset, firing: Firing, decision: Decision) -> dict[str, Any]:
    """Return a decision's arguments as its action takes them: whole only where they go into a field that masks them.

    Everything else an action writes (messages, tasks, reasons) is read by people who may not see the record whole.
    """
    if decision.action == "set_field":
        group, _, name = str(decision.args["field"]).partition(".")
        field = kinds.field(kinds.kind_of_group(group), name.removeprefix("extra."))
        if field is not None and field.mask:
            return decision.args
    return told_args(kinds, ruleset, firing, decision)


def _filled(value: Any, facts: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return "".join(plain if name is None else plain + shown(facts.get(name)) for plain, name in pieces(value))
    if isinstance(value, Mapping):
        return {key: _filled(inner, facts) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, facts) for inner in value]
    return value
