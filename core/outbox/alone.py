"""A rule that was set aside and is tried again: which of what the rules decide now is meant, and what if none is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...rules.engine.outcome import Firing
from ...rules.engine.ruleset import Ruleset
from ...rules.language.documents import Rule
from ...rules.language.errors import JoinTooLarge, RuleLoop, RulesError
from ..errors import ClewError
from ..storage.system_tables import Dispatch


class NotDecided(ClewError):
    """A rule that was set aside does not fire any more: nothing was done, and the dead letter stays."""

    code = "not_decided"

    def __init__(self, ruleset: Ruleset, event: str, rule_id: str, letter: Dispatch) -> None:
        then = letter.rules_then
        zh, en = ("当时", "of then") if then else ("现在", "of today")
        there = next((one for one in ruleset.rules if one.id == rule_id), None)
        table = _table_of(ruleset, rule_id)
        if there is not None and event in there.trigger:
            name = there.title
            why_zh, why_en = f"「{name['zh']}」的条件已不成立", f"“{name['en']}” does not hold any more"
        elif there is not None:
            name = there.title
            why_zh, why_en = (
                f"「{name['zh']}」已不响应这个事件",
                f"“{name['en']}” does not listen to this event any more",
            )
        elif table is not None:
            why_zh = f"表「{table.table}」里没有这一行了，其他行也都不成立"
            why_en = f"the table {table.table!r} has no such row any more, and no other row fits"
        else:
            why_zh = f"没有「{rule_id}」这条规则了（改名、停用或退役）"
            why_en = f"there is no rule {rule_id!r} any more (renamed, switched off or retired)"
        other_zh = "若已另行处理，请关闭并写明原因" if then else "可用当时的规则重试；若已另行处理，请关闭并写明原因"
        other_en = "close it and say why, if it was seen to otherwise"
        super().__init__(
            f"这次重试什么也没有做：按{zh}的规则，{why_zh}。{other_zh}。",
            f"trying again did nothing: by the rules {en}, {why_en}. "
            + (other_en if then else f"Try it by the rules of then, or {other_en}"),
        )


def evaluated(
    ruleset: Ruleset, event: str, facts: Mapping[str, Any], now: datetime
) -> tuple[tuple[Firing, ...], dict[str, RulesError]]:
    """Return what the rules decide on an event, and the rules that can't be evaluated on it, which others do without."""
    broken: dict[str, RulesError] = {}
    while True:
        try:
            return ruleset.evaluate(event, facts, now).firings, broken
        except (JoinTooLarge, RuleLoop) as error:
            ids = (error.rule_id,) if isinstance(error, JoinTooLarge) else error.rule_ids
            fresh = [one for one in ids if one not in broken]
            if not fresh:
                raise
            broken |= dict.fromkeys(fresh, error)
            ruleset = ruleset.replacing((), without=broken)


def meant(ruleset: Ruleset, firings: Sequence[Firing], rule_id: str) -> tuple[Firing, ...]:
    """Return which firings stand for a rule that was set aside: its own, or of its decision table the row that fits now.

    A table in which one row decides may have got another one for this record since, or that row another name.
    """
    own = tuple(one for one in firings if one.rule_id == rule_id)
    known = {one.id: one for one in ruleset.rules}
    there = known.get(rule_id)
    table = there if there is not None else _table_of(ruleset, rule_id)
    if own or table is None or table.table is None or table.group is None:
        return own
    return tuple(one for one in firings if known[one.rule_id].table == table.table)


def _table_of(ruleset: Ruleset, rule_id: str) -> Rule | None:
    """Return a rule of the decision table that a row of this name once belonged to."""
    fitting = [one for one in ruleset.rules if one.table is not None and rule_id.startswith(f"{one.table}-")]
    return max(fitting, key=lambda one: len(one.table or ""), default=None)
