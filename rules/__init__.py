"""Deciding: rule documents, their checks, their compiler to durable-rules, and the evaluation with its trace.

Pure (docs/rules.md): facts and a moment in, decisions out. Imports nothing else of Clew.
"""

from .actions import Action
from .bundled import bundled_packs
from .conditions import All, AnyOf, Condition, Leaf, Not
from .default_facts import default_vocabulary
from .documents import Pack, Rule, load_pack, rule_from_document
from .errors import ClewRuleProblem, EngineError, FactError, RuleError, RuleLoop, RulesError
from .explain import Account, Change, Clause, Explanation, explain, explain_in
from .outcome import Decision, Firing, Outcome, TraceStep
from .ruleset import Ruleset
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
    "Firing",
    "Leaf",
    "Not",
    "Outcome",
    "Pack",
    "Rule",
    "RuleError",
    "RuleLoop",
    "RulesError",
    "Ruleset",
    "Table",
    "TraceStep",
    "Vocabulary",
    "bundled_packs",
    "default_vocabulary",
    "explain",
    "explain_in",
    "is_table",
    "load_pack",
    "rule_from_document",
    "rules_of_table",
    "table_from_document",
]
