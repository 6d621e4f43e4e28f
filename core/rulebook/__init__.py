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
    "TestResult",
    "approve",
    "check_all",
    "compare",
    "discard",
    "documents_at",
    "draft_of",
    "failing",
    "install",
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
    "submit",
    "title_of",
    "version_of",
    "vocabulary_of",
    "with_draft",
]
