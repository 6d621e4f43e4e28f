"""What a version under review takes away from the one in force, for whoever approves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.coverage.compare import losses
from ...rules.coverage.loss import Loss
from ...rules.language.errors import RulesError
from ..workspace import Workspace
from .documents import rules_of, vocabulary_of


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
