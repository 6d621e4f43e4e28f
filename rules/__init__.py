"""Deciding: rule documents and tables, their checks, the compiled index and joins, traces and explanations.

Pure (docs/rules.md): facts and a moment in, decisions out. Imports nothing else of Clew.
"""

from .checks.check import check
from .checks.derived import reads_derived
from .checks.finding import Finding, Repair, patched
from .checks.tables import table_findings
from .engine.outcome import Decision, Firing, Outcome, TraceStep
from .engine.ruleset import Ruleset
from .explain.account import Account, Change, Clause, Explanation, ItemAccount, explain, explain_in
from .language.actions import Action
from .language.conditions import All, AnyOf, Condition, Leaf, Not
from .language.documents import Rule, rule_from_document
from .language.dumping import dump_document, dump_pack
from .language.errors import ClewRuleProblem, EngineError, FactError, JoinTooLarge, RuleError, RuleLoop, RulesError
from .language.match import Match
from .language.vocabulary import ActionSpec, ArgSpec, CollectionType, FieldType, Vocabulary
from .packs.bundled import bundled_packs
from .packs.reading import Pack, load_pack, rules_from_document
from .tables.grid import TableFinding
from .tables.model import Table, is_table, rules_of_table, table_from_document
from .tables.report import TableReport, check_table
from .wording.records import record_words
from .wording.sentences import (
    action_words,
    clause_words,
    field_words,
    sentence,
    sentence_parts,
    trigger_words,
    value_words,
)

__all__ = [
    "Account",
    "Action",
    "ActionSpec",
    "All",
    "AnyOf",
    "ArgSpec",
    "Change",
    "Clause",
    "ClewRuleProblem",
    "CollectionType",
    "Condition",
    "Decision",
    "EngineError",
    "Explanation",
    "FactError",
    "FieldType",
    "Finding",
    "Firing",
    "ItemAccount",
    "JoinTooLarge",
    "Leaf",
    "Match",
    "Not",
    "Outcome",
    "Pack",
    "Repair",
    "Rule",
    "RuleError",
    "RuleLoop",
    "RulesError",
    "Ruleset",
    "Table",
    "TableFinding",
    "TableReport",
    "TraceStep",
    "Vocabulary",
    "action_words",
    "bundled_packs",
    "check",
    "check_table",
    "clause_words",
    "dump_document",
    "dump_pack",
    "explain",
    "explain_in",
    "field_words",
    "is_table",
    "load_pack",
    "patched",
    "reads_derived",
    "record_words",
    "rule_from_document",
    "rules_from_document",
    "rules_of_table",
    "sentence",
    "sentence_parts",
    "table_findings",
    "table_from_document",
    "trigger_words",
    "value_words",
]
