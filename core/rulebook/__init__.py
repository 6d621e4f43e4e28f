"""The rulebook: drafts, four eyes, publishing, rollback, history, trials, undoing.

`RuleRecord` is the rule in force; `RuleVersion` every version it ever had. Publishing changes the
former through the door, so the journal alone tells which document was in force when.
"""

from .bundled import sync_bundled
from .checks import check_all, with_draft
from .compare import Difference, compare
from .documents import ordered, problems_of, rules_of, title_of, vocabulary_of
from .files import Incoming, export, import_rules, incoming
from .history import InForce, documents_at, rules_at, ruleset_at
from .overview import (
    STATES,
    Entry,
    entries,
    entry_of,
    in_words,
    names_in,
    numbered_version,
    open_version,
    pack_titles,
    scheduled,
    versions_of,
    waiting,
)
from .publishing import approve, next_due, publish_due, retire, rollback
from .testing import TestResult, run_tests
from .trial import Trial, facts_for, keep_as_test, trial
from .undo import PlanChanged, Undone, UndonePart, begin_undo, undo, undo_line, undo_part
from .undo_plan import UndoItem, UndoPlan, undo_preview
from .undo_words import shown_values
from .versions import (
    Outdated,
    begin_draft,
    discard,
    failing,
    new_draft,
    objections,
    open_draft,
    rebase,
    reject,
    save_draft,
    submit,
    version_of,
    write_draft,
)

__all__ = [
    "STATES",
    "Difference",
    "Entry",
    "InForce",
    "Incoming",
    "Outdated",
    "PlanChanged",
    "TestResult",
    "Trial",
    "UndoItem",
    "UndoPlan",
    "Undone",
    "UndonePart",
    "approve",
    "begin_draft",
    "begin_undo",
    "check_all",
    "compare",
    "discard",
    "documents_at",
    "entries",
    "entry_of",
    "export",
    "facts_for",
    "failing",
    "import_rules",
    "in_words",
    "incoming",
    "keep_as_test",
    "names_in",
    "new_draft",
    "next_due",
    "numbered_version",
    "objections",
    "open_draft",
    "open_version",
    "ordered",
    "pack_titles",
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
    "scheduled",
    "shown_values",
    "submit",
    "sync_bundled",
    "title_of",
    "trial",
    "undo",
    "undo_line",
    "undo_part",
    "undo_preview",
    "version_of",
    "versions_of",
    "vocabulary_of",
    "waiting",
    "with_draft",
    "write_draft",
]
