"""Deciding: rule documents and tables, their checks, the compiled index and joins, traces and explanations.

Pure (docs/rules.md): facts and a moment in, decisions out. Imports nothing else of Clew.
"""

from .actions import Action
from .bundled import bundled_packs
from .check import check
from .check_derived import reads_derived
from .check_finding import Finding, Repair, patched
from .check_tables import table_findings
from .conditions import All, AnyOf, Condition, Leaf, Not
from .default_facts import default_vocabulary
from .documents import Rule, rule_from_document
from .dumping import dump_document, dump_pack
from .errors import ClewRuleProblem, EngineError, FactError, JoinTooLarge, RuleError, RuleLoop, RulesError
from .explain import Account, Change, Clause, Explanation, ItemAccount, explain, explain_in
from .match import Match
from .outcome import Decision, Firing, Outcome, TraceStep
from .reading import Pack, load_pack, rules_from_document
from .ruleset import Ruleset
from .sentences import (
    action_words,
    clause_words,
    field_words,
    sentence,
    sentence_parts,
    trigger_words,
    value_words,
)
from .sentences_records import record_words
from .table_grid import TableFinding
from .table_report import TableReport, check_table
from .tables import Table, is_table, rules_of_table, table_from_document
from .vocabulary import ActionSpec, ArgSpec, CollectionType, FieldType, Vocabulary

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
    "default_vocabulary",
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
