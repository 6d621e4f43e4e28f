"""All rules checked against each other, a draft standing in for its rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ... import rules
from ...hooks.text import Text
from ..errors import Problem
from .documents import ids_of, rules_of, vocabulary_of

if TYPE_CHECKING:
    from ..workspace import Workspace


def with_draft(ws: Workspace, draft: Mapping[str, Any] | None = None) -> list[tuple[rules.Rule, ...]]:
    """Return all rules in force, plugins' too, with `draft` in the place of its rule.

    Raises rules.RuleError if the draft can't be read.
    """
    found = ws.live.by_code()
    if draft is not None:
        found[str(draft.get("id"))] = rules_of(draft)
    return [some for _, some in sorted(found.items())]


def check_all(ws: Workspace, draft: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
    """Return the findings of the static checks over all rules in force, with `draft` in place of its rule.

    Each is a `rules.Finding` with a witness. Raises rules.RuleError if the draft can't be read.
    """
    check = getattr(rules, "check", None)
    if check is None:
        return ()
    return tuple(check([rule for some in with_draft(ws, draft) for rule in some], vocabulary_of(ws)))


def errors_of(ws: Workspace, draft: Mapping[str, Any]) -> list[Problem]:
    """Return what the checks hold against publishing the draft: findings of level "error" that name its rules."""
    mine = ids_of(rules_of(draft)) | {str(draft.get("id"))}
    return [
        Problem(one.path, Text(one.zh, one.en))
        for one in check_all(ws, draft)
        if one.level == "error" and mine & set(one.rules)
    ]
