"""What of a decision people and plugins read: its texts in words, filled in with facts whose personal data is masked."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ...rules.engine.outcome import Decision, Firing
from ...rules.engine.ruleset import Ruleset
from ...rules.language.documents import Rule
from ...rules.language.templates import fact_names
from ..access.masking import masked_fact, masked_facts
from .worded import Telling, filled

_Names = dict[tuple[str, int], tuple[str, ...]]
_kept: WeakKeyDictionary[Ruleset, tuple[Telling, _Names]] = WeakKeyDictionary()
"""The facts that the arguments of each decision name, if one of them may read otherwise: a backtest asks a million times."""
_PROBE = "a text that any mask would change"


def told_args(
    how: Telling, ruleset: Ruleset, firing: Firing, decision: Decision, *, whole: bool = False
) -> dict[str, Any]:
    """Return a decision's arguments as anybody may read them, or (`whole`) who sees the record whole.

    What is text for people has facts in words; what a machine reads keeps them as they are.
    """
    if not firing.facts:
        return decision.args
    rule = ruleset.rule(firing.rule_id)
    names = _names(how, ruleset, rule, decision.index)
    if not names:
        return decision.args
    facts, rows = {name: firing.facts.get(name) for name in names}, _rows(rule)
    if not whole:
        facts = masked_facts(how.kinds, facts, rows)
    args = rule.then[decision.index].args
    return {
        name: filled(value, facts, how if (decision.action, name) in how.prose else None, rows)
        for name, value in args.items()
    }


def _rows(rule: Rule) -> dict[str, str]:
    return {item.alias: item.of for item in rule.match}


def _names(how: Telling, ruleset: Ruleset, rule: Rule, index: int) -> tuple[str, ...]:
    """Return the facts that a decision's texts name; none if each reads as it is kept, and no mask could change it."""
    kept = _kept.get(ruleset)
    if kept is None or kept[0] is not how:
        kept = _kept[ruleset] = how, {}
    known, place = kept[1], (rule.id, index)
    found = known.get(place)
    if found is None:
        action, rows = rule.then[index], _rows(rule)
        names = tuple(fact_names(action.args))
        masks = any(masked_fact(how.kinds, name, _PROBE, rows) != _PROBE for name in names)
        texts = [value for name, value in action.args.items() if (action.name, name) in how.prose]
        found = known[place] = names if masks or any(how.changes(one, rows) for one in fact_names(texts)) else ()
    return found


def carried_out(how: Telling, ruleset: Ruleset, firing: Firing, decision: Decision) -> dict[str, Any]:
    """Return a decision's arguments as its action takes them: whole only where they go into a field that masks them.

    Everything else an action writes (messages, tasks, reasons) is read by people who may not see the record whole.
    """
    if decision.action == "set_field":
        group, _, name = str(decision.args["field"]).partition(".")
        field = how.kinds.field(how.kinds.kind_of_group(group), name.removeprefix("extra."))
        if field is not None and field.mask:
            return decision.args
    return told_args(how, ruleset, firing, decision)
