"""The rulebook: drafts, four eyes, publishing, rollback, history, trials, undoing.

`RuleRecord` is the rule in force; `RuleVersion` every version it ever had. Publishing changes the
former through the door, so the journal alone tells which document was in force when.
"""

from .adopt import install
from .check import check_all, with_draft
from .compare import Difference, compare
from .documents import ordered, problems_of, rules_of, title_of, vocabulary_of
from .history import InForce, documents_at, rules_at, ruleset_at
from .publishing import approve, next_due, publish_due, retire, rollback
from .testing import TestResult, run_tests
from .trial import Trial, facts_for, keep_as_test, trial
from .undo import PlanChanged, Undone, undo
from .undo_plan import UndoItem, UndoPlan, shown_values, undo_preview
from .versions import (
    Outdated,
    discard,
    draft_of,
    failing,
    new_draft,
    objections,
    open_draft,
    rebase,
    reject,
    save_draft,
    submit,
    version_of,
)

__all__ = [
    "Difference",
    "InForce",
    "Outdated",
    "PlanChanged",
    "TestResult",
    "Trial",
    "UndoItem",
    "UndoPlan",
    "Undone",
    "approve",
    "check_all",
    "compare",
    "discard",
    "documents_at",
    "draft_of",
    "facts_for",
    "failing",
    "install",
    "keep_as_test",
    "new_draft",
    "next_due",
    "objections",
    "open_draft",
    "ordered",
    "problems_of",
    "publish_due",
    "rebase",
    "reject",
    "retire",
    "rollback",
    "rules_at",
    "rules_of",
    "ruleset_at",
    "run_tests",
    "save_draft",
    "shown_values",
    "submit",
    "title_of",
    "trial",
    "undo",
    "undo_preview",
    "version_of",
    "vocabulary_of",
    "with_draft",
]
