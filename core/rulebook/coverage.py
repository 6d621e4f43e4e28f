"""What a version under review takes away from the one in force, for whoever approves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ...rules.coverage.compare import losses
from ...rules.coverage.loss import Loss
from ...rules.language.errors import RulesError
from ..kinds import RuleRecord
from ..workspace import Workspace
from .documents import rules_of, vocabulary_of

BROUGHT_BACK = Text(
    "这条规则已退役，没有生效的版本可比；批准后它会重新生效",
    "this rule is retired: nothing of it is in force to compare with, and approving brings it back",
)


def is_back(row: RuleRecord | None) -> bool:
    """Say whether publishing a version brings a rule back that was retired."""
    return row is not None and row.retired_at is not None


def in_force(row: RuleRecord | None) -> Mapping[str, Any]:
    """Return the document that a version takes the place of; empty for a new rule and one that was retired."""
    return row.document if row is not None and not is_back(row) else {}


def taken_away(ws: Workspace, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Loss, ...]:
    """Return what document `before` did and `after` does not, whom it no longer covers first; nothing for a new rule."""
    if not before:
        return ()
    try:
        return losses(rules_of(before), rules_of(after), vocabulary_of(ws), ws.clock.now())
    except RulesError:
        zh = "有一版读不了，未能判定是否覆盖得更少"
        return (
            Loss("undecided", "size", zh, "one of the two can't be read: whether it covers less could not be decided"),
        )


def in_red(found: tuple[Loss, ...]) -> tuple[Loss, ...]:
    """Return those that take something away for sure."""
    return tuple(one for one in found if one.level != "undecided")
